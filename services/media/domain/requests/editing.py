"""Changing what a pending request asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from services.media.domain.requests.asking import may_have
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.errors import (
    ChoicesNotAllowed,
    NotYours,
    RequestFollowed,
    RequestInWords,
    RequestMissing,
)
from services.media.domain.requests.limits import Cost
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.permissions import MANAGE_REQUESTS, may_choose
from services.media.domain.requests.seeing import View
from services.media.domain.requests.sizing import AskedTitle, Sizing
from services.media.domain.requests.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be another. `parts` are fields of Wanted, by name."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    choices: Choices | None = None

    def of(self, wanted: Wanted) -> Wanted:
        """Raises SeasonsInvalid and EpisodesInvalid."""
        return Wanted.of(
            self.parts.get("is_4k", wanted.is_4k),
            self.parts.get("seasons", wanted.seasons),
            self.parts.get("episodes", wanted.episodes),
            self.parts.get("future_only", wanted.future_only),
        )

    @property
    def told(self) -> str:
        """As history has it."""
        named = [*self.parts, *(["choices"] if self.choices is not None else [])]
        return f"edited: {', '.join(sorted(named))}"


@dataclass(frozen=True, slots=True)
class Edit:
    request_id: UUID
    change: Change
    by: Caller
    at: datetime
    if_version: int
    sizing: Sizing

    def ensure_may(self, requested_by: str, *, is_in_words: bool) -> None:
        """Raises RequestMissing, NotYours, RequestInWords and ChoicesNotAllowed."""
        if not View.of(self.by).shows(requested_by):
            raise RequestMissing
        if requested_by != self.by.user_id and not self.by.may(MANAGE_REQUESTS):
            raise NotYours("Only who asked, or an admin, can change a request.")
        if is_in_words:
            raise RequestInWords(
                "What is asked for in words is not changed. Take it back, and ask anew."
            )
        if self.change.choices is not None and not may_choose(self.by):
            raise ChoicesNotAllowed(
                "You may not choose how a request is fulfilled. Leave the choices out."
            )

    def ensure_possible(self, title: AskedTitle, was: Wanted, wanted: Wanted) -> None:
        """Raises RequestNotAllowed and SeasonsInvalid."""
        wanted.ensure_of(title.kind)
        if wanted.is_4k is not was.is_4k:
            may_have(self.by, title.kind, wanted)

    def ensure_leaves(self, was: Wanted, wanted: Wanted, followers: int) -> None:
        """Raises RequestFollowed for what would be taken from others who wait for it,
        and were told so. Who manages requests may decide that."""
        is_less = was.without(wanted) is not None
        if followers and is_less and not self.by.may(MANAGE_REQUESTS):
            raise RequestFollowed(
                "Others wait for this as well: only add to it, or take it back, and it "
                "is theirs."
            )

    def cost(
        self, title: AskedTitle, was: Wanted, wanted: Wanted, counted: Cost
    ) -> Cost:
        """What the request counts as then, of which so much is counted already: what
        was taken over from another is not, and less or more was known of the title."""
        if wanted == was:
            return counted
        return Cost(
            counted.movies,
            _changed(counted.seasons, title.seasons_of(was), title.seasons_of(wanted)),
            _changed(
                counted.size_bytes,
                self.sizing.estimate(title, was),
                self.sizing.estimate(title, wanted),
            ),
        )


def _changed(counted: int, was: int, wanted: int) -> int:
    """Never more than all of it, nor less than what was counted of that."""
    least = min(counted, wanted)
    return min(wanted, max(least, counted + wanted - was))


class Edits(Protocol):
    async def edit(self, edit: Edit) -> MediaRequest:
        """Change a pending request, with its history and its event: all or nothing.

        Raises what `edit.ensure_may`, `edit.ensure_possible` and `edit.ensure_leaves`
        do, RequestNotPending, VersionChanged, AlreadyAvailable and AlreadyRequested for
        what it would be, and QuotaUsedUp.
        """


class Editing:
    def __init__(self, edits: Edits, clock: Clock, sizing: Sizing) -> None:
        self._edits = edits
        self._clock = clock
        self._sizing = sizing

    async def edit(
        self, request_id: UUID, change: Change, *, by: Caller, if_version: int = 0
    ) -> MediaRequest:
        now = self._clock.now()
        return await self._edits.edit(
            Edit(request_id, change, by, now, if_version, self._sizing)
        )
