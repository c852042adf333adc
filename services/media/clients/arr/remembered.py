"""What there is to choose from, remembered: nobody waits for one that is away."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from kit.cache import Cache
from kit.clock import Clock
from kit.errors import Failure, Unavailable
from services.media.domain.fulfilling.choosing import Offered
from services.media.domain.fulfilling.fulfiller import (
    Folder,
    Fulfiller,
    Options,
    Profile,
)
from services.media.domain.fulfilling.setup import Setup

_FRESH_FOR = timedelta(minutes=5)
_STALE_FOR = timedelta(days=1)
_AWAY_FOR = timedelta(seconds=30)
_MOST_FAILURES = 256


@dataclass(frozen=True, slots=True)
class _Failed:
    failure: Failure
    until: datetime


class RememberedOptions:
    """An OptionsMemory. A version of a setup is a key of its own: what was remembered
    of another one is never shown, in whichever process it was changed."""

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._failed: dict[tuple[UUID, int], _Failed] = {}
        self._asking: dict[tuple[UUID, int], asyncio.Task[bytes]] = {}

    async def options(
        self, setup: Setup, fulfiller: Fulfiller, waiting: timedelta
    ) -> Offered:
        key = (setup.id, setup.version)

        async def load() -> bytes:
            return await self._load(key, fulfiller)

        asking = self._asking.get(key)
        if asking is not None and (failure := self._recent(key)) is not None:
            raise failure
        if asking is None:
            asking = asyncio.create_task(
                self._cache.get(
                    f"options {setup.id} {setup.version}",
                    load,
                    lifetime=_FRESH_FOR,
                    stale_for=_STALE_FOR,
                )
            )
            self._asking[key] = asking
            asking.add_done_callback(lambda done: self._asked(key, done))
        # Who waits no longer leaves it to those who come later.
        await asyncio.wait({asking}, timeout=waiting.total_seconds())
        if not asking.done():
            raise self._remember(
                key, Unavailable(f"{setup.name} has not answered yet.")
            )
        said = orjson.loads(await asking)
        failed = self._failed.get(key)
        warning = "" if failed is None else f"From before: {failed.failure.message}"
        return Offered(_options(said), warning)

    def _asked(self, key: tuple[UUID, int], done: "asyncio.Task[bytes]") -> None:
        del self._asking[key]
        if not done.cancelled():
            # Who waits raises it. When nobody does, it is remembered.
            done.exception()

    async def _load(self, key: tuple[UUID, int], fulfiller: Fulfiller) -> bytes:
        if (failure := self._recent(key)) is not None:
            raise failure
        try:
            options = await fulfiller.options()
        except Failure as exc:
            raise self._remember(key, exc) from exc
        self._failed.pop(key, None)
        return orjson.dumps(asdict(options))

    def _recent(self, key: tuple[UUID, int]) -> Failure | None:
        """Why it is not asked again yet."""
        failed = self._failed.get(key)
        if failed is None or self._clock.now() >= failed.until:
            return None
        return failed.failure.with_traceback(None)

    def _remember(self, key: tuple[UUID, int], failure: Failure) -> Failure:
        if len(self._failed) >= _MOST_FAILURES:
            self._failed.clear()
        self._failed[key] = _Failed(failure, self._clock.now() + _AWAY_FOR)
        return failure


def _options(said: dict[str, list[dict[str, object]]]) -> Options:
    return Options(
        str(said["version"]),
        [Profile(**each) for each in said["profiles"]],  # type: ignore[arg-type]
        [Folder(**each) for each in said["folders"]],  # type: ignore[arg-type]
        [str(each) for each in said["tags"]],
    )
