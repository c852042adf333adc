"""What somebody finds behind the bell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from services.media.domain.portal import page_of
from services.media.domain.telling.news import News
from services.media.domain.telling.words import Fact, sentence


@dataclass(frozen=True, slots=True)
class Notification:
    id: UUID
    place: int
    """In the list of whom it tells: what came later has a higher one."""
    news: News
    title_id: str
    request_id: str
    report_id: str
    subject: str
    detail: str
    who: str
    """Whose doing it is, by name; empty: nobody's, or theirs who are gone."""
    created_at: datetime
    read_at: datetime | None

    @property
    def words(self) -> str:
        return sentence(self.news, [Fact(self.subject, self.detail, self.who)])

    @property
    def link(self) -> str:
        return page_of(self.news.value, self.title_id)


class Inbox(Protocol):
    """What there must be of notifications. Nobody gets at another's."""

    async def newest(
        self, user_id: str, size: int, after: int | None
    ) -> Sequence[Notification]: ...

    async def newest_unread(
        self, user_id: str, size: int, after: int | None
    ) -> Sequence[Notification]: ...

    async def unread(self, user_id: str) -> int: ...

    async def read(self, user_id: str, ids: Sequence[UUID], at: datetime) -> int:
        """How many are unread then. What is not there is passed over, and what was
        read before keeps its time."""

    async def read_until(self, user_id: str, until: datetime, at: datetime) -> int:
        """All that came until then; how many are unread after it."""

    async def remove(self, user_id: str, notification_id: UUID, at: datetime) -> None:
        """Raises NotificationMissing."""


class Bell:
    """One's own notifications."""

    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock

    async def page(
        self, caller: Caller, size: int, after: int | None, *, unread_only: bool
    ) -> Sequence[Notification]:
        """The newest first."""
        list_them = self._inbox.newest_unread if unread_only else self._inbox.newest
        return await list_them(caller.user_id, size, after)

    async def unread(self, caller: Caller) -> int:
        return await self._inbox.unread(caller.user_id)

    async def read(self, caller: Caller, ids: Sequence[UUID]) -> int:
        return await self._inbox.read(caller.user_id, ids, self._clock.now())

    async def read_until(self, caller: Caller, until: datetime) -> int:
        return await self._inbox.read_until(caller.user_id, until, self._clock.now())

    async def remove(self, caller: Caller, notification_id: UUID) -> None:
        """Raises NotificationMissing."""
        await self._inbox.remove(caller.user_id, notification_id, self._clock.now())
