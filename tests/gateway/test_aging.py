"""Answers that have become old while nobody wrote: given once more, and renewed."""

import asyncio
from collections.abc import Callable

import pytest

from gateway.cache import ResponseCache, Rule
from gateway.http.answers import Representation
from gateway.problems import Problem
from tests.gateway.test_response_cache import KEY, representation
from tests.waiting import eventually

RULE = Rule("media", 60, ("requests",), stale_s=30)


class Aged:
    """A cache with an answer that became old just now."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cache = ResponseCache(1_000_000, now_s=lambda: self.now)
        self.cache.trust("media")
        self.landing: list[asyncio.Future[Representation]] = []

    async def ask(self) -> bytes:
        kept = self.cache.get(KEY, RULE)
        return (kept or await self.cache.load(KEY, RULE, self._load)).body

    async def _load(self) -> Representation:
        self.landing.append(asyncio.get_running_loop().create_future())
        return await self.landing[-1]

    async def answered(self, body: bytes, load: int = -1) -> None:
        await eventually(lambda: len(self.landing) > max(load, 0))
        self.landing[load].set_result(representation(body))
        await settled()


async def settled() -> None:
    """Until what was called has run."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def aged() -> Aged:
    aged = Aged()
    asked = asyncio.create_task(aged.ask())
    await aged.answered(b"old")
    assert await asked == b"old"
    aged.now = 60.0
    return aged


async def test_what_is_old_is_given_at_once_and_renewed_once(aged: Aged) -> None:
    assert [await aged.ask() for _ in range(5)] == [b"old"] * 5
    await settled()
    assert len(aged.landing) == 2

    await aged.answered(b"new")

    assert await aged.ask() == b"new"
    assert (aged.cache.loads, aged.cache.stale) == (2, 5)


async def test_what_is_older_than_that_is_not_given(aged: Aged) -> None:
    aged.now = 90.0

    asked = asyncio.create_task(aged.ask())
    await aged.answered(b"new", load=1)

    assert await asked == b"new"
    assert aged.cache.stale == 0


async def test_who_comes_too_late_for_what_is_old_waits_for_its_renewal(
    aged: Aged,
) -> None:
    assert await aged.ask() == b"old"
    aged.now = 90.0

    asked = asyncio.create_task(aged.ask())
    await aged.answered(b"new", load=1)

    assert await asked == b"new"
    assert len(aged.landing) == 2


Change = Callable[[ResponseCache], None]
CHANGES: dict[str, Change] = {
    "a write": lambda cache: cache.drop(["requests"]),
    "the service falls silent": lambda cache: cache.distrust("media"),
    "the other gateways fall silent": lambda cache: cache.distrust_all(),
    "the service is heard again": lambda cache: cache.trust("media"),
    "the other gateways are heard again": lambda cache: cache.trust_all(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_after_a_change_nothing_old_is_given(aged: Aged, change: Change) -> None:
    change(aged.cache)

    asked = asyncio.create_task(aged.ask())
    await aged.answered(b"new", load=1)

    assert await asked == b"new"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_renewal_that_a_change_overtakes_is_for_nobody(
    aged: Aged, change: Change
) -> None:
    assert await aged.ask() == b"old"
    await settled()
    change(aged.cache)

    asked = asyncio.create_task(aged.ask())
    await eventually(lambda: len(aged.landing) == 3)
    if not aged.landing[1].done():
        aged.landing[1].set_result(representation(b"overtaken"))
    await aged.answered(b"new", load=2)

    assert await asked == b"new"


@pytest.mark.parametrize("silent", ["distrust", "distrust_all"])
async def test_while_changes_are_not_told_nobody_boards_an_earlier_load(
    aged: Aged, silent: str
) -> None:
    """It may have begun before a write of theirs at another gateway."""
    aged.now = 90.0
    early = asyncio.create_task(aged.ask())
    await eventually(lambda: len(aged.landing) == 2)
    distrust: Callable[..., None] = getattr(aged.cache, silent)
    distrust(*["media"][: silent == "distrust"])

    late = asyncio.create_task(aged.ask())
    await aged.answered(b"later", load=2)
    await aged.answered(b"earlier", load=1)

    assert (await early, await late) == (b"earlier", b"later")


async def failed(aged: Aged, problem: Problem) -> None:
    assert await aged.ask() == b"old"
    await settled()
    aged.landing[-1].set_exception(problem)
    await settled()


async def test_what_could_not_be_renewed_is_given_until_its_time_is_over(
    aged: Aged,
) -> None:
    await failed(aged, Problem(503, "unavailable", "Later."))
    assert await aged.ask() == b"old"
    aged.now = 90.0

    asked = asyncio.create_task(aged.ask())
    await aged.answered(b"new", load=2)

    assert await asked == b"new"


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_is_gone_or_not_theirs_any_more_is_not_given_again(
    aged: Aged, status: int
) -> None:
    await failed(aged, Problem(status, "reason", "No."))

    asked = asyncio.create_task(aged.ask())
    await aged.answered(b"new", load=2)

    assert await asked == b"new"


async def test_a_renewal_goes_on_when_who_boarded_it_goes_away(aged: Aged) -> None:
    assert await aged.ask() == b"old"
    aged.now = 90.0
    boarded: asyncio.Task[bytes] = asyncio.create_task(aged.ask())
    await settled()
    boarded.cancel()
    await asyncio.gather(boarded, return_exceptions=True)

    await aged.answered(b"new", load=1)

    assert await aged.ask() == b"new"
