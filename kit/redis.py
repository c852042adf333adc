"""Redis, which may be dead or silent at any moment."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from kit import metrics
from kit.errors import Unavailable

log = structlog.get_logger()

Answer = TypeVar("Answer")

_ANSWER_S = 0.5
_PROBE_EVERY_S = 0.25
_PING_EVERY_S = 1.0
_MOST_AT_ONCE = 16
_MOST_SUBSCRIPTIONS = 4
_FAILED = (RedisError, OSError, TimeoutError)


class RedisAway(Unavailable):
    reason = "redis_away"


class GuardedRedis:
    """One Redis, asked through `ask` alone.

    Whoever finds it dead or silent has waited half a second at most. From then on
    nobody waits, until a task that asks it how it is gets an answer.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self.pool = pool
        self.client = Redis(connection_pool=pool)
        self.outages = 0
        """How often it has been found away. Who remembers the number sees whether
        something may have gone unsaid since."""
        self._turns = asyncio.Semaphore(_MOST_AT_ONCE)
        self._probing: asyncio.Task[None] | None = None

    @property
    def is_away(self) -> bool:
        return self._probing is not None

    async def ask(self, command: Callable[[], Awaitable[Answer]]) -> Answer:
        """What the command answers. Raises RedisAway, at once while it is known."""
        async with self._turns:
            if self.is_away:
                raise RedisAway("Redis is away.")
            try:
                async with asyncio.timeout(_ANSWER_S):
                    return await command()
            except _FAILED as exc:
                # A refusal (out of memory, read only) is an answer all the same.
                if not isinstance(exc, ResponseError):
                    self.found_away(exc)
                raise RedisAway("Redis does not answer.") from exc

    async def listen(self, channel: str) -> AsyncGenerator[bytes | None, None]:
        """What is said on the channel; None first, when nothing is missed from here
        on. Raises RedisAway as soon as something might have been missed."""
        if self.is_away:
            raise RedisAway("Redis is away.")
        try:
            async with self.client.pubsub() as subscription:
                async with asyncio.timeout(_ANSWER_S):
                    await subscription.subscribe(channel)
                await _hear(subscription, _ANSWER_S, expected="subscribe")
                yield None
                async with aclosing(_messages(subscription)) as messages:
                    async for message in messages:
                        yield message
        except _FAILED as exc:
            self.found_away(exc)
            raise RedisAway("The subscription was lost.") from exc

    def found_away(self, why: Exception) -> None:
        if self._probing is None:
            self.outages += 1
            metrics.REDIS_OUTAGES.inc()
            log.warning("redis_away", error=type(why).__name__)
            self._probing = asyncio.create_task(self._probe(), name="probe redis")

    async def _probe(self) -> None:
        while self._probing is not None:
            await asyncio.sleep(_PROBE_EVERY_S)
            with suppress(*_FAILED):
                async with asyncio.timeout(_ANSWER_S):
                    await self.client.ping()
                self._probing = None
        log.info("redis_back")

    async def close(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
            with suppress(asyncio.CancelledError):
                await self._probing
        await self.pool.aclose()


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[GuardedRedis]:
    """The Redis at `url`, which need not be there yet or any more."""
    pool = ConnectionPool.from_url(
        url,
        # Time is kept by whoever asks: redis-py would use `asyncio.wait_for`, which in
        # Python 3.11 loses a cancellation that comes as the command has been sent.
        socket_timeout=None,
        socket_connect_timeout=_ANSWER_S,
        # Left out, it is ten times, with pauses: 9.5 s on a server that is silent.
        retry=Retry(NoBackoff(), 0),
        max_connections=_MOST_AT_ONCE + _MOST_SUBSCRIPTIONS + 1,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    redis = GuardedRedis(pool)
    try:
        yield redis
    finally:
        await redis.close()


async def _messages(subscription: PubSub) -> AsyncGenerator[bytes, None]:
    while True:
        heard = await subscription.get_message(timeout=_PING_EVERY_S)
        if heard is None:
            async with asyncio.timeout(_ANSWER_S):
                await subscription.ping()
            heard = await _hear(subscription, _ANSWER_S)
        if heard["type"] == "subscribe":
            # redis-py connected anew by itself: what was said meanwhile is lost.
            raise RedisError("subscribed again")
        if heard["type"] == "message":
            yield heard["data"]


async def _hear(
    subscription: PubSub, within_s: float, *, expected: str | None = None
) -> dict[str, Any]:
    heard: dict[str, Any] | None = await subscription.get_message(timeout=within_s)
    if heard is None or expected not in (None, heard["type"]):
        raise TimeoutError("Redis is silent")
    return heard
