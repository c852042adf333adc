"""Who is told what of something that happened, and when.

event, people ──plan──► a row behind the bell for each who is told
                   └──► what waits for each of their channels until it is due
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.media.domain.telling.news import OF_REPORTS, OUTSIDE, Channel, News
from services.media.domain.telling.preferences import UNSAID, Preferences

LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people are told of, at its place among media's events."""

    place: int
    what: str
    """The event's type."""
    people: frozenset[str]
    """Whom it is about: who asked, who waits with them, who reported."""
    by: str
    """Who did it; empty: nobody, or nobody knows."""
    subject: str
    """What it is about, by name."""
    at: datetime
    title_id: str = ""
    request_id: str = ""
    report_id: str = ""
    comment_id: UUID | None = None
    """What this one says is the detail, for as long as it is there."""
    detail: str = ""
    """Why, in the words of whoever did it."""
    episodes: int = 0
    """How many single ones it is about; 0: not single ones."""
    waits: bool = False
    """It is for somebody to decide."""

    @property
    def about(self) -> str:
        """What is told together has this in common."""
        return self.title_id or self.report_id or self.request_id


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str
    manages_requests: bool = False
    manages_reports: bool = False
    preferences: Preferences = UNSAID
    reached_by: frozenset[Channel] = frozenset()
    """The channels outside of the house by which they can be."""


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody finds behind the bell."""

    user_id: str
    news: News


@dataclass(frozen=True, slots=True)
class Held:
    """What waits to be told to somebody by one of their channels."""

    user_id: str
    news: News
    channel: Channel
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    rows: Sequence[Row] = ()
    held: Sequence[Held] = ()


_TO_THOSE_IT_IS_ABOUT = {
    each.value: each
    for each in (
        News.REQUEST_APPROVED,
        News.REQUEST_DECLINED,
        News.REQUEST_CANCELED,
        News.REQUEST_AVAILABLE,
        News.REQUEST_FAILED,
        News.REQUEST_EDITED,
        News.REQUEST_REOPENED,
        News.REQUEST_COMMENTED,
        News.REPORT_COMMENTED,
        News.REPORT_RESOLVED,
        News.REPORT_REOPENED,
    )
}
_TO_MANAGERS = {
    each.value: each
    for each in (
        News.REQUEST_FAILED,
        News.REQUEST_COMMENTED,
        News.REPORT_CREATED,
        News.REPORT_COMMENTED,
        News.REPORT_REOPENED,
    )
}
_ASKED = "request.created"
_ASKED_AGAIN = "request.reopened"
TOLD = frozenset({_ASKED, *_TO_THOSE_IT_IS_ABOUT, *_TO_MANAGERS})
"""The events of which anybody is told."""


def plan(
    happening: Happening, people: Iterable[Person], now: datetime, window: timedelta
) -> Plan:
    """Each is told once at most, and nobody what they did themselves. What goes out of
    the house waits for as long as `window`, so that more of the kind goes with it, and
    until quiet hours are over."""
    rows, held = [], []
    for person in people:
        news = news_for(happening, person)
        if news is None:
            continue
        chosen = person.preferences.channels(news)
        if Channel.IN_APP in chosen:
            rows.append(Row(person.user_id, news))
        held += [
            Held(person.user_id, news, channel, due(person.preferences, now + window))
            for channel in OUTSIDE
            if channel in chosen & person.reached_by
        ]
    return Plan(rows, held)


def news_for(happening: Happening, person: Person) -> News | None:
    """What this is to somebody. None: nothing."""
    if person.user_id == happening.by:
        return None
    if person.user_id in happening.people:
        news = _TO_THOSE_IT_IS_ABOUT.get(happening.what)
        if news is not None:
            return news
    news = _for_managers(happening)
    if news is None:
        return None
    decides = person.manages_reports if news in OF_REPORTS else person.manages_requests
    return news if decides else None


def _for_managers(happening: Happening) -> News | None:
    if happening.what == _ASKED:
        return News.REQUEST_PENDING if happening.waits else News.REQUEST_AUTO_APPROVED
    if happening.what == _ASKED_AGAIN:
        return News.REQUEST_PENDING if happening.waits else None
    return _TO_MANAGERS.get(happening.what)


def due(preferences: Preferences, at: datetime) -> datetime:
    """When somebody may be told what is to be told `at`."""
    return at if preferences.quiet is None else preferences.quiet.over(at)
