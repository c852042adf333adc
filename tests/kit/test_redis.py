"""A real Valkey, asked by what may be cancelled at any moment."""

import asyncio

from kit.redis import GuardedRedis, open_redis
from tests.servers import Valkey


async def ask_for_ever(redis: GuardedRedis) -> None:
    while True:
        await redis.ask(redis.client.ping)


async def test_a_cancellation_is_never_lost_in_a_command(valkey: Valkey) -> None:
    """Whatever the command is at when it comes: sent, half sent, or answered."""
    async with open_redis(valkey.url) as redis:
        await redis.ask(redis.client.ping)
        for steps in range(200):
            asking = asyncio.create_task(ask_for_ever(redis))
            for _ in range(steps):
                await asyncio.sleep(0)
            asking.cancel()
            done, _ = await asyncio.wait([asking], timeout=5)

            assert done, f"still asking, cancelled after {steps} turns of the loop"
