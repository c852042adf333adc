"""How often somebody may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.limit import Limit
from gateway.limits import Limits
from gateway.problems import Problem
from kit import errors
from medianest.auth.v1 import sessions_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.backend import EXCHANGE
from tests.gateway.house import House, running_house
from tests.gateway.paths import CREATE_REQUEST, CREATE_SESSION, LIST_REQUESTS


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def limits(text: str) -> tuple[Limits, Clock]:
    clock = Clock()
    return Limits([Limit.parse("read", text)], clock), clock


def allowed(of: Limits, key: str = "ada") -> bool:
    try:
        of.take("read", key)
    except Problem:
        return False
    return True


def test_so_many_times_and_no_more() -> None:
    some, _ = limits("3/min")

    assert [allowed(some) for _ in range(5)] == [True, True, True, False, False]
    assert allowed(some, "bob")


def test_the_window_slides() -> None:
    some, clock = limits("10/min")
    clock.now_s = 60 * 1000 + 59
    assert all(allowed(some) for _ in range(10))

    clock.now_s += 2
    assert not allowed(some)
    clock.now_s += 30
    assert sum(allowed(some) for _ in range(10)) == 5


@given(
    st.integers(1, 20),
    st.lists(st.floats(0, 90), min_size=1, max_size=80),
)
def test_a_wait_as_long_as_told_is_enough(times: int, pauses: list[float]) -> None:
    some, clock = limits(f"{times}/min")
    for pause in pauses:
        clock.now_s += pause
        try:
            some.take("read", "ada")
        except Problem as refused:
            clock.now_s += int(dict(refused.headers)[b"retry-after"])
            some.take("read", "ada")


@given(st.integers(1, 20), st.lists(st.floats(0, 30), min_size=30, max_size=150))
def test_over_two_windows_never_more_than_twice_and_a_bit(
    times: int, pauses: list[float]
) -> None:
    some, clock = limits(f"{times}/min")
    let_in = []
    for pause in pauses:
        clock.now_s += pause / 10
        if allowed(some):
            let_in.append(clock.now_s)

    for begin in let_in:
        assert sum(begin <= at < begin + 60 for at in let_in) <= 2 * times


@pytest.mark.parametrize("text", ["", "5", "5/", "x/min", "5/0s", "-1/s", "5/day"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a limit is"):
        Limit.parse("read", text)


def test_no_times_means_no_limit() -> None:
    some, _ = limits("0/min")

    assert some.take("read", "ada") == []


async def test_an_answer_says_how_much_is_left() -> None:
    async with running_house(limited=True, limit_read="2/min") as house:
        house.sign_in("ada")
        house.sign_in("bob")
        house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())

        one = await house.ask("GET", "/v1/requests", token="ada")
        await house.ask("GET", "/v1/requests", token="ada")
        many = await house.ask("GET", "/v1/requests", token="ada")
        other = await house.ask("GET", "/v1/requests", token="bob")

    assert one.headers["ratelimit-policy"] == '"read";q=2;w=60'
    assert one.headers["ratelimit"].startswith('"read";r=1;t=')
    assert (many.status, many.json["reason"]) == (429, "too_often")
    assert 1 <= int(many.headers["retry-after"]) <= 120
    assert '"read";r=0' in many.headers["ratelimit"]
    assert other.status == 200


async def test_reading_does_not_use_up_requesting() -> None:
    async with running_house(limited=True, limit_request="1/h") as house:
        house.sign_in("ada")
        house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())
        house.backend.on(CREATE_REQUEST, requests_pb2.MediaRequest())

        async def wish() -> int:
            told = await house.ask("POST", "/v1/requests", token="ada", json={})
            return told.status

        assert [await wish(), await wish()] == [200, 429]
        assert (await house.ask("GET", "/v1/requests", token="ada")).status == 200


async def sign_in(house: House, login: str) -> int:
    body = {"login": login, "password": "wrong"}
    return (await house.ask("POST", "/v1/sessions", json=body)).status


async def test_guessing_a_password_ends_after_five_times() -> None:
    async with running_house(limited=True) as house:
        house.backend.on(CREATE_SESSION, errors.Unauthenticated("No."))

        ada = [await sign_in(house, "Ada") for _ in range(4)]
        ada += [await sign_in(house, "ADA"), await sign_in(house, "ada")]
        bob = await sign_in(house, "bob")

    assert ada == [401] * 5 + [429]
    assert bob == 401
    assert house.backend.times(CREATE_SESSION) == 6


async def test_guessing_over_many_names_ends_too() -> None:
    async with running_house(limited=True, limit_sign_in="2/15min") as house:
        house.backend.on(CREATE_SESSION, errors.Unauthenticated("No."))

        statuses = [await sign_in(house, f"user-{number}") for number in range(22)]

    assert statuses == [401] * 20 + [429] * 2


async def test_signing_in_well_is_not_counted() -> None:
    async with running_house(limited=True, limit_sign_in="1/15min") as house:
        house.backend.on(CREATE_SESSION, sessions_pb2.SignedIn(token="x"))

        assert [await sign_in(house, "ada") for _ in range(4)] == [200] * 4


async def test_guessing_tokens_does_not_reach_auth_for_long() -> None:
    async with running_house(limited=True) as house:
        statuses = [
            (await house.ask("GET", "/v1/requests", token=f"guess-{number}")).status
            for number in range(65)
        ]

    assert statuses == [401] * 60 + [429] * 5
    asked = [
        each for each in house.backend.of(EXCHANGE) if "guess" in each.message.token
    ]
    assert len(asked) == 60


async def test_who_sends_what_is_no_sign_in_is_counted_too() -> None:
    async with running_house(limited=True, limit_write="3/1min") as house:
        told = [
            (await house.ask("POST", "/v1/sessions", data=b"{")).status
            for _ in range(5)
        ]

    assert told[:3] == [415] * 3
    assert told[3:] == [429] * 2
