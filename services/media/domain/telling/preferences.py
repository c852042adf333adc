"""What somebody wants to be told, and by what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from kit.caller import Caller
from kit.clock import Clock
from services.media.domain.requests.permissions import MANAGE_REQUESTS
from services.media.domain.telling.errors import NewsUnknown
from services.media.domain.telling.news import (
    MANAGE_ISSUES,
    OF_MANAGERS,
    OF_REPORTS,
    USUAL,
    Channel,
    News,
)
from services.media.domain.telling.quiet import QuietHours

Choices = Mapping[News, frozenset[Channel]]


@dataclass(frozen=True, slots=True)
class Preferences:
    choices: Choices = field(default_factory=dict)
    """Of what is not there, they want what is usual."""
    quiet: QuietHours | None = None

    def channels(self, news: News) -> frozenset[Channel]:
        return self.choices.get(news, USUAL[news])


UNSAID = Preferences()


@dataclass(frozen=True, slots=True)
class Change:
    """The choices that are made anew, and the quiet hours if `sets_quiet`."""

    choices: Choices
    sets_quiet: bool = False
    quiet: QuietHours | None = None

    def apply(self, before: Preferences) -> Preferences:
        quiet = self.quiet if self.sets_quiet else before.quiet
        return replace(before, choices={**before.choices, **self.choices}, quiet=quiet)


class Preferring(Protocol):
    """What there must be of preferences."""

    async def find(self, user_id: str) -> Preferences:
        """Those who have said nothing want what is usual."""

    async def change(self, user_id: str, change: Change, at: datetime) -> Preferences:
        """What waits for them is looked at anew soon. Raises PersonGone."""


class Wishes:
    """One's own preferences."""

    def __init__(self, preferring: Preferring, clock: Clock) -> None:
        self._preferring = preferring
        self._clock = clock

    async def of(self, caller: Caller) -> Preferences:
        return await self._preferring.find(caller.user_id)

    async def change(self, change: Change, by: Caller) -> Preferences:
        """Raises NewsUnknown, also for what is told to others only, and PersonGone."""
        open_to_them = news_of(by)
        if any(each not in open_to_them for each in change.choices):
            raise NewsUnknown
        return await self._preferring.change(by.user_id, change, self._clock.now())


def news_of(caller: Caller) -> Collection[News]:
    """What this one may be told at all, in order."""
    hidden = {
        each
        for each in OF_MANAGERS
        if not caller.may(MANAGE_ISSUES if each in OF_REPORTS else MANAGE_REQUESTS)
    }
    return [each for each in News if each not in hidden]
