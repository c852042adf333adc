"""What gateways count together, in Redis.

Each counts for itself and settles ten times a second, so that an answer costs no round
trip: with N gateways a caller may get as many more as N - 1 of them let through in a
tenth of a second. What is rare and dear is settled before it is allowed. Without Redis
each gateway counts alone, and says so in its metrics.
"""

import asyncio
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge

from gateway.limits import Count, Limits, Sent
from kit.redis import GuardedRedis, RedisAway

_SETTLE_EVERY_S = 0.1
_MOST_AT_ONCE = 1_000


class SharedCounts:
    def __init__(
        self, redis: GuardedRedis, limits: Limits, registry: CollectorRegistry
    ) -> None:
        self._redis = redis
        self._limits = limits
        self._shared = Gauge(
            "medianest_limits_shared",
            "1 while gateways count together, 0 while each counts for itself",
            registry=registry,
        )

    async def run(self) -> None:
        """Settle until cancelled."""
        while True:
            await asyncio.sleep(_SETTLE_EVERY_S)
            while counts := self._limits.unsettled(_MOST_AT_ONCE):
                if not await self.settle(counts):
                    break

    async def settle(self, counts: Sequence[Count]) -> Sequence[int]:
        """Tell what was counted here, and learn what was counted elsewhere: the
        totals, or nothing when Redis was not there for it."""
        sent = [each.send() for each in counts]
        try:
            told = await self._redis.ask(lambda: self._exchange(sent))
        except RedisAway:
            for each in sent:
                each.failed()
            self._limits.unsettle(counts)
            self._shared.set(0)
            return ()
        for each, (total, before) in zip(sent, told, strict=True):
            each.learn(total, before)
        self._shared.set(1)
        return [total for total, _ in told]

    async def _exchange(self, sent: Sequence[Sent]) -> list[tuple[int, int]]:
        """Of each, what is counted now and was in the window before."""
        async with self._redis.client.pipeline(transaction=False) as pipeline:
            for each in sent:
                place = each.place(each.window)
                pipeline.incrby(place, each.number)
                pipeline.expire(place, 2 * each.count.span_s)
                pipeline.get(each.place(each.window - 1))
            told = await pipeline.execute()
        return [(told[at], int(told[at + 2] or 0)) for at in range(0, len(told), 3)]
