"""Saying yes or no to a request, or taking it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import VersionChanged
from services.media.domain.requests.errors import (
    NotYours,
    RequestMissing,
    RequestNotPending,
)
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.seeing import View
from services.media.domain.requests.states import State, Step


@dataclass(frozen=True, slots=True)
class Decision:
    """A step that somebody wants a request to take."""

    step: Step
    request_id: UUID
    by: Caller
    at: datetime
    if_version: int
    """The version that the request must be; 0: whatever it is."""
    reason: str = ""

    def refusal(self, state: State, requested_by: str, version: int) -> Exception:
        """Why the step cannot be taken by a request that is there."""
        if not View.of(self.by).shows(requested_by):
            return RequestMissing()
        if self.step is Step.CANCEL and requested_by != self.by.user_id:
            return NotYours("Only who asked can take a request back.")
        if self.if_version not in {0, version}:
            return VersionChanged()
        return RequestNotPending(
            f"This request is {state.value.lower()} already.",
        )


class Decisions(Protocol):
    """What deciding must have stored."""

    async def decide(self, decision: Decision) -> MediaRequest:
        """Take the step, with its history and its event: all or nothing. Of two at
        the same time, one takes it and the other is refused. Only who asked can
        cancel.

        Raises RequestMissing, and what `decision.refusal` says.
        """


class Deciding:
    def __init__(self, decisions: Decisions, clock: Clock) -> None:
        self._decisions = decisions
        self._clock = clock

    async def approve(
        self, request_id: UUID, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        return await self._decide(Step.APPROVE, request_id, by, if_version)

    async def decline(
        self, request_id: UUID, reason: str, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        return await self._decide(Step.DECLINE, request_id, by, if_version, reason)

    async def cancel(
        self, request_id: UUID, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        return await self._decide(Step.CANCEL, request_id, by, if_version)

    async def _decide(
        self,
        step: Step,
        request_id: UUID,
        by: Caller,
        if_version: int,
        reason: str = "",
    ) -> MediaRequest:
        now = self._clock.now()
        return await self._decisions.decide(
            Decision(step, request_id, by, now, if_version, reason)
        )
