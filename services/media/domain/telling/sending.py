"""What becomes of news that waited for somebody until it was due.

waits ──due──► is it quiet for them now? ──► waits on, until it is over
                 ├─ do they still want it, and may they know? no ──► nobody is told
                 └─ one message to each of the channel's targets
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from services.media.domain.telling.news import (
    OF_MANAGERS,
    OF_REPORTS,
    Channel,
    News,
)
from services.media.domain.telling.planning import Person, due


@dataclass(frozen=True, slots=True)
class Group:
    """News of one kind about the same, for one person by one channel."""

    id: UUID
    user_id: str
    channel: Channel
    news: News


class Fate(Enum):
    SEND = "send"
    WAIT = "wait"
    DROP = "drop"


def fate(group: Group, person: Person | None, now: datetime) -> tuple[Fate, datetime]:
    """What is to become of what is due, and when. Nobody stands for who is suspended
    or gone; others may have changed what they want while it waited, or may not know of
    such things any more."""
    if person is None or group.channel not in person.reached_by:
        return Fate.DROP, now
    if group.channel not in person.preferences.channels(group.news):
        return Fate.DROP, now
    if group.news in OF_MANAGERS and not _decides(group.news, person):
        return Fate.DROP, now
    until = due(person.preferences, now)
    return (Fate.WAIT, until) if until > now else (Fate.SEND, now)


def _decides(news: News, person: Person) -> bool:
    return person.manages_reports if news in OF_REPORTS else person.manages_requests
