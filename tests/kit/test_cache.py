"""A cache answers fast, loads once, forgets at once, and is never wrong."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from kit import metrics
from kit.cache import Cache
from kit.errors import Missing, Unavailable
from tests.clock import StoppedClock
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Shelf:
    """What is loaded from: counts how often, and can be told to fail or to wait."""

    def __init__(self, value: bytes = b"The Matrix") -> None:
        self.value = value
        self.loads = 0
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self) -> bytes:
        self.loads += 1
        value = self.value
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return value


def a_cache(
    clock: StoppedClock, *, entries: int = 100, size_bytes: int = 100_000
) -> Cache:
    return Cache("test", None, clock=clock, entries=entries, size_bytes=size_bytes)


def counted(name: str, **labels: str) -> Callable[[], float]:
    return getattr(metrics, name).labels("test", *labels.values())._value.get


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


async def test_two_hundred_at_once_make_one_load(clock: StoppedClock) -> None:
    cache, shelf = a_cache(clock), Shelf()
    shelf.gate.clear()

    asking = [
        asyncio.create_task(cache.get("t", shelf.load, lifetime=MINUTE))
        for _ in range(200)
    ]
    await eventually(lambda: shelf.loads)
    shelf.gate.set()

    assert set(await asyncio.gather(*asking)) == {b"The Matrix"}
    assert shelf.loads == 1


async def test_a_value_lives_for_its_lifetime_and_not_longer(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf()
    await cache.get("t", shelf.load, lifetime=MINUTE)

    clock.advance(0.85 * MINUTE)
    await cache.get("t", shelf.load, lifetime=MINUTE)
    assert shelf.loads == 1

    clock.advance(0.15 * MINUTE)
    await cache.get("t", shelf.load, lifetime=MINUTE)
    assert shelf.loads == 2


async def test_what_was_loaded_together_does_not_end_together(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf()
    for number in range(100):
        await cache.get(f"{number}", shelf.load, lifetime=MINUTE)

    clock.advance(0.95 * MINUTE)
    for number in range(100):
        await cache.get(f"{number}", shelf.load, lifetime=MINUTE)

    assert 110 < shelf.loads < 190


async def test_a_stale_value_is_given_at_once_and_refreshed_behind(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf(b"old")
    await cache.get("t", shelf.load, lifetime=MINUTE, stale_for=HOUR)
    clock.advance(2 * MINUTE)
    shelf.value = b"new"

    assert await cache.get("t", shelf.load, lifetime=MINUTE, stale_for=HOUR) == b"old"

    async def refreshed() -> bool:
        return (
            await cache.get("t", shelf.load, lifetime=MINUTE, stale_for=HOUR) == b"new"
        )

    await eventually(refreshed)
    assert shelf.loads == 2


async def test_a_stale_value_outlives_a_source_that_fails(clock: StoppedClock) -> None:
    cache, shelf = a_cache(clock), Shelf()
    await cache.get("t", shelf.load, lifetime=MINUTE, stale_for=HOUR)
    shelf.failure = Unavailable("TMDB is away.")

    for _ in range(20):
        clock.advance(2 * MINUTE)
        assert (
            await cache.get("t", shelf.load, lifetime=MINUTE, stale_for=HOUR)
            == b"The Matrix"
        )
        await eventually(lambda: not cache._flights._by_key)
    clock.advance(HOUR)

    with pytest.raises(Unavailable, match="TMDB is away"):
        await cache.get("t", shelf.load, lifetime=MINUTE, stale_for=HOUR)


async def test_a_source_that_is_silent_holds_nobody_who_has_something_stale(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf()
    for number in range(50):
        await cache.get(f"{number}", shelf.load, lifetime=MINUTE, stale_for=HOUR)
    clock.advance(2 * MINUTE)
    shelf.gate.clear()

    async with asyncio.timeout(1):
        for number in range(50):
            await cache.get(f"{number}", shelf.load, lifetime=MINUTE, stale_for=HOUR)

    await eventually(lambda: shelf.loads > 50)
    assert shelf.loads <= 50 + 16
    await cache._flights.end()


async def test_what_is_missing_is_remembered_with_its_reason(
    clock: StoppedClock,
) -> None:
    class TitleMissing(Missing):
        reason = "title_missing"

    cache, shelf = a_cache(clock), Shelf()
    shelf.failure = TitleMissing("There is no such title.")

    for _ in range(3):
        with pytest.raises(Missing, match="no such title") as caught:
            await cache.get("t", shelf.load, lifetime=HOUR, missing_for=MINUTE)
        assert caught.value.reason == "title_missing"
    assert shelf.loads == 1

    clock.advance(MINUTE)
    shelf.failure = None
    assert (
        await cache.get("t", shelf.load, lifetime=HOUR, missing_for=MINUTE)
        == b"The Matrix"
    )


async def test_what_is_missing_is_asked_again_when_nobody_said_to_remember(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf()
    shelf.failure = Missing("There is no such title.")

    for _ in range(3):
        with pytest.raises(Missing):
            await cache.get("t", shelf.load, lifetime=HOUR)

    assert shelf.loads == 3


async def test_a_failure_is_not_remembered(clock: StoppedClock) -> None:
    cache, shelf = a_cache(clock), Shelf()
    shelf.failure = Unavailable("TMDB is away.")
    with pytest.raises(Unavailable):
        await cache.get("t", shelf.load, lifetime=HOUR, missing_for=HOUR)
    shelf.failure = None

    assert await cache.get("t", shelf.load, lifetime=HOUR) == b"The Matrix"


async def test_a_dropped_tag_drops_what_has_it_and_nothing_else(
    clock: StoppedClock,
) -> None:
    cache, matrix, alien = a_cache(clock), Shelf(), Shelf(b"Alien")
    await cache.get("603", matrix.load, lifetime=HOUR, tags=("titles", "title:603"))
    await cache.get("348", alien.load, lifetime=HOUR, tags=("titles", "title:348"))

    await cache.invalidate("title:603")

    await cache.get("603", matrix.load, lifetime=HOUR, tags=("titles", "title:603"))
    await cache.get("348", alien.load, lifetime=HOUR, tags=("titles", "title:348"))
    assert (matrix.loads, alien.loads) == (2, 1)


async def test_what_was_read_before_a_drop_is_not_kept_after_it(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf(b"old")
    shelf.gate.clear()
    early = asyncio.create_task(
        cache.get("t", shelf.load, lifetime=HOUR, tags=("titles",))
    )
    await eventually(lambda: shelf.loads == 1)

    shelf.value = b"new"
    await cache.invalidate("titles")
    late = asyncio.create_task(
        cache.get("t", shelf.load, lifetime=HOUR, tags=("titles",))
    )
    await eventually(lambda: shelf.loads == 2)
    shelf.gate.set()

    assert await early == b"old"
    assert await late == b"new"
    assert await cache.get("t", shelf.load, lifetime=HOUR, tags=("titles",)) == b"new"


async def test_more_tags_than_can_be_noted_drop_everything_rather_than_nothing(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf(b"old")
    await cache.get("t", shelf.load, lifetime=HOUR, tags=("title:0",))
    shelf.value = b"new"

    await cache.invalidate(*(f"title:{number}" for number in range(10_001)))

    assert await cache.get("t", shelf.load, lifetime=HOUR, tags=("title:0",)) == b"new"


async def test_one_who_stops_waiting_does_not_stop_the_others(
    clock: StoppedClock,
) -> None:
    cache, shelf = a_cache(clock), Shelf()
    shelf.gate.clear()
    first = asyncio.create_task(cache.get("t", shelf.load, lifetime=HOUR))
    second = asyncio.create_task(cache.get("t", shelf.load, lifetime=HOUR))
    await eventually(lambda: shelf.loads)

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    shelf.gate.set()

    assert await second == b"The Matrix"


async def test_a_load_that_nobody_waits_for_is_canceled(clock: StoppedClock) -> None:
    cache, canceled = a_cache(clock), asyncio.Event()

    async def load() -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            canceled.set()
        return b""

    asking = asyncio.create_task(cache.get("t", load, lifetime=HOUR))
    await eventually(lambda: bool(cache._flights._by_key))
    await eventually(lambda: cache._flights._by_key["t"].waiting == 1)
    asking.cancel()
    await asyncio.wait({asking})
    after = await cache.get("t", Shelf(b"again").load, lifetime=HOUR)

    await asyncio.wait_for(canceled.wait(), 1)
    assert after == b"again"


async def test_it_holds_no_more_entries_than_it_may(clock: StoppedClock) -> None:
    cache, shelf = a_cache(clock, entries=10), Shelf()
    evictions = counted("CACHE_EVICTIONS")
    before = evictions()
    for number in range(25):
        await cache.get(f"{number}", shelf.load, lifetime=HOUR)

    for number in range(15, 25):
        await cache.get(f"{number}", shelf.load, lifetime=HOUR)

    assert shelf.loads == 25
    assert evictions() - before == 15


async def test_it_holds_no_more_bytes_than_it_may(clock: StoppedClock) -> None:
    cache, shelf = a_cache(clock, size_bytes=50_000), Shelf(b"x" * 10_000)
    for number in range(10):
        await cache.get(f"{number}", shelf.load, lifetime=HOUR)
    size = counted("CACHE_L1_BYTES")
    assert 20_000 < size() <= 50_000

    whole = Shelf(b"x" * 60_000)
    for _ in range(2):
        assert len(await cache.get("whole", whole.load, lifetime=HOUR)) == 60_000

    assert whole.loads == 2
    assert size() <= 50_000


async def test_hits_misses_and_loads_are_counted(clock: StoppedClock) -> None:
    cache, shelf = a_cache(clock), Shelf()
    hits = counted("CACHE_LOOKUPS", tier="l1", result="hit")
    misses = counted("CACHE_LOOKUPS", tier="l1", result="miss")
    loads = counted("CACHE_LOADS", outcome="loaded")
    before = (hits(), misses(), loads())

    for _ in range(5):
        await cache.get("t", shelf.load, lifetime=HOUR)

    assert (hits(), misses(), loads()) == (before[0] + 4, before[1] + 1, before[2] + 1)
