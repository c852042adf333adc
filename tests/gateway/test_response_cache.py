"""The memory of answers by itself, and the truth that it must keep."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cache import ResponseCache, Rule
from gateway.http.answers import Representation
from tests.waiting import eventually

RULE = Rule("media", 60, ("requests",), stale_s=30)
KEY = ("ada", "/v1/requests", b"")


def representation(body: bytes = b"{}") -> Representation:
    return Representation(body, b"application/json", b"no-cache", b"")


async def load(cache: ResponseCache, body: bytes) -> Representation:
    async def answer() -> Representation:
        return representation(body)

    return await cache.load(KEY, RULE, answer)


def trusting(**more: Any) -> ResponseCache:
    cache = ResponseCache(more.pop("most_bytes", 1_000_000), **more)
    cache.trust("media")
    return cache


async def test_a_load_that_began_before_a_write_is_not_kept_or_shared() -> None:
    cache = trusting()
    go_on = asyncio.Event()

    async def slow() -> Representation:
        await go_on.wait()
        return representation(b"old")

    early = asyncio.create_task(cache.load(KEY, RULE, slow))
    await eventually(lambda: cache.loads == 1)
    cache.drop(["requests"])
    late = await load(cache, b"new")
    go_on.set()

    assert (await early).body == b"old"
    assert late.body == b"new"
    kept = cache.get(KEY, RULE)
    assert kept is not None
    assert kept.body == b"new"


async def test_an_answer_gets_old() -> None:
    now = [0.0]
    cache = trusting(now_s=lambda: now[0])
    await load(cache, b"x")
    now[0] = 59.9
    assert cache.get(KEY, RULE)

    now[0] = 60.0

    assert cache.get(KEY, RULE) is None


async def test_memory_is_bounded_by_bytes() -> None:
    cache = trusting(most_bytes=100_000)

    async def load_big(number: int) -> None:
        async def answer() -> Representation:
            return representation(b"x" * 10_000)

        await cache.load(("ada", str(number), b""), RULE, answer)

    for number in range(20):
        await load_big(number)

    kept = [n for n in range(20) if cache.get(("ada", str(n), b""), RULE)]
    assert kept == [16, 17, 18, 19]


async def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    cache = trusting(most_bytes=3000)

    assert (await load(cache, b"x" * 10_000)).body
    assert cache.get(KEY, RULE) is None


async def test_a_load_ends_when_the_last_who_wants_it_goes_away() -> None:
    cache = trusting()
    canceled = asyncio.Event()

    async def never() -> Representation:
        try:
            await asyncio.Event().wait()
        finally:
            canceled.set()
        return representation()

    one, other = (asyncio.create_task(cache.load(KEY, RULE, never)) for _ in range(2))
    await eventually(lambda: cache.loads == 1)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    assert not canceled.is_set()

    other.cancel()
    await asyncio.gather(other, return_exceptions=True)

    await asyncio.wait_for(canceled.wait(), 1)
    assert (await load(cache, b"x")).body == b"x"


class Story:
    """A cache, the truth behind it, and loads that land when they like."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cache = trusting(now_s=lambda: self.now)
        self.truth = 0
        self.is_trusted = True
        self.waiting: list[asyncio.Future[None]] = []
        self.tasks: list[asyncio.Task[Representation]] = []

    def write(self) -> None:
        self.truth += 1
        self.cache.drop(["requests"])

    def unheard(self) -> None:
        """A write that nobody can tell the cache of."""
        self.truth += not self.is_trusted

    def read(self) -> None:
        if kept := self.cache.get(KEY, RULE):
            assert self.is_trusted
            assert int(kept.body) == self.truth

    def age(self) -> None:
        self.now += 25

    def begin(self) -> None:
        """Ask: what is answered before anything landed is from memory."""
        truth = self.truth
        landed = asyncio.get_running_loop().create_future()

        async def slow() -> Representation:
            seen = self.truth
            await landed
            return representation(str(seen).encode())

        async def ask() -> Representation:
            answer = await self.cache.load(KEY, RULE, slow)
            # Of what was written before they asked, they see everything.
            assert int(answer.body) >= truth
            return answer

        self.tasks.append(asyncio.create_task(ask()))
        self.waiting.append(landed)

    def land(self) -> None:
        if self.waiting:
            self.waiting.pop().set_result(None)

    def trust(self) -> None:
        self.is_trusted = True
        self.cache.trust("media")

    def distrust(self) -> None:
        self.is_trusted = False
        self.cache.distrust("media")


STEPS = (*("write", "unheard", "read", "age", "begin", "land"), "distrust", "trust")


@settings(deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=60))
async def test_whatever_happens_a_reader_sees_the_last_write(steps: list[str]) -> None:
    story = Story()
    for step in steps:
        getattr(story, step)()
        for _ in range(3):
            await asyncio.sleep(0)
    while story.waiting:
        story.land()
    await asyncio.gather(*story.tasks)
