"""How long somebody waits, as a function of how often they failed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.auth.domain.throttle import BOUNDS, Scope, Tally, judge, site_of
from tests.clock import NOON

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ADDRESS, ACCOUNT, BOTH = Scope.ADDRESS, Scope.ACCOUNT, Scope.ACCOUNT_AT_ADDRESS


def fresh() -> list[Tally]:
    return [Tally(scope.encode(), scope) for scope in Scope]


def after(tallies: Sequence[Tally], changed: Sequence[Tally]) -> list[Tally]:
    by_key = {each.key: each for each in (*tallies, *changed)}
    return list(by_key.values())


def test_the_delay_grows_to_an_hour_and_no_further() -> None:
    bound = BOUNDS[BOTH]

    delays = [bound.delay(failures) for failures in (4, 5, 6, 7, 11, 12, 13, 10**9)]

    assert delays == [
        None,
        *(timedelta(seconds=each) for each in (30, 60, 120, 1920, 3600, 3600, 3600)),
    ]


def test_an_account_waits_after_five_and_longer_each_time() -> None:
    tallies, now, waited = fresh(), NOON, []
    for _ in range(9):
        verdict = judge(tallies, now)
        assert verdict.retry_after is None
        tallies = after(tallies, verdict.tallies)
        wait = judge(tallies, now).retry_after or timedelta(0)
        waited.append(wait.total_seconds())
        now += wait

    assert waited == [0, 0, 0, 0, 30, 60, 120, 240, 480]


def test_who_is_turned_away_does_not_wait_the_longer_for_it() -> None:
    tallies = fresh()
    for _ in range(50):
        tallies = after(tallies, judge(tallies, NOON).tallies)

    (both,) = [each for each in tallies if each.scope is BOTH]
    (account,) = [each for each in tallies if each.scope is ACCOUNT]

    assert (both.failures, both.refused) == (5, 45)
    assert account.failures == 5
    assert judge(tallies, NOON).retry_after == 30 * SECOND


def test_a_flood_from_anywhere_locks_an_account_but_not_where_it_is_at_home() -> None:
    (account,) = [each for each in fresh() if each.scope is ACCOUNT]
    for _ in range(50):
        account = account.failed(NOON)
    elsewhere = [Tally(b"1", BOTH), account, Tally(b"2", ADDRESS)]
    at_home = [Tally(b"3", BOTH).welcomed(NOON), account, Tally(b"2", ADDRESS)]

    assert judge(elsewhere, NOON).retry_after == 30 * SECOND
    assert judge(at_home, NOON).retry_after is None
    moved_out = NOON + timedelta(days=90)
    assert len(judge(at_home, moved_out - SECOND).tallies) == 1
    assert len(judge(at_home, moved_out).tallies) == 3


def test_at_home_it_is_five_tries_as_anywhere() -> None:
    tallies = after(fresh(), [Tally(BOTH.encode(), BOTH).welcomed(NOON)])
    for _ in range(5):
        tallies = after(tallies, judge(tallies, NOON).tallies)

    assert judge(tallies, NOON).retry_after == 30 * SECOND
    assert {each.failures for each in tallies if each.scope is not BOTH} == {0}


def test_many_accounts_from_one_address_make_the_address_wait() -> None:
    (address,) = [each for each in fresh() if each.scope is ADDRESS]
    for number in range(30):
        tallies = [
            Tally(f"{number}".encode(), BOTH),
            Tally(f"a{number}".encode(), ACCOUNT),
            address,
        ]
        verdict = judge(tallies, NOON)
        assert verdict.retry_after is None
        (address,) = [each for each in verdict.tallies if each.scope is ADDRESS]

    stranger = [Tally(b"new", BOTH), Tally(b"anew", ACCOUNT), address]
    assert judge(stranger, NOON).retry_after == 30 * SECOND


@pytest.mark.parametrize(("scope", "quiet"), [(BOTH, 24), (ACCOUNT, 24), (ADDRESS, 1)])
def test_failures_are_forgotten_when_it_has_been_quiet(
    scope: Scope, quiet: int
) -> None:
    tally = Tally(b"", scope)
    for _ in range(BOUNDS[scope].free):
        tally = tally.failed(NOON)
    end = NOON + 30 * SECOND + quiet * HOUR

    assert tally.at(end - SECOND).failures == BOUNDS[scope].free
    assert tally.at(end).failures == 0


def test_what_is_at_home_is_not_forgotten_with_its_failures() -> None:
    tally = Tally(b"", BOTH).welcomed(NOON).failed(NOON + HOUR)

    assert tally.at(NOON + timedelta(days=89)).is_at_home(NOON + timedelta(days=89))


def test_a_burst_is_told_as_the_delay_begins_and_not_again() -> None:
    tallies, now, told = fresh(), NOON, []
    for _ in range(12):
        verdict = judge(tallies, now)
        told.append([each.scope for each in verdict.bursts])
        tallies = after(tallies, verdict.tallies)
        now += judge(tallies, now).retry_after or timedelta(0)

    assert told == [[]] * 4 + [[BOTH]] + [[]] * 7


def test_what_is_given_back_was_never_counted() -> None:
    tally = Tally(b"", ADDRESS)
    for _ in range(29):
        tally = tally.failed(NOON)

    again = tally.failed(NOON).given_back()

    assert (again.failures, again.locked_until) == (29, None)
    assert Tally(b"", ADDRESS).given_back().failures == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_site_has_many_addresses(one: str, other: str) -> None:
    assert site_of(one) == site_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("192.0.2.1", "192.0.2.2"),
        ("", "192.0.2.2"),
        ("unix", "::1"),
    ],
)
def test_neighbors_are_told_apart(one: str, other: str) -> None:
    assert site_of(one) != site_of(other)
