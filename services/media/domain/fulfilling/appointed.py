"""Those that are set up, ready to be asked."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerMissing,
)
from services.media.domain.fulfilling.fulfiller import Fulfiller, FulfillerKind
from services.media.domain.fulfilling.fulfillers import Known
from services.media.domain.fulfilling.setup import Setup, Setups

OpenFulfiller = Callable[[FulfillerKind, str, str], Fulfiller]
"""Of this kind, at an address, with a key. Nothing is asked yet."""


class Appointed:
    """Fulfillers, as they are set up at the moment of asking."""

    def __init__(self, setups: Setups, open_fulfiller: OpenFulfiller) -> None:
        self._setups = setups
        self._open = open_fulfiller

    async def of(self, fulfiller_id: UUID) -> Known:
        setup, key = await self._setups.read(fulfiller_id)
        if not setup.is_enabled:
            raise FulfillerMissing(f"{setup.name} is switched off.")
        if not key:
            raise unreadable(setup)
        return self._known(setup, key)

    async def default(
        self, kind: FulfillerKind, *, is_4k: bool, is_anime: bool
    ) -> Known | None:
        fitting = [
            (setup, key)
            for setup, key in await self._setups.in_use()
            if setup.kind is kind and setup.is_4k is is_4k
        ]
        for_anime = [each for each in fitting if is_anime and each[0].is_anime]
        for setup, key in (*for_anime, *fitting):
            if setup.is_default or for_anime:
                if not key:
                    raise unreadable(setup)
                return self._known(setup, key)
        return None

    async def all(self) -> list[Known]:
        return [
            self._known(setup, key) for setup, key in await self._setups.in_use() if key
        ]

    def _known(self, setup: Setup, key: str) -> Known:
        standard = replace(setup.standard, fulfiller_id=setup.id)
        return Known(
            setup.id,
            setup.name,
            setup.kind,
            setup.is_4k,
            setup.address,
            self._open(setup.kind, setup.address, key),
            standard,
            setup.anime.over(standard),
        )


def unreadable(setup: Setup) -> FulfillerKeyRefused:
    return FulfillerKeyRefused(
        f"The API key of {setup.name} cannot be read any more. Enter it again.",
        field="api_key",
    )
