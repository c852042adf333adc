"""All that is known of a title: ours, and what a provider tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Missing, Refused
from services.media.domain.importing import Entry, Imports
from services.media.domain.metadata import Known, Memory, ProviderAway
from services.media.domain.names import key_of
from services.media.domain.presence import Facts, presence_for
from services.media.domain.provider import Details, NotListed, Provider, Season
from services.media.domain.search import Found, Search
from services.media.domain.titles import Kind, Title

_DAY = timedelta(days=1)
_LIFETIMES = {Kind.MOVIE: 3 * _DAY, Kind.SERIES: _DAY}
_SETTLED_FOR = 14 * _DAY
"""Of films that came out a year ago or more: little changes."""
_SEASON = _DAY
_IDENTITY = 30 * _DAY
_YEAR = timedelta(days=365)

SILENT = "TMDB does not answer: only what the catalogue has is shown."
NOT_KNOWN = "TMDB does not know this title: only what the catalogue has is shown."


class SeasonMissing(Missing):
    reason = "season_missing"


class ProviderNotSet(Refused):
    reason = "provider_not_set"


class Cards(Protocol):
    """The catalogue, by the provider's ids."""

    async def named(
        self, kind: Kind, tmdb_ids: Sequence[int]
    ) -> Sequence[tuple[Title, Facts]]:
        """Those that are known, in this order, with what a card shows."""

    async def adopt(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Give titles that have the entry's name and year, and no TMDB id yet, the
        entry's. Returns the entries that are no title's."""

    async def link(self, title_id: UUID, tmdb_id: int) -> None:
        """Say what a title is at TMDB, if that is not known."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A title as somebody sees it, with what a provider told of it."""

    found: Found
    details: Details
    told_at: datetime | None
    is_stale: bool
    recommended: Sequence[Found]
    similar: Sequence[Found]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class TitleAtProvider:
    tmdb_id: int


class Describing:
    """Without a provider, the catalogue alone; nothing goes over the network."""

    def __init__(
        self,
        search: Search,
        cards: Cards,
        imports: Imports,
        provider: Provider | None,
        memory: Memory,
        clock: Clock,
    ) -> None:
        self._search = search
        self._cards = cards
        self._imports = imports
        self._provider = provider
        self._memory = memory
        self._clock = clock

    async def describe(self, title_id: UUID, caller: Caller) -> Whole:
        """Raises TitleMissing."""
        found = await self._search.title(title_id, caller)
        if self._provider is None:
            return _ours(found)
        try:
            known = await self._known(found.title, self._provider)
        except NotListed:
            return _ours(found, NOT_KNOWN)
        except ProviderAway:
            return _ours(found, SILENT)
        details = known.value
        named = await self._cards.named(
            found.title.kind, [*details.recommended, *details.similar]
        )
        by_id = {
            title.tmdb_id: Found(title, presence_for(caller, facts))
            for title, facts in named
        }
        return Whole(
            found,
            details,
            known.told_at,
            known.is_stale,
            [by_id[each] for each in details.recommended if each in by_id],
            [by_id[each] for each in details.similar if each in by_id],
            [_old(known)] if known.is_stale else [],
        )

    async def season(
        self, title_id: UUID, number: int, caller: Caller
    ) -> tuple[Known[Season], Sequence[str]]:
        """A season with its episodes, and what to know of it. Raises TitleMissing,
        SeasonMissing, ProviderNotSet and ProviderAway."""
        title = (await self._search.title(title_id, caller)).title
        provider = self._provider
        if title.kind is not Kind.SERIES:
            raise SeasonMissing("A film has no seasons.")
        if provider is None:
            raise ProviderNotSet(
                "Nobody tells of seasons here: an admin sets a key for TMDB."
            )
        try:
            tmdb_id = await self._id_of(title, provider)
            known = await self._memory.recall(
                f"tmdb:series:{tmdb_id}:season:{number}",
                Season,
                lambda: provider.season(tmdb_id, number),
                _SEASON,
            )
        except NotListed as exc:
            raise SeasonMissing("There is no such season.") from exc
        return known, [_old(known)] if known.is_stale else []

    async def _known(self, title: Title, provider: Provider) -> Known[Details]:
        tmdb_id = await self._id_of(title, provider)

        async def ask() -> Details:
            described = await provider.describe(title.kind, tmdb_id)
            await self._meet(described.mentioned)
            return described.details

        return await self._memory.recall(
            f"tmdb:{title.kind.value}:{tmdb_id}", Details, ask, self._lifetime(title)
        )

    async def _id_of(self, title: Title, provider: Provider) -> int:
        if title.tmdb_id is not None:
            return title.tmdb_id

        async def ask() -> TitleAtProvider:
            tmdb_id = _the_one(title, await provider.search(title.name))
            await self._cards.link(title.id, tmdb_id)
            return TitleAtProvider(tmdb_id)

        known = await self._memory.recall(
            f"tmdb:of:{title.id}", TitleAtProvider, ask, _IDENTITY
        )
        return known.value.tmdb_id

    async def _meet(self, entries: Sequence[Entry]) -> None:
        """Have them in the catalogue: who sees a card may ask for what it shows."""
        new = await self._cards.adopt([each for each in entries if not each.fault()])
        if new:
            await self._imports.take(new)

    def _lifetime(self, title: Title) -> timedelta:
        last_year = (self._clock.now() - _YEAR).year
        if title.kind is Kind.MOVIE and (title.year or last_year) < last_year:
            return _SETTLED_FOR
        return _LIFETIMES[title.kind]


def _ours(found: Found, *warnings: str) -> Whole:
    return Whole(found, Details(), None, False, (), (), warnings)


def _old(known: "Known[Details] | Known[Season]") -> str:
    day: date = known.told_at.date()
    return f"TMDB does not answer: this is what it told on {day:%Y-%m-%d}."


def _the_one(title: Title, entries: Sequence[Entry]) -> int:
    """Which of them the title is, if that is clear. Raises NotListed."""
    names = {key_of(title.name), key_of(title.original_name)} - {""}
    alike = [
        each.tmdb_id
        for each in entries
        if each.kind is title.kind
        and each.tmdb_id
        and names & {key_of(each.name), key_of(each.original_name)}
        and (not title.year or not each.year or abs(title.year - each.year) <= 1)
    ]
    if not alike or (not title.year and len(alike) > 1):
        raise NotListed("TMDB has no one title of this name.")
    return alike[0]
