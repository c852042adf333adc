"""Where an entry comes from that this process does not have: from Redis, or from
its source."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from kit import metrics
from kit.caching.entry import Entry
from kit.caching.l2 import Shared, Turn
from kit.clock import Clock
from kit.errors import Missing
from kit.redis import RedisAway

_JITTER = 0.1
_WAIT_FOR_OTHERS_S = 3.0
_LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key, and how to find out its value and for how long that holds."""

    key: str
    load: Callable[[], Awaitable[bytes]]
    lifetime: timedelta
    stale_for: timedelta
    tags: tuple[str, ...]
    missing_for: timedelta


class Source:
    """Asks Redis, then takes turns with other processes to load.

    Without Redis, or with one that is away, everybody loads for themselves.
    """

    def __init__(self, namespace: str, l2: Shared | None, clock: Clock) -> None:
        self._namespace = namespace
        self._l2 = l2
        self._clock = clock

    async def fetch(self, wanted: Wanted, *, fresh: bool) -> Entry:
        """An entry, fresh or from the time in which a stale one will do. Raises what
        the load raises."""
        found = await self._look(wanted)
        if found is not None and self._will_do(found, fresh=fresh):
            return found
        turn = await self._turn(wanted, fresh=fresh)
        if turn is not None and not turn.is_ours and turn.entry is not None:
            return turn.entry
        loaded: Entry | None = None
        try:
            loaded = await self._load(wanted)
        finally:
            await self._end(wanted, turn, loaded)
        return loaded

    async def _look(self, wanted: Wanted) -> Entry | None:
        if self._l2 is None:
            return None
        began = time.perf_counter()
        try:
            entry = await self._l2.look(wanted.key, wanted.tags)
        except RedisAway:
            return None
        self._observe("l2", began)
        result = "miss"
        if entry is not None and self._will_do(entry, fresh=False):
            result = "hit" if self._will_do(entry, fresh=True) else "stale"
        metrics.CACHE_LOOKUPS.labels(self._namespace, "l2", result).inc()
        return entry

    async def _turn(self, wanted: Wanted, *, fresh: bool) -> Turn | None:
        """The right to load, or what another process loaded while we waited for it.
        None when Redis is away, or the other takes too long."""
        if self._l2 is None:
            return None
        until = time.monotonic() + _WAIT_FOR_OTHERS_S
        try:
            while True:
                turn = await self._l2.begin(wanted.key, wanted.tags)
                if turn.entry is not None and self._will_do(turn.entry, fresh=fresh):
                    await self._end(wanted, turn, None)
                    return Turn(turn.entry, is_ours=False)
                if turn.is_ours:
                    return turn
                if time.monotonic() > until:
                    return None
                # The other may be dead: nothing would tell us, so we look.
                await asyncio.sleep(_LOOK_AGAIN_S * random.uniform(0.5, 1.5))  # noqa: S311
        except RedisAway:
            return None

    async def _load(self, wanted: Wanted) -> Entry:
        began = time.perf_counter()
        outcome = "failed"
        try:
            value, missing = await wanted.load(), ""
            outcome = "loaded"
        except Missing as exc:
            outcome = "missing"
            if not wanted.missing_for:
                raise
            value, missing = exc.message.encode(), exc.reason
        finally:
            self._observe("source", began)
            metrics.CACHE_LOADS.labels(self._namespace, outcome).inc()
        lifetime = wanted.missing_for if missing else wanted.lifetime
        stale_for = timedelta(0) if missing else wanted.stale_for
        # Shorter by chance, so that what was loaded together ends apart.
        kept_s = lifetime.total_seconds() * (1 - random.random() * _JITTER)  # noqa: S311
        fresh_until = self._clock.now().timestamp() + kept_s
        return Entry(
            value, missing, fresh_until, fresh_until + stale_for.total_seconds()
        )

    async def _end(
        self, wanted: Wanted, turn: Turn | None, loaded: Entry | None
    ) -> None:
        if self._l2 is None or turn is None or not turn.is_ours:
            return
        now = self._clock.now().timestamp()
        with suppress(RedisAway):
            await self._l2.end(wanted.key, wanted.tags, turn, loaded, now)

    def _will_do(self, entry: Entry, *, fresh: bool) -> bool:
        until = entry.fresh_until if fresh else entry.stale_until
        return self._clock.now().timestamp() < until

    def _observe(self, tier: str, began: float) -> None:
        took = time.perf_counter() - began
        metrics.CACHE_SECONDS.labels(self._namespace, tier).observe(took)
