"""A failing upstream is left alone, and found again."""

import asyncio
from datetime import timedelta

import pytest

from kit.breaker import Breaker, UpstreamResting
from kit.errors import Missing, Unavailable


class Ticks:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def breaker(ticks: Ticks) -> Breaker:
    return Breaker("tmdb", ticks)


async def fail() -> None:
    raise Unavailable("It is away.")


async def answer() -> str:
    return "The Matrix"


async def miss() -> None:
    raise Missing("There is no such title.")


async def failing(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Unavailable, match="It is away"):
            await breaker.call(fail)


async def test_half_of_ten_calls_failing_opens_it_for_thirty_seconds(
    breaker: Breaker, ticks: Ticks
) -> None:
    for _ in range(5):
        assert await breaker.call(answer) == "The Matrix"
    await failing(breaker, 5)

    with pytest.raises(UpstreamResting, match="tmdb has been failing") as caught:
        await breaker.call(answer)
    assert caught.value.retry_after == timedelta(seconds=30)

    ticks.now += 29
    with pytest.raises(UpstreamResting):
        await breaker.call(answer)
    ticks.now += 1
    assert await breaker.call(answer) == "The Matrix"
    await failing(breaker, 9)


async def test_nine_failures_are_too_few_to_judge(breaker: Breaker) -> None:
    await failing(breaker, 9)

    assert await breaker.call(answer) == "The Matrix"


async def test_what_is_not_there_is_an_answer_and_no_failure(breaker: Breaker) -> None:
    for _ in range(30):
        with pytest.raises(Missing):
            await breaker.call(miss)

    assert await breaker.call(answer) == "The Matrix"


async def test_failures_of_more_than_a_minute_ago_are_forgotten(
    breaker: Breaker, ticks: Ticks
) -> None:
    await failing(breaker, 9)
    ticks.now += 61
    await failing(breaker, 1)

    assert await breaker.call(answer) == "The Matrix"


async def test_half_open_lets_one_through_and_opens_again_when_it_fails(
    breaker: Breaker, ticks: Ticks
) -> None:
    await failing(breaker, 10)
    ticks.now += 30
    gate = asyncio.Event()

    async def fail_late() -> None:
        await gate.wait()
        raise Unavailable("It is away.")

    probing = asyncio.create_task(breaker.call(fail_late))
    await asyncio.sleep(0)
    with pytest.raises(UpstreamResting):
        await breaker.call(answer)
    gate.set()

    with pytest.raises(Unavailable, match="It is away"):
        await probing
    with pytest.raises(UpstreamResting):
        await breaker.call(answer)


async def canceled(breaker: Breaker, ticks: Ticks, *, after_s: float) -> None:
    calling = asyncio.create_task(breaker.call(asyncio.Event().wait))
    await asyncio.sleep(0)
    ticks.now += after_s
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert calling.cancelled()


async def test_a_silent_upstream_does_not_hide_behind_callers_who_give_up(
    breaker: Breaker, ticks: Ticks
) -> None:
    for _ in range(10):
        await canceled(breaker, ticks, after_s=1)

    with pytest.raises(UpstreamResting):
        await breaker.call(answer)


async def test_callers_who_change_their_mind_say_nothing_about_the_upstream(
    breaker: Breaker, ticks: Ticks
) -> None:
    for _ in range(30):
        await canceled(breaker, ticks, after_s=0.1)

    assert await breaker.call(answer) == "The Matrix"


async def test_a_canceled_probe_does_not_keep_it_half_open_for_ever(
    breaker: Breaker, ticks: Ticks
) -> None:
    await failing(breaker, 10)
    ticks.now += 30
    await canceled(breaker, ticks, after_s=0.1)

    assert await breaker.call(answer) == "The Matrix"
