"""Gateways tell each other what a write has made stale, before the write is answered.

    writer ── PUBLISH id tags ──► Redis ──► every gateway: drops
       ▲                                        │
       └──────── its own channel ◄── id ────────┘

So a caller whose next request reaches another gateway does not see the own write
undone. Everybody else's answers are dropped by the services' events, as ever. A gateway
that may have missed something believes nothing it remembers until it hears again.
"""

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress

from gateway.cache import ResponseCache
from kit.redis import GuardedRedis, RedisAway

_DROPS = "gateway:drops"
_HEARD_WITHIN_S = 0.1
_LISTEN_AGAIN_S = 0.25


class Peers:
    def __init__(self, redis: GuardedRedis, cache: ResponseCache) -> None:
        self._redis = redis
        self._cache = cache
        self._own = f"gateway:heard:{os.urandom(8).hex()}"
        self._waiting: dict[str, asyncio.Semaphore] = {}
        cache.distrust_all()

    async def run(self) -> None:
        """Hear the others until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear_drops(), name="hear drops")
            group.create_task(self._hear_answers(), name="hear answers")

    async def drop(self, tags: Iterable[str]) -> None:
        """Have every gateway drop what has these tags; back when each of them has, or
        a tenth of a second later."""
        number = os.urandom(8).hex()
        said = " ".join((self._own, number, *tags))
        heard = self._waiting[number] = asyncio.Semaphore(0)
        try:
            with suppress(RedisAway, TimeoutError):
                hearers = await self._redis.ask(
                    lambda: self._redis.client.publish(_DROPS, said)
                )
                async with asyncio.timeout(_HEARD_WITHIN_S):
                    for _ in range(hearers):
                        await heard.acquire()
        finally:
            del self._waiting[number]

    async def _hear_drops(self) -> None:
        while True:
            try:
                async for said in self._redis.listen(_DROPS):
                    if said is None:
                        self._cache.trust_all()
                    else:
                        await self._dropped(said.decode(errors="replace"))
            except RedisAway:
                self._cache.distrust_all()
            await asyncio.sleep(_LISTEN_AGAIN_S)

    async def _dropped(self, said: str) -> None:
        writer, _, rest = said.partition(" ")
        number, *tags = rest.split(" ")
        self._cache.drop(tags)
        if writer == self._own:
            self._answered(number)
        else:
            await self._redis.ask(lambda: self._redis.client.publish(writer, number))

    def _answered(self, number: str) -> None:
        if heard := self._waiting.get(number):
            heard.release()

    async def _hear_answers(self) -> None:
        while True:
            with suppress(RedisAway):
                async for number in self._redis.listen(self._own):
                    if number:
                        self._answered(number.decode(errors="replace"))
            await asyncio.sleep(_LISTEN_AGAIN_S)
