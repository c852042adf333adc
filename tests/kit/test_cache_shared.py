"""Caches of several processes are one, while Redis is there and when it is not."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from kit.background import running
from kit.cache import Cache
from kit.clock import SystemClock
from kit.errors import Missing, Unavailable
from kit.redis import open_redis
from tests.kit.test_cache import Shelf
from tests.servers import Valkey
from tests.waiting import eventually

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def namespace() -> str:
    return f"test-{uuid4().hex[:8]}"


MakeCache = Callable[..., "asyncio.Future[Cache]"]


@pytest.fixture
async def make_cache(namespace: str) -> AsyncIterator[MakeCache]:
    """Makes caches as processes have them: each with its own connections."""
    async with AsyncExitStack() as stack:

        async def make(url: str, *, hears: bool = True) -> Cache:
            redis = await stack.enter_async_context(open_redis(url))
            cache = Cache(namespace, redis, clock=SystemClock())
            if hears:
                await stack.enter_async_context(running(cache=cache.run()))
                await eventually(lambda: cache._hears)
            return cache

        yield make


async def titles(cache: Cache, shelf: Shelf, key: str = "t", **how: timedelta) -> bytes:
    how.setdefault("lifetime", HOUR)
    return await cache.get(key, shelf.load, tags=("titles",), **how)


async def test_what_one_process_loaded_the_others_need_not(
    make_cache: MakeCache, redis_url: str
) -> None:
    one, other, shelf = (
        await make_cache(redis_url),
        await make_cache(redis_url),
        Shelf(),
    )

    await titles(one, shelf)

    assert await titles(other, shelf) == b"The Matrix"
    assert shelf.loads == 1


async def test_two_processes_of_two_hundred_make_one_load(
    make_cache: MakeCache, redis_url: str
) -> None:
    one, other, shelf = (
        await make_cache(redis_url),
        await make_cache(redis_url),
        Shelf(),
    )
    shelf.gate.clear()

    asking = [
        asyncio.create_task(titles(cache, shelf))
        for cache in (one, other)
        for _ in range(200)
    ]
    await eventually(lambda: shelf.loads)
    shelf.gate.set()

    assert set(await asyncio.gather(*asking)) == {b"The Matrix"}
    assert shelf.loads == 1


async def test_what_is_missing_is_missing_for_all(
    make_cache: MakeCache, redis_url: str
) -> None:
    one, other, shelf = (
        await make_cache(redis_url),
        await make_cache(redis_url),
        Shelf(),
    )
    shelf.failure = Missing("There is no such title.")
    for cache in (one, other):
        with pytest.raises(Missing, match="no such title"):
            await titles(cache, shelf, missing_for=HOUR)

    assert shelf.loads == 1


async def test_a_process_that_dies_while_loading_holds_the_others_for_seconds_only(
    make_cache: MakeCache, redis_url: str, namespace: str
) -> None:
    cache, shelf = await make_cache(redis_url), Shelf()
    dead = Redis.from_url(redis_url)
    await dead.set(f"{namespace}:l:t", b"held by the dead", px=500)
    await dead.aclose()

    async with asyncio.timeout(3):
        assert await titles(cache, shelf) == b"The Matrix"


async def test_nobody_is_given_what_was_read_before_a_drop_elsewhere(
    make_cache: MakeCache, redis_url: str
) -> None:
    one, other, shelf = (
        await make_cache(redis_url),
        await make_cache(redis_url, hears=False),
        Shelf(b"old"),
    )
    shelf.gate.clear()
    early = asyncio.create_task(titles(one, shelf))
    await eventually(lambda: shelf.loads == 1)

    shelf.value = b"new"
    await other.invalidate("titles")
    shelf.gate.set()

    assert await early == b"old"
    fresh = await make_cache(redis_url)
    assert await titles(fresh, shelf) == b"new"
    assert await titles(other, shelf) == b"new"
    await eventually(lambda: is_now(one, shelf, b"new"))


async def is_now(cache: Cache, shelf: Shelf, value: bytes) -> bool:
    return await titles(cache, shelf) == value


async def test_a_drop_reaches_the_first_level_of_another_process(
    make_cache: MakeCache, redis_url: str, namespace: str
) -> None:
    mine = await make_cache(redis_url)
    theirs = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.kit.cache_process", redis_url, namespace),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    async def tell(line: str) -> str:
        assert theirs.stdin is not None
        assert theirs.stdout is not None
        theirs.stdin.write(line.encode() + b"\n")
        return (await theirs.stdout.readline()).decode().strip()

    async def hears() -> bool:
        return (await tell("get t titles")).endswith("True")

    try:
        await tell("set old")
        await eventually(hears)
        loads = (await tell("get t titles")).split()[1]
        assert await tell("get t titles") == f"old {loads} True"

        await tell("set new")
        await mine.invalidate("titles")

        async def told() -> bool:
            return (await tell("get t titles")).startswith("new")

        await eventually(told)

        shelf = Shelf(b"newest")
        assert await titles(mine, shelf) == b"new"
        await tell("invalidate titles")
        await eventually(lambda: is_now(mine, shelf, b"newest"))
    finally:
        theirs.kill()
        await theirs.wait()


async def test_a_redis_killed_in_the_middle_costs_no_error_and_comes_back(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    cache, shelf = await make_cache(valkey.url), Shelf()
    stop = asyncio.Event()
    slowest = 0.0

    async def ask(number: int) -> None:
        nonlocal slowest
        turn = 0
        while not stop.is_set():
            turn += 1
            began = time.perf_counter()
            key = f"{number}-{turn % 50}"
            assert await titles(cache, shelf, key, lifetime=SECOND) == b"The Matrix"
            if turn % 10 == 0:
                await cache.invalidate("titles")
            slowest = max(slowest, time.perf_counter() - began)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as visitors:
        for number in range(5):
            visitors.create_task(ask(number))
        await eventually(lambda: shelf.loads > 100)
        valkey.kill()
        await eventually(lambda: not cache._hears)
        before = shelf.loads
        await eventually(lambda: shelf.loads > before + 100)
        valkey.start()
        await eventually(lambda: cache._hears, within_s=3)
        stop.set()

    # A client of redis-py's own making waits for ten.
    assert slowest < 5
    other, empty = await make_cache(valkey.url), Shelf(b"must not be loaded")
    await titles(cache, shelf, "after")
    assert await titles(other, empty, "after") == b"The Matrix"


async def test_a_silent_redis_costs_half_a_second_once(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    cache, shelf = await make_cache(valkey.url), Shelf()
    await titles(cache, shelf)
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        for number in range(50):
            await titles(cache, shelf, f"{number}")
            await cache.invalidate("titles")
        # For each of them alone it would be 50.
        assert time.monotonic() - began < 10
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
    await eventually(lambda: cache._hears)


async def test_a_drop_that_redis_did_not_hear_is_not_lost(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    """Redis comes back with all that it knew, as after a broken network."""
    writer, reader, shelf = (
        await make_cache(valkey.url),
        await make_cache(valkey.url),
        Shelf(b"old"),
    )
    await titles(writer, shelf)
    await titles(reader, shelf)
    os.kill(valkey.pid, signal.SIGSTOP)
    shelf.value = b"new"
    await writer.invalidate("titles")
    assert await titles(writer, shelf) == b"new"

    os.kill(valkey.pid, signal.SIGCONT)
    await eventually(lambda: reader._hears and writer._hears)

    await eventually(lambda: is_now(reader, shelf, b"new"))
    assert await titles(await make_cache(valkey.url), shelf) == b"new"


async def test_a_writer_who_stops_waiting_has_dropped_all_the_same(
    make_cache: MakeCache, redis_url: str
) -> None:
    writer, reader, shelf = (
        await make_cache(redis_url),
        await make_cache(redis_url),
        Shelf(b"old"),
    )
    await titles(writer, shelf)
    await titles(reader, shelf)
    shelf.value = b"new"

    dropping = asyncio.create_task(writer.invalidate("titles"))
    await asyncio.sleep(0)
    dropping.cancel()
    await asyncio.wait({dropping})

    await eventually(lambda: is_now(reader, shelf, b"new"))


async def test_who_cannot_hear_believes_itself_for_a_second_only(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    cache, shelf = await make_cache(valkey.url), Shelf(b"old")
    await titles(cache, shelf)
    valkey.kill()
    await eventually(lambda: not cache._hears)
    shelf.value = b"new"

    await eventually(lambda: is_now(cache, shelf, b"new"), within_s=1.5)


async def test_redis_and_the_source_both_dead_still_give_something_stale(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    cache, shelf, strict = await make_cache(valkey.url), Shelf(), Shelf()
    # The older of the two: what is no longer believed of the other is not of it.
    await titles(cache, strict, "strict")
    await titles(cache, shelf, stale_for=HOUR)
    valkey.kill()
    await eventually(lambda: not cache._hears)
    shelf.failure = strict.failure = Unavailable("TMDB is away.")

    async def asked_again() -> bool:
        assert await titles(cache, shelf, stale_for=HOUR) == b"The Matrix"
        return shelf.loads > 1

    await eventually(asked_again)
    with pytest.raises(Unavailable, match="TMDB is away"):
        await titles(cache, strict, "strict")


async def test_a_redis_that_is_not_there_yet_is_used_when_it_comes(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    valkey.kill()
    cache, shelf = await make_cache(valkey.url, hears=False), Shelf()
    assert await titles(cache, shelf) == b"The Matrix"

    valkey.start()

    async with running(cache=cache.run()):
        await eventually(lambda: cache._hears)
        other, empty = await make_cache(valkey.url), Shelf(b"must not be loaded")
        await titles(cache, shelf, "after")
        assert await titles(other, empty, "after") == b"The Matrix"


async def test_junk_in_redis_is_not_believed(
    make_cache: MakeCache, redis_url: str, namespace: str
) -> None:
    cache, shelf = await make_cache(redis_url), Shelf()
    await titles(cache, shelf)
    vandal = Redis.from_url(redis_url)
    entry = await vandal.get(f"{namespace}:v:t")
    for junk in (b"", b"\x01", b"\xff" * 100, entry[:30], b"\x02" + entry[1:]):
        await vandal.set(f"{namespace}:v:t", junk)
        fresh = await make_cache(redis_url)
        assert await titles(fresh, shelf) == b"The Matrix"
    await vandal.publish(f"{namespace}:drop", b"not json")
    await vandal.publish(f"{namespace}:drop", b"7")
    await vandal.aclose()

    loads = shelf.loads
    shelf.value = b"new"
    await eventually(lambda: loads and is_now(cache, shelf, b"The Matrix"))
    await cache.invalidate("titles")
    assert await titles(cache, shelf) == b"new"


async def test_a_redis_that_refuses_to_store_costs_no_error(
    make_cache: MakeCache, valkey: Valkey
) -> None:
    cache, shelf = await make_cache(valkey.url), Shelf()
    vandal = Redis.from_url(valkey.url)
    await vandal.config_set("maxmemory", "1")
    with pytest.raises(ResponseError):
        await vandal.set("anything", "at all")
    await vandal.aclose()

    for number in range(20):
        assert await titles(cache, shelf, f"{number}") == b"The Matrix"
    await cache.invalidate("titles")
    shelf.value = b"new"
    assert await titles(cache, shelf, "0") == b"new"
