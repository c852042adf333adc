"""What one check makes of a monitor's state."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from kit.ids import uuid7
from services.status.domain.judging import (
    State,
    counts_as,
    judge,
    next_turn,
    shown,
)
from tests.clock import NOON
from tests.status.builders import a_sight, a_turn

UNKNOWN, UP, DOWN, PENDING = State.UNKNOWN, State.UP, State.DOWN, State.PENDING


@pytest.mark.parametrize(
    ("before", "failures", "retries", "is_up", "after"),
    [
        (UNKNOWN, 0, 0, True, UP),
        (UNKNOWN, 0, 0, False, DOWN),
        (UNKNOWN, 0, 1, False, PENDING),
        (UP, 0, 0, False, DOWN),
        (UP, 0, 2, False, PENDING),
        (PENDING, 1, 2, False, PENDING),
        (PENDING, 2, 2, False, DOWN),
        (PENDING, 2, 2, True, UP),
        (DOWN, 3, 2, False, DOWN),
        (DOWN, 0, 2, False, DOWN),
        (DOWN, 3, 2, True, UP),
    ],
)
def test_a_state_follows_from_the_one_before_and_what_was_seen(
    before: State, failures: int, retries: int, is_up: bool, after: State
) -> None:
    turn = a_turn(state=before, failures=failures, retries=retries)

    verdict = judge(turn, a_sight(is_up=is_up))

    assert verdict.state is after
    assert verdict.failures == (0 if is_up else failures + 1)
    assert verdict.is_change == (before is not after)


def test_what_failed_is_tried_again_at_the_interval_of_retries() -> None:
    turn = a_turn(retries=3, retry_interval=timedelta(seconds=7))

    verdict = judge(turn, a_sight(is_up=False))

    assert verdict.next_check_at == verdict.sight.ended_at + timedelta(seconds=7)


def test_while_nobody_looked_is_a_gap_even_if_all_is_as_before() -> None:
    turn = a_turn(state=UP, known_until=NOON)

    verdict = judge(turn, a_sight(is_up=True, at=NOON + timedelta(hours=1)))

    assert verdict.gap_from == NOON
    assert verdict.is_change
    assert verdict.previous is UNKNOWN
    assert verdict.state is UP


def test_a_check_that_is_late_by_a_lost_lease_leaves_no_gap() -> None:
    first = judge(a_turn(), a_sight(is_up=True))
    takes_over_at = first.next_check_at + first.turn.timeout + timedelta(seconds=6)
    turn = a_turn(known_until=first.known_until)

    verdict = judge(turn, a_sight(is_up=True, at=takes_over_at))

    assert verdict.gap_from is None
    assert not verdict.is_change


@pytest.mark.parametrize(
    ("state", "previous", "counts"),
    [
        (UP, DOWN, "up"),
        (DOWN, PENDING, "down"),
        (PENDING, UP, "up"),
        (PENDING, UNKNOWN, None),
        (UNKNOWN, UP, None),
        (State.PAUSED, DOWN, None),
    ],
)
def test_pending_counts_as_what_it_was_and_unknown_and_paused_as_nothing(
    state: State, previous: State, counts: str | None
) -> None:
    assert counts_as(state, previous) == counts


def test_a_state_is_said_only_as_long_as_it_is_known() -> None:
    later = NOON + timedelta(seconds=1)

    assert shown(UP, NOON, NOON) is UP
    assert shown(UP, NOON, later) is UNKNOWN
    assert shown(DOWN, None, NOON) is UNKNOWN
    assert shown(State.PAUSED, None, later) is State.PAUSED


def test_a_thousand_monitors_are_spread_evenly_over_their_interval() -> None:
    interval = timedelta(seconds=20)

    turns = [next_turn(uuid7(NOON), interval, NOON) - NOON for _ in range(1000)]

    per_second = Counter(int(turn.total_seconds()) for turn in turns)
    assert max(per_second.values()) < 90
    assert min(per_second[second] for second in range(1, 20)) > 20


def test_turns_neither_drift_nor_come_twice() -> None:
    monitor_id, interval = UUID(int=123456789), timedelta(seconds=5)
    first = next_turn(monitor_id, interval, NOON)

    # A timer that fires a little early, and a check that ends at once.
    early = next_turn(monitor_id, interval, first - timedelta(milliseconds=3))
    late = next_turn(monitor_id, interval, first + timedelta(seconds=4))

    assert early == first + interval
    assert late == first + interval
