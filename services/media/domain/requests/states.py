"""What may become of a request.

asked ──► PENDING ──approve──► APPROVED ──arrive──► AVAILABLE
  │          │                  │    ▲                  ▲ ▲
  │          │                 fail retry               │ │
  │          │                  ▼    │                  │ │
  │          │                  FAILED ─────arrive──────┘ │
  │          ├────decline──► DECLINED                     │
  │          ├────cancel───► CANCELED                     │
  │          └────arrive──────────────────────────────────┘
  └─by permission─► APPROVED

DECLINED, CANCELED and FAILED ──reopen──► PENDING
By hand: APPROVED and FAILED ──complete──► AVAILABLE, ──withdraw──► DECLINED
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class State(Enum):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    CANCELED = "CANCELED"
    AVAILABLE = "AVAILABLE"
    FAILED = "FAILED"


class Step(Enum):
    """Something that happens to a request."""

    APPROVE = "approve"
    DECLINE = "decline"
    CANCEL = "cancel"
    ARRIVE = "arrive"
    FAIL = "fail"
    RETRY = "retry"
    REOPEN = "reopen"
    COMPLETE = "complete"
    """By hand: what was asked for in words never arrives by itself."""
    WITHDRAW = "withdraw"
    """A yes is taken back."""


@dataclass(frozen=True, slots=True)
class Move:
    """From which states a step leads, and to which."""

    of: frozenset[State]
    to: State


OPEN = frozenset({State.PENDING, State.APPROVED})
"""Somebody waits for it."""

GRANTED = frozenset({State.APPROVED, State.FAILED})
"""Somebody said yes to it, and it is not there."""

MOVES: Mapping[Step, Move] = MappingProxyType(
    {
        Step.APPROVE: Move(frozenset({State.PENDING}), State.APPROVED),
        Step.DECLINE: Move(frozenset({State.PENDING}), State.DECLINED),
        Step.CANCEL: Move(frozenset({State.PENDING}), State.CANCELED),
        Step.ARRIVE: Move(OPEN | {State.FAILED}, State.AVAILABLE),
        Step.FAIL: Move(frozenset({State.APPROVED}), State.FAILED),
        Step.RETRY: Move(frozenset({State.FAILED}), State.APPROVED),
        Step.COMPLETE: Move(GRANTED, State.AVAILABLE),
        Step.WITHDRAW: Move(GRANTED, State.DECLINED),
        Step.REOPEN: Move(
            frozenset({State.DECLINED, State.CANCELED, State.FAILED}), State.PENDING
        ),
    }
)
