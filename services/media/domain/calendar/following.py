"""Finding out what comes out, in the background: no request waits for it.

enrol ─► what is on the shelf, or requested, is watched
list ──► so is what everybody waits for
claim ─► one that is due ─► ask the provider ─► keep its days ─► due later
                                  └► its row of films is watched too
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from services.media.domain.calendar.releases import Release, ReleaseKind
from services.media.domain.describing import Describing
from services.media.domain.discover.discovering import Discovering
from services.media.domain.discover.wanted import Listing, Wanted
from services.media.domain.metadata import ProviderAway
from services.media.domain.provider import Details, NotListed, Season
from services.media.domain.search import Cards
from services.media.domain.titles import Kind, Title

log = structlog.get_logger()

_DAY = timedelta(days=1)
_LEASE = timedelta(minutes=2)
_SOON = {Kind.MOVIE: 3 * _DAY, Kind.SERIES: _DAY}
_LATER = 14 * _DAY
_AGAIN = timedelta(minutes=10)
"""After it could not be asked."""
_RECENT = 100 * _DAY
_UPCOMING_PAGES = 3
_LISTED_FOR = 2 * _DAY
_COLLECTED_FOR = 30 * _DAY
_ROUND = 30
"""So many are asked for before it is looked who was requested meanwhile."""
_MOST_FAILURES = 3
"""Then it is not the title, and nobody is asked for a while."""
_ROUND_EVERY_S = 60.0
ENDED = {"Ended", "Canceled"}


@dataclass(frozen=True, slots=True)
class Watch:
    """A title that is due. It is ours until the lease ends."""

    title_id: UUID
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider told of a title."""

    releases: Sequence[Release] = ()
    aired: Mapping[int, int] = field(default_factory=dict)
    """How many episodes of each season have been on the air."""


class Watches(Protocol):
    """What is watched, for all processes."""

    async def enrol(self, now: datetime) -> None:
        """Watch what is on the shelf or requested, and forget what nobody cares for
        any more, with its days."""

    async def expect(
        self,
        kind: Kind,
        tmdb_ids: Sequence[int],
        now: datetime,
        upcoming_until: datetime,
        collection_until: datetime,
    ) -> None:
        """Watch those of them that are not older than this year, at least until
        then."""

    async def claim(self, now: datetime, until: datetime) -> Watch | None:
        """Of those that are due, the one that has waited longest, for nobody else
        before `until`."""

    async def keep(
        self, watch: Watch, told: "Told", due_at: datetime, at: datetime
    ) -> None:
        """These are the days of the title, and no others; all or nothing, and nothing
        when it is somebody else's by now. What is as before stays unchanged. What was
        requested and is there, now that it is known how much there is, is available."""

    async def put_off(self, watch: Watch, due_at: datetime) -> None:
        """Its days stay as they are."""


class Following:
    def __init__(
        self,
        watches: Watches,
        cards: Cards,
        describing: Describing,
        discovering: Discovering,
        clock: Clock,
        *,
        pause_s: float,
    ) -> None:
        self._watches = watches
        self._cards = cards
        self._describing = describing
        self._discovering = discovering
        self._clock = clock
        self._pause_s = pause_s

    async def run(self) -> None:
        """Until canceled. Without a provider there is nobody to ask."""
        while self._describing.has_provider:
            has_more = False
            try:
                has_more = await self.look()
            except Unavailable as exc:
                log.info("calendar_put_off", error=exc.reason)
            if not has_more:
                pause_s = _ROUND_EVERY_S * random.uniform(0.9, 1.1)  # noqa: S311
                await asyncio.sleep(pause_s)

    async def look(self) -> bool:
        """Ask for some of what is due, one after the other, so that who looks at a
        title finds the provider with turns to spare. Whether there may be more."""
        await self._watches.enrol(self._clock.now())
        await self._list()
        failures = 0
        for _ in range(_ROUND):
            now = self._clock.now()
            watch = await self._watches.claim(now, now + _LEASE)
            if watch is None:
                return False
            try:
                await self._refresh(watch)
            except ProviderAway:
                await self._watches.put_off(watch, self._clock.now() + _AGAIN)
                failures += 1
                if failures == _MOST_FAILURES:
                    return False
            await asyncio.sleep(self._pause_s)
        return True

    async def _list(self) -> None:
        wanted = Wanted(Listing.UPCOMING, Kind.MOVIE)
        for number in range(1, _UPCOMING_PAGES + 1):
            try:
                page = await self._discovering.listed(wanted, number)
            except (NotListed, ProviderAway):
                return
            now = self._clock.now()
            ids = [each.tmdb_id for each in page.titles]
            await self._watches.expect(Kind.MOVIE, ids, now, now + _LISTED_FOR, now)
            if number >= page.last_page:
                return

    async def _refresh(self, watch: Watch) -> None:
        _, cards = await self._cards.cards([watch.title_id])
        now = self._clock.now()
        today = now.date()
        kept = Told()
        pause = _LATER
        for title, _ in cards:
            try:
                told = await self._describing.known(title)
                details = told.value
                await self._watch_collection(details, now)
                kept = await self._told(title, details, today)
            except NotListed:
                continue
            pause = _AGAIN if told.is_stale else _pause(title.kind, details, today)
        await self._watches.keep(watch, kept, now + _about(pause), now)

    async def _told(self, title: Title, details: Details, today: date) -> Told:
        if title.kind is Kind.MOVIE:
            return Told(_recent(of_film(details), today))
        aired = {
            each.number: each.episode_count
            for each in details.seasons
            if each.aired and each.aired <= today
        }
        number = season_to_watch(details)
        if number is None:
            return Told((), aired)
        season = await self._describing.known_season(title, number)
        found = of_season(season.value)
        if found:
            aired[number] = sum(each.day <= today for each in found)
        return Told(_recent(found, today), aired)

    async def _watch_collection(self, details: Details, now: datetime) -> None:
        if details.collection_id is None:
            return
        known = await self._describing.known_collection(details.collection_id)
        await self._watches.expect(
            Kind.MOVIE, known.value.parts, now, now, now + _COLLECTED_FOR
        )


def _recent(releases: Sequence[Release], today: date) -> list[Release]:
    return [each for each in releases if each.day >= today - _RECENT]


def of_film(details: Details) -> list[Release]:
    days = {
        ReleaseKind.CINEMA: details.released,
        ReleaseKind.DIGITAL: details.digital,
    }
    return [Release(kind, day) for kind, day in days.items() if day]


def of_season(season: Season) -> list[Release]:
    """Each episode once: of two of the same number, the first."""
    found: dict[int, Release] = {}
    for each in season.episodes:
        if each.aired and each.number not in found:
            found[each.number] = Release(
                ReleaseKind.EPISODE, each.aired, season.number, each.number, each.name
            )
    return list(found.values())


def season_to_watch(details: Details) -> int | None:
    """That of the next episode, else the last one, while the series goes on."""
    if details.next_season is not None:
        return details.next_season
    if details.status in ENDED or not details.seasons:
        return None
    return max(each.number for each in details.seasons)


def _pause(kind: Kind, details: Details, today: date) -> timedelta:
    if kind is Kind.SERIES:
        return _LATER if season_to_watch(details) is None else _SOON[kind]
    days = [each.day for each in of_film(details)]
    return _LATER if days and max(days) < today - _RECENT else _SOON[kind]


def _about(pause: timedelta) -> timedelta:
    """Longer than what was told stays fresh: else it would be told again."""
    return pause * random.uniform(1.1, 1.3)  # noqa: S311
