"""How the catalogue grows: titles come in batches, and what is known stays known."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit.clock import Clock
from kit.errors import Invalid
from services.media.domain.titles import Kind

LARGEST_BATCH = 1000

_FIRST_YEAR = 1800
_LAST_YEAR = 2200
_LARGEST_INT = 2**31 - 1
_LARGEST = {
    "runtime_minutes": 100_000,
    "popularity": 1e12,
    "vote_average": 10,
    "vote_count": _LARGEST_INT,
    "tmdb_id": _LARGEST_INT,
    "tvdb_id": _LARGEST_INT,
}
_LONGEST = {
    "origin_key": 300,
    "name": 500,
    "original_name": 500,
    "overview": 20_000,
    "poster_path": 500,
    "original_language": 35,
}
_MOST_WORDS = {"genres": 50, "cast": 500}
_LONGEST_WORD = 200
_IMDB_ID = re.compile(r"tt\d{5,12}")


class BatchTooLarge(Invalid):
    reason = "batch_too_large"


@dataclass(frozen=True, slots=True)
class Entry:
    """A title as one origin tells it. Empty, zero and None mean: not told."""

    origin_key: str
    kind: Kind | None
    name: str = ""
    original_name: str = ""
    year: int = 0
    overview: str = ""
    genres: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    runtime_minutes: int = 0
    popularity: float = 0.0
    vote_average: float = 0.0
    vote_count: int = 0
    poster_path: str = ""
    tmdb_id: int | None = None
    imdb_id: str = ""
    tvdb_id: int | None = None
    original_language: str = ""

    def fault(self) -> str | None:
        """What is wrong with it, for the person who imports."""
        if not self.origin_key.strip():
            return "origin_key is required"
        if self.kind is None:
            return "kind is MOVIE or SERIES"
        if not self.name and not self.original_name:
            return "name is required"
        return self._fault_of_texts() or self._fault_of_numbers()

    def _fault_of_texts(self) -> str | None:
        for field, longest in _LONGEST.items():
            text = getattr(self, field)
            if len(text) > longest:
                return f"{field} has {len(text)} characters, at most {longest} fit"
            if "\0" in text:
                return f"{field} has a NUL character"
        for field, most in _MOST_WORDS.items():
            words = getattr(self, field)
            if len(words) > most:
                return f"{field} has {len(words)} entries, at most {most} fit"
            if any(len(word) > _LONGEST_WORD or "\0" in word for word in words):
                return f"{field} has an entry that is too long or has a NUL character"
        if self.imdb_id and not _IMDB_ID.fullmatch(self.imdb_id):
            return f"imdb_id is tt and digits, not {self.imdb_id[:20]!r}"
        return None

    def _fault_of_numbers(self) -> str | None:
        if self.year and not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            return f"year is {_FIRST_YEAR} to {_LAST_YEAR}, not {self.year}"
        for field, largest in _LARGEST.items():
            number = getattr(self, field)
            # Not `0 > number > largest`: what is no number is neither.
            if number is not None and not 0 <= number <= largest:
                return f"{field} is 0 to {largest}, not {number}"
        return None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of entries that can be stored."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that was left out, by its position in the batch."""

    index: int
    detail: str


class Known(Protocol):
    """Where titles are kept."""

    async def take(self, entries: Sequence[Entry], now: datetime) -> Taken:
        """Add what is new and bring what is known up to date, all or nothing. What
        an entry does not tell stays as it was. The keys are all different.

        Safe to repeat and to do twice at once: the second finds nothing to do.
        """


class Imports:
    """Takes batches into the catalogue."""

    def __init__(self, known: Known, clock: Clock) -> None:
        self._known = known
        self._clock = clock

    async def take(self, entries: Sequence[Entry]) -> tuple[Taken, list[Rejected]]:
        """Take what can be taken; the rest is rejected one by one. Raises
        BatchTooLarge."""
        if len(entries) > LARGEST_BATCH:
            raise BatchTooLarge(
                f"A batch has at most {LARGEST_BATCH} titles, this one has "
                f"{len(entries)}.",
                field="titles",
            )
        good, rejected = _sorted_out(entries)
        taken = await self._known.take(good, self._clock.now()) if good else Taken()
        return taken, rejected


def _sorted_out(entries: Sequence[Entry]) -> tuple[list[Entry], list[Rejected]]:
    good: dict[str, int] = {}
    rejected: list[Rejected] = []
    for index, entry in enumerate(entries):
        fault = entry.fault()
        if fault is None and entry.origin_key in good:
            fault = (
                f"origin_key {entry.origin_key} is that of number "
                f"{good[entry.origin_key]} in this batch"
            )
        if fault is None:
            good[entry.origin_key] = index
        else:
            rejected.append(Rejected(index, fault))
    return [entries[index] for index in good.values()], rejected
