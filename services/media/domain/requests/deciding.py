"""Saying yes or no to requests, taking them back, and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Invalid, VersionChanged
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.errors import (
    NotYours,
    RequestMissing,
    RequestNotApproved,
    RequestNotClosed,
    RequestNotFailed,
    RequestNotPending,
)
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.seeing import View
from services.media.domain.requests.states import State, Step

MOST_AT_ONCE = 100
_NOT_IN_STATE = {
    Step.REOPEN: RequestNotClosed,
    Step.RETRY: RequestNotFailed,
    Step.COMPLETE: RequestNotApproved,
    Step.WITHDRAW: RequestNotApproved,
}


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
    choices: Choices = field(default_factory=Choices)
    """Where they say something, in place of what was chosen."""

    def refusal(
        self, state: State, requested_by: str, version: int, *, is_follower: bool
    ) -> Exception:
        """Why the step cannot be taken by a request that is there."""
        if not View.of(self.by).shows(requested_by) and not is_follower:
            return RequestMissing()
        if self.step is Step.CANCEL and requested_by != self.by.user_id:
            return NotYours("Only who asked can take a request back.")
        if self.if_version not in {0, version}:
            return VersionChanged()
        kind = _NOT_IN_STATE.get(self.step, RequestNotPending)
        return kind(f"This request is {state.value.lower()} already.")


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one of many decisions. `reason` is empty when it was taken."""

    request_id: UUID
    state: State | None = None
    version: int = 0
    reason: str = ""


class Decisions(Protocol):
    """What deciding must have stored."""

    async def decide(self, decision: Decision) -> MediaRequest:
        """Take the step, with its history and its event: all or nothing. Of two at
        the same time, one takes it and the other is refused.

        What becomes open again must not be on the shelf, nor waited for by others,
        nor on the blocklist. Raises RequestMissing, AlreadyAvailable,
        AlreadyRequested, Blocklisted, and what `decision.refusal` says.
        """

    async def take_back(self, decision: Decision) -> MediaRequest:
        """The same for who asked, and for who follows. Where others follow, the first
        of them has the request from now on, and it stays as it is; who only follows
        it ceases to.

        Raises RequestMissing, and what `decision.refusal` says.
        """

    async def decide_all(self, decisions: Sequence[Decision]) -> Sequence[Decided]:
        """Many approvals and declines of different requests in one transaction, each
        as `decide` does it; in their order."""


class Deciding:
    def __init__(self, decisions: Decisions, clock: Clock) -> None:
        self._decisions = decisions
        self._clock = clock

    async def approve(
        self,
        request_id: UUID,
        *,
        by: Caller,
        if_version: int = 0,
        choices: Choices | None = None,
    ) -> MediaRequest:
        step = self._step(Step.APPROVE, request_id, by, if_version, "", choices)
        return await self._decisions.decide(step)

    async def decline(
        self, request_id: UUID, reason: str, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        step = self._step(Step.DECLINE, request_id, by, if_version, reason)
        return await self._decisions.decide(step)

    async def reopen(
        self, request_id: UUID, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        step = self._step(Step.REOPEN, request_id, by, if_version)
        return await self._decisions.decide(step)

    async def retry(
        self, request_id: UUID, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        step = self._step(Step.RETRY, request_id, by, if_version)
        return await self._decisions.decide(step)

    async def complete(
        self, request_id: UUID, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        step = self._step(Step.COMPLETE, request_id, by, if_version)
        return await self._decisions.decide(step)

    async def withdraw(
        self, request_id: UUID, reason: str, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        step = self._step(Step.WITHDRAW, request_id, by, if_version, reason)
        return await self._decisions.decide(step)

    async def cancel(
        self, request_id: UUID, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        step = self._step(Step.CANCEL, request_id, by, if_version)
        return await self._decisions.take_back(step)

    async def decide_all(
        self, wanted: Sequence[tuple[Step, UUID, str, int]], *, by: Caller
    ) -> Sequence[Decided]:
        """Steps with their requests, reasons and versions. Raises Invalid for none,
        for too many, and for two of one request."""
        if not 1 <= len(wanted) <= MOST_AT_ONCE:
            raise Invalid(
                f"decisions are 1 to {MOST_AT_ONCE} at a time.", field="decisions"
            )
        if len({request_id for _, request_id, _, _ in wanted}) != len(wanted):
            raise Invalid("A request is decided on twice.", field="decisions")
        return await self._decisions.decide_all(
            [
                self._step(step, request_id, by, if_version, reason)
                for step, request_id, reason, if_version in wanted
            ]
        )

    def _step(
        self,
        step: Step,
        request_id: UUID,
        by: Caller,
        if_version: int,
        reason: str = "",
        choices: Choices | None = None,
    ) -> Decision:
        now = self._clock.now()
        return Decision(
            step, request_id, by, now, if_version, reason, choices or Choices()
        )
