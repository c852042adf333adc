"""A second process with a cache: `python -m tests.kit.cache_process REDIS NAMESPACE`.

It is spoken to in lines: a command in, an answer out.
"""

import asyncio
import sys
from datetime import timedelta

from kit.background import running
from kit.cache import Cache
from kit.clock import SystemClock
from kit.redis import open_redis

HOUR = timedelta(hours=1)


async def main(url: str, namespace: str) -> None:
    value, loads = b"", 0

    async def load() -> bytes:
        nonlocal loads
        loads += 1
        return value

    async with open_redis(url) as redis:
        cache = Cache(namespace, redis, clock=SystemClock())
        async with running(cache=cache.run()):
            while line := await asyncio.to_thread(sys.stdin.readline):
                match line.split():
                    case ["set", text]:
                        value = text.encode()
                        print("ok", flush=True)
                    case ["get", key, tag]:
                        told = await cache.get(key, load, lifetime=HOUR, tags=(tag,))
                        print(told.decode(), loads, cache._hears, flush=True)
                    case ["invalidate", tag]:
                        await cache.invalidate(tag)
                        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
