"""Tokens that nobody has, by the address that shows them.

Counted in the process, for a minute: 256 bits are not guessed in any number of minutes,
and who tries to makes work, which this bounds. A second replica doubles the bound.
"""

from datetime import datetime, timedelta
from typing import Protocol

from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import GuessedTooOften
from services.auth.domain.throttle import site_of

MOST = 300
_WINDOW = timedelta(minutes=1)
_MOST_SITES = 10_000


class Alarm(Protocol):
    async def guessed(self, entry: Entry) -> None:
        """Write the entry down, and tell those who manage users."""


class Guesses:
    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._counts: dict[str, int] = {}
        self._until: datetime | None = None

    def ensure_few(self, address: str, now: datetime) -> None:
        """Raises GuessedTooOften, also for a token that would be good."""
        if self._until is None or now >= self._until:
            self._counts.clear()
            self._until = now + _WINDOW
        if self._counts and self._counts.get(site_of(address), 0) >= MOST:
            raise GuessedTooOften(
                "Too many unknown tokens come from this address. Wait a minute.",
                retry_after=self._until - now,
            )

    async def count(self, address: str, now: datetime) -> None:
        """A token that nobody has."""
        site = site_of(address)
        if site not in self._counts and len(self._counts) >= _MOST_SITES:
            return
        self._counts[site] = self._counts.get(site, 0) + 1
        if self._counts[site] == MOST:
            by = Actor.unknown(address)
            entry = Entry(Action.TOKENS_GUESSED, now, by, "", after={"times": MOST})
            await self._alarm.guessed(entry)
