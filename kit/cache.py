"""Remembers what is dear to find out, in this process and in Redis.

    get ─► L1 ─hit──────────────────────────────► answer
            │ stale ─► answer, and one refresh behind it
            │ miss
            ▼
        one flight per key ─► L2 ─► one loader per key in all processes ─► load

A write drops tags, in this process at once and in the others as soon as Redis tells
them. What a load began to read before a drop is never kept.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from uuid import uuid4

import structlog

from kit import metrics
from kit.caching.entry import Entry
from kit.caching.fill import Source, Wanted
from kit.caching.flights import Flights
from kit.caching.l1 import Kept, Local
from kit.caching.l2 import EVERYTHING, Shared
from kit.clock import Clock
from kit.errors import Unavailable
from kit.redis import GuardedRedis, RedisAway

log = structlog.get_logger()

NOT_AT_ALL = timedelta(0)
_UNTOLD_S = 1.0
_REFRESH_AGAIN_S = 1.0
_RECONNECT_S = 0.25


class Cache:
    """Bytes by key. Redis away makes this slower, and never an error.

    Who drops a tag never sees what was before it. Others do for as long as the word
    is on its way: a moment, and where Redis dies or falls silent just then until that
    is noticed, within two seconds. Where that is too long, do not remember.

    Without Redis the process must be alone. With it, `run` hears what other
    processes drop; while it cannot hear, L1 is believed for a second only.
    """

    def __init__(
        self,
        namespace: str,
        redis: GuardedRedis | None,
        *,
        clock: Clock,
        entries: int = 10_000,
        size_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self._origin = uuid4().hex
        self._clock = clock
        self._redis = redis
        self._l1 = Local(namespace, entries, size_bytes)
        self._l2 = Shared(namespace, redis, self._origin) if redis else None
        self._source = Source(namespace, self._l2, clock)
        self._flights = Flights()
        self._hears = redis is None
        self._indebted = asyncio.Event()
        lookups = metrics.CACHE_LOOKUPS
        self._hits = lookups.labels(namespace, "l1", "hit")
        self._stales = lookups.labels(namespace, "l1", "stale")
        self._misses = lookups.labels(namespace, "l1", "miss")

    async def get(
        self,
        key: str,
        load: Callable[[], Awaitable[bytes]],
        *,
        lifetime: timedelta,
        stale_for: timedelta = NOT_AT_ALL,
        tags: tuple[str, ...] = (),
        missing_for: timedelta = NOT_AT_ALL,
    ) -> bytes:
        """The value of the key, loaded when it is not known.

        For `stale_for` beyond its lifetime a value is given at once, and refreshed
        behind the answer; a refresh that fails changes nothing. A load that raises
        Missing is remembered for `missing_for`, and is raised again as Missing with
        the same reason. Any other failure of `load` is the caller's.
        """
        kept = self._l1.find(key)
        now = self._clock.now().timestamp()
        if kept is not None and self._is_believed(kept, now):
            if now < kept.entry.fresh_until:
                self._hits.inc()
                return kept.entry.open()
            if now < kept.entry.stale_until:
                self._stales.inc()
                if now >= kept.refresh_at:
                    kept.refresh_at = now + _REFRESH_AGAIN_S
                    self._refresh(
                        Wanted(key, load, lifetime, stale_for, tags, missing_for)
                    )
                return kept.entry.open()
        self._misses.inc()
        wanted = Wanted(key, load, lifetime, stale_for, tags, missing_for)
        entry = await self._fetch(wanted, kept)
        return entry.open()

    async def invalidate(self, *tags: str) -> None:
        """Drop all that has one of the tags. Call it when what they stand for has
        been committed: who asks after this has returned gets the new."""
        self._l1.drop(tags)
        if self._l2 is None:
            return
        self._l2.owe(tags)
        try:
            await self._l2.settle()
        except RedisAway as exc:
            log.info("cache_drop_put_off", error=exc.reason)
        finally:
            # Again, for what somebody found in Redis between the two.
            self._l1.drop(tags)
            if self._l2.owes:
                self._indebted.set()

    async def run(self) -> None:
        """Hear and tell what is dropped, until canceled."""
        try:
            if self._redis is None or self._l2 is None:
                await asyncio.Event().wait()
            else:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._hear(self._redis, self._l2), name="hear")
                    group.create_task(self._pay(self._l2), name="pay")
        finally:
            await self._flights.end()

    async def _fetch(self, wanted: Wanted, kept: Kept | None) -> Entry:
        mark = self._l1.mark
        try:
            return await self._flights.join(
                wanted.key,
                mark,
                lambda began: self._l1.is_dropped(wanted.tags, began),
                lambda: self._fill(wanted, mark, fresh=False),
            )
        except Unavailable:
            # What may have been dropped unheard is better than nothing, where
            # something stale would do.
            if kept is None or not wanted.stale_for:
                raise
            if self._clock.now().timestamp() >= kept.entry.stale_until:
                raise
            return kept.entry

    def _refresh(self, wanted: Wanted) -> None:
        mark = self._l1.mark
        self._flights.send(
            wanted.key, mark, lambda: self._fill(wanted, mark, fresh=True)
        )

    async def _fill(self, wanted: Wanted, mark: int, *, fresh: bool) -> Entry:
        entry = await self._source.fetch(wanted, fresh=fresh)
        now = self._clock.now().timestamp()
        self._l1.put(wanted.key, entry, wanted.tags, mark, now)
        return entry

    async def _hear(self, redis: GuardedRedis, l2: Shared) -> None:
        while True:
            try:
                async with aclosing(redis.listen(l2.channel)) as messages:
                    async for message in messages:
                        self._heard(message)
            except RedisAway:
                # What is owed is paid when Redis is back, wanted or not.
                self._indebted.set()
            finally:
                self._hears = False
            await asyncio.sleep(_RECONNECT_S)

    def _heard(self, message: bytes | None) -> None:
        if message is None:
            self._l1.drop_all()
            self._hears = True
            return
        try:
            origin, *tags = json.loads(message)
        except (ValueError, TypeError):
            # Nobody of ours said this: who knows what they meant.
            origin, tags = "", [EVERYTHING]
        if origin == self._origin:
            return
        if EVERYTHING in tags:
            self._l1.drop_all()
        else:
            self._l1.drop(tags)

    async def _pay(self, l2: Shared) -> None:
        """Tell what could not be told when it should have been."""
        while True:
            await self._indebted.wait()
            self._indebted.clear()
            try:
                await l2.settle()
            except RedisAway:
                self._indebted.set()
                await asyncio.sleep(_RECONNECT_S)

    def _is_believed(self, kept: Kept, now: float) -> bool:
        return self._hears or now - kept.stored_at < _UNTOLD_S
