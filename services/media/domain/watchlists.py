"""What people mean to watch."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Denied, Refused
from services.media.domain.search import Cards, Found
from services.media.domain.showing import shown

MOST_TITLES = 2_000
WATCHLIST_VIEW = 27


class WatchlistFull(Refused):
    reason = "watchlist_full"

    def __init__(self) -> None:
        super().__init__(
            f"A watchlist holds {MOST_TITLES} titles. Take one off that you have seen."
        )


class WatchlistViewNeeded(Denied):
    reason = "watchlist_view_needed"


Seen = Callable[[Caller, datetime], Awaitable[None]]
"""Told of those who look at their watchlist: what they may do is known from them."""


@dataclass(frozen=True, slots=True)
class Entry:
    title_id: UUID
    added_at: datetime


class Watchlists(Protocol):
    """What must be stored of watchlists."""

    async def add(self, title_id: UUID, at: datetime, by: Caller) -> Entry:
        """With its event; the entry of before when it is there already. However many
        are added at once, there are at most MOST_TITLES. Raises TitleMissing,
        WatchlistFull, and OwnerGone for who was removed."""

    async def remove(self, title_id: UUID, at: datetime, by: Caller) -> None:
        """With its event, if it is there."""

    async def page(
        self, user_id: str, size: int, after: Entry | None, *, is_anothers: bool = False
    ) -> Sequence[Entry]:
        """At most `size` entries, what was added last first, behind `after`. Raises
        UserMissing for another who is not known."""


class Watchlisting:
    def __init__(
        self, watchlists: Watchlists, cards: Cards, clock: Clock, seen: Seen
    ) -> None:
        self._seen = seen
        self._watchlists = watchlists
        self._cards = cards
        self._clock = clock

    async def add(self, title_id: UUID, *, by: Caller) -> tuple[Entry, Found]:
        entry = await self._watchlists.add(title_id, self._clock.now(), by)
        titles = await shown(self._cards, [title_id], by)
        return entry, titles[title_id]

    async def remove(self, title_id: UUID, *, by: Caller) -> None:
        await self._watchlists.remove(title_id, self._clock.now(), by)

    async def page(
        self, user_id: str, size: int, after: Entry | None, *, by: Caller
    ) -> Sequence[tuple[Entry, Found]]:
        """Raises WatchlistViewNeeded and UserMissing."""
        is_anothers = user_id != by.user_id
        if is_anothers and not by.may(WATCHLIST_VIEW):
            raise WatchlistViewNeeded(
                "You may see your own watchlist only. Ask the owner for the permission."
            )
        if not is_anothers:
            await self._seen(by, self._clock.now())
        found = await self._watchlists.page(
            user_id, size, after, is_anothers=is_anothers
        )
        titles = await shown(self._cards, [each.title_id for each in found], by)
        return [(each, titles[each.title_id]) for each in found]
