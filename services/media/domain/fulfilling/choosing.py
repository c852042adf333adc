"""What there is to choose from at the Radarrs and Sonarrs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from kit.errors import Failure, Refused, Unavailable
from services.media.domain.fulfilling.appointed import OpenFulfiller, unreadable
from services.media.domain.fulfilling.errors import (
    FulfillerAway,
    FulfillerKeyRefused,
    FulfillerKeyWrong,
)
from services.media.domain.fulfilling.fulfiller import (
    Fulfiller,
    FulfillerKind,
    Options,
)
from services.media.domain.fulfilling.setup import (
    Setup,
    Setups,
    allowed_address,
    plain_key,
)

# Below the deadlines of those who ask.
_TRIED_FOR = timedelta(seconds=8)
_MOST_WAITED = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Offered:
    """What was to choose from, and why that may not be so any more."""

    options: Options | None
    warning: str = ""


class OptionsMemory(Protocol):
    async def options(
        self, setup: Setup, fulfiller: Fulfiller, waiting: timedelta
    ) -> Offered:
        """What is remembered of this version of it, else what it says now. Raises
        what the fulfiller raised, at once for a while after it did, and Unavailable
        when it took longer than `waiting`."""


class Choosing:
    def __init__(
        self, setups: Setups, open_fulfiller: OpenFulfiller, memory: OptionsMemory
    ) -> None:
        self._setups = setups
        self._open = open_fulfiller
        self._memory = memory

    async def options(self, fulfiller_id: UUID) -> Offered:
        setup, key = await self._setups.read(fulfiller_id)
        return await self._offered(setup, key, _TRIED_FOR)

    async def choices(
        self, kind: FulfillerKind | None
    ) -> Sequence[tuple[Setup, Offered]]:
        """All that are switched on, asked at the same time."""
        wanted = [
            each
            for each in await self._setups.in_use()
            if kind is None or each[0].kind is kind
        ]
        told = await asyncio.gather(*(self._settled(*each) for each in wanted))
        return [(setup, said) for (setup, _), said in zip(wanted, told, strict=True)]

    async def try_kept(self, fulfiller_id: UUID) -> Options:
        """What one says that is kept, right now. Raises as `try_out`."""
        setup, key = await self._setups.read(fulfiller_id)
        if not key:
            raise FulfillerKeyWrong(unreadable(setup).message, field="api_key")
        return await self.try_out(setup.kind, setup.address, key)

    async def try_out(self, kind: FulfillerKind, address: str, api_key: str) -> Options:
        """What it says now. Raises Invalid, FulfillerAway and FulfillerKeyWrong."""
        fulfiller = self._open(kind, allowed_address(address), plain_key(api_key))
        try:
            async with asyncio.timeout(_TRIED_FOR.total_seconds()):
                return await fulfiller.options()
        except TimeoutError as exc:
            raise FulfillerAway("It did not answer in time.", field="address") from exc
        except FulfillerKeyRefused as exc:
            raise FulfillerKeyWrong(exc.message, field="api_key") from exc
        except (Refused, Unavailable) as exc:
            message = f"{exc.message} Is the address right, with its port and URL base?"
            raise FulfillerAway(message, field="address") from exc

    async def _settled(self, setup: Setup, key: str) -> Offered:
        try:
            return await self._offered(setup, key, _MOST_WAITED)
        except Failure as exc:
            return Offered(None, exc.message)

    async def _offered(self, setup: Setup, key: str, waiting: timedelta) -> Offered:
        if not key:
            raise unreadable(setup)
        fulfiller = self._open(setup.kind, setup.address, key)
        return await self._memory.options(setup, fulfiller, waiting)
