"""What people say of a request, or of a report, among those who may see it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Missing
from kit.ids import uuid7
from services.media.domain.reports.errors import ReportMissing
from services.media.domain.reports.permissions import MANAGE_ISSUES, sees_all_reports
from services.media.domain.requests.errors import RequestMissing
from services.media.domain.requests.permissions import MANAGE_REQUESTS, sees_everybodys

LONGEST_COMMENT = 2_000


class CommentMissing(Missing):
    reason = "comment_missing"

    def __init__(self) -> None:
        super().__init__("There is no such comment.")


class Topic(Enum):
    REPORT = "report"
    REQUEST = "request"


_SEES_ALL = {Topic.REPORT: sees_all_reports, Topic.REQUEST: sees_everybodys}
_KEEPS_ORDER = {Topic.REPORT: MANAGE_ISSUES, Topic.REQUEST: MANAGE_REQUESTS}
_MISSING: dict[Topic, type[ReportMissing | RequestMissing]] = {
    Topic.REPORT: ReportMissing,
    Topic.REQUEST: RequestMissing,
}


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments on one request, or on one report."""

    topic: Topic
    of: UUID

    def missing(self) -> Missing:
        return _MISSING[self.topic]()

    def ensure_shown(self, to: Caller, owners: Collection[str]) -> None:
        """To whose it is or who follows it, and to who may see everybody's. Raises
        ReportMissing or RequestMissing."""
        if to.user_id not in owners and not _SEES_ALL[self.topic](to):
            raise self.missing()

    def is_kept_by(self, caller: Caller) -> bool:
        """Whether they may take away what others have said."""
        return caller.may(_KEEPS_ORDER[self.topic])


@dataclass(frozen=True, slots=True)
class Comment:
    id: UUID
    author: str
    author_name: str
    text: str
    created_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on its way: a new one, or what becomes of the one with this id."""

    comment_id: UUID
    thread: Thread
    text: str
    by: Caller
    at: datetime


CommentPlace = tuple[datetime, UUID]


class Comments(Protocol):
    """What must be stored of comments. Each call raises `thread.missing()` when there
    is no such thing, and what `thread.ensure_shown` raises of it."""

    async def page(
        self, thread: Thread, size: int, after: CommentPlace | None, by: Caller
    ) -> Sequence[Comment]:
        """At most `size` of them, oldest first, behind the place `after`."""

    async def say(self, remark: Remark, once: Once) -> Comment:
        """With its event: both, or nothing. The comment of an earlier call with the
        same `once`, as it is now. Raises KeyReused, and CommentMissing when that was
        deleted since."""

    async def edit(self, remark: Remark) -> Comment:
        """One's own, with its event. Raises CommentMissing and NotYours."""

    async def erase(self, remark: Remark) -> None:
        """One's own, or anybody's where `thread.is_kept_by`, with its event. Raises
        CommentMissing and NotYours."""


class Commenting:
    def __init__(self, comments: Comments, clock: Clock) -> None:
        self._comments = comments
        self._clock = clock

    async def page(
        self, thread: Thread, size: int, after: CommentPlace | None, *, by: Caller
    ) -> Sequence[Comment]:
        return await self._comments.page(thread, size, after, by)

    async def say(
        self, thread: Thread, text: str, once: Once, *, by: Caller
    ) -> Comment:
        now = self._clock.now()
        return await self._comments.say(Remark(uuid7(now), thread, text, by, now), once)

    async def edit(
        self, thread: Thread, comment_id: UUID, text: str, *, by: Caller
    ) -> Comment:
        now = self._clock.now()
        return await self._comments.edit(Remark(comment_id, thread, text, by, now))

    async def erase(self, thread: Thread, comment_id: UUID, *, by: Caller) -> None:
        now = self._clock.now()
        await self._comments.erase(Remark(comment_id, thread, "", by, now))
