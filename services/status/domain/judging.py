"""What one check makes of a monitor's state.

unknown ──ok──► up ──fails──► pending ──fails more than `retries`──► down
   ▲            ▲ └─────── retries = 0 ──────────────────────────────► │
   │            └───────────────ok─────────────────────────────────────┘
nobody looked until `known_until`
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# A check may be late by a lease that has to run out, and by the check that failed
# to happen: only then did nobody look.
LEASE_SLACK = timedelta(seconds=5)
_HANDOVER = timedelta(seconds=10)

# A timer may fire a moment before the wall clock reaches its turn: without a
# distance the turn would be taken twice.
_LEAST_APART = timedelta(milliseconds=500)


class State(StrEnum):
    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"
    PENDING = "pending"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Turn:
    """A check that is ours to make: what to look at, and what was known before."""

    monitor_id: UUID
    name: str
    url: str
    interval: timedelta
    timeout: timedelta
    retries: int
    retry_interval: timedelta
    state: State
    failures: int
    known_until: datetime | None
    due_at: datetime
    leased_until: datetime
    """Names the lease: what is seen counts only while this still stands."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a check saw."""

    is_up: bool
    detail: str
    latency_ms: float
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a sight makes of a monitor."""

    turn: Turn
    sight: Sight
    state: State
    previous: State
    """Unknown when nobody looked for a while, whatever it was before that."""
    failures: int
    next_check_at: datetime
    known_until: datetime
    gap_from: datetime | None
    """Since when nobody had looked, if so."""

    @property
    def is_change(self) -> bool:
        return self.state is not self.previous

    @property
    def counts(self) -> str | None:
        return counts_as(self.state, self.previous)


def judge(turn: Turn, sight: Sight) -> Verdict:
    """Decide what a monitor is now, and when to look again."""
    gap_from = _gap(turn, sight)
    if sight.is_up:
        state, failures = State.UP, 0
    else:
        failures = turn.failures + 1
        gave_up = turn.state is State.DOWN or failures > turn.retries
        state = State.DOWN if gave_up else State.PENDING
    if state is State.PENDING:
        next_check_at = sight.ended_at + turn.retry_interval
    else:
        next_check_at = next_turn(turn.monitor_id, turn.interval, sight.ended_at)
    return Verdict(
        turn,
        sight,
        state,
        State.UNKNOWN if gap_from else turn.state,
        failures,
        next_check_at,
        next_check_at + 2 * turn.timeout + _HANDOVER,
        gap_from,
    )


def next_turn(monitor_id: UUID, interval: timedelta, now: datetime) -> datetime:
    """When a monitor comes next: each has its own place in the interval, drawn from
    its id, so that all are spread evenly and none drifts."""
    period_us = interval // timedelta(microseconds=1)
    place_us = monitor_id.int % period_us
    earliest_us = int((now + _LEAST_APART).timestamp() * 1_000_000)
    wait_us = (place_us - earliest_us) % period_us
    return now + _LEAST_APART + timedelta(microseconds=wait_us)


def counts_as(state: State, previous: State) -> str | None:
    """What a span of this state is in the uptime. What is tried again is still what
    it was: up, if it was; nothing, if that was not known."""
    if state in (State.UP, State.DOWN):
        return state.value
    return "up" if state is State.PENDING and previous is State.UP else None


def shown(state: State, known_until: datetime | None, now: datetime) -> State:
    """The state as it may be said now: unknown when nobody has looked lately."""
    if state is State.PAUSED:
        return state
    return state if known_until is not None and now <= known_until else State.UNKNOWN


def _gap(turn: Turn, sight: Sight) -> datetime | None:
    if turn.state is State.UNKNOWN or turn.known_until is None:
        return None
    return turn.known_until if turn.known_until < sight.began_at else None
