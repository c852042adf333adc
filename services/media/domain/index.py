"""Finds titles by name in memory: what the names' words are, and where they occur.

text ──► terms ──► as written: the word, the year, the beginning of a word
                   as meant:   words within a typing error or two, two words
                               typed as one, a year off by one
"""

import heapq
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from services.media.domain.names import ARTICLES, tokens
from services.media.domain.spelling import Words, edits_allowed
from services.media.domain.titles import Kind

# How much better known a title must be to outrank one that matches better. The
# unit is that of standing: 17 is the best known film, 0 one that nobody rated.
_BEGINS = 3.0
_IN_YEAR = 3.5
_YEAR_OFF_BY_ONE = 6.0
_EDIT = 4.0
_NOT_FOUND = 7.0
_MEANT_WHOLE = 8.0
_IS_WHOLE = 100.0

_MOST_TERMS = 12
_FEW = 5
_YEAR = re.compile(r"1[89]\d\d|20\d\d")
_SHORTEST_PART = 3

Ordinals: TypeAlias = set[int]


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of every name, those of the best known titles first, a column
    each. A title with an original name has two. A name's place is its ordinal."""

    title_ids: bytes
    """16 bytes each."""
    kinds: bytes
    lengths: bytes
    """Different words without articles, at most 255."""
    years: Sequence[int]
    """0 when unknown."""
    standings: Sequence[float]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """In which names each word occurs: word n in those between the ends n and
    n + 1, by their ordinals, ascending."""

    words: Sequence[str]
    ends: Sequence[int]
    ordinals: "array[int]"


@dataclass(frozen=True, slots=True)
class _Reading:
    """Names in which a term is found, and what it costs to read it so."""

    cost: float
    names: Ordinals
    as_word: bool = True
    """Whether a name in which it is found so has one word less to account for."""


_Readings: TypeAlias = list[_Reading]


class TitleIndex:
    """All names as they were at one moment. Never changes: a new one is made."""

    def __init__(self, version: int, names: Names, occurrences: Occurrences) -> None:
        self.version = version
        self._names = names
        self._occurrences = occurrences
        self._words = Words(occurrences.words)
        self._by_year: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))
        for ordinal, year in enumerate(names.years):
            if year:
                self._by_year[year].append(ordinal)

    def find(self, text: str, kind: Kind | None, most: int) -> list[UUID]:
        """The titles that match best, best first: at most `most`."""
        terms = terms_of(text)
        if not terms:
            return []
        readings = [self._as_written(term) for term in terms]
        exact = self._all_of(readings, kind)
        readings[-1].append(self._as_begun(terms[-1]))
        found = self._all_of(readings, kind)
        whole = self._whole(exact, readings)
        if not whole and len(found) < _FEW:
            for term, ways in zip(terms, readings, strict=True):
                ways.extend(self._as_meant(term))
            found = self._all_of(readings, kind) or self._most_of(readings, kind)
        shortlist = {*whole[: most * 2], *_first(exact, most), *_first(found, most)}
        scores = {each: self._score(each, readings) for each in shortlist}
        best = sorted(shortlist, key=lambda each: (-scores[each], each))
        # A title may be found by both its names.
        return list(dict.fromkeys(self._title_id(each) for each in best))[:most]

    def _as_written(self, term: str) -> _Readings:
        word = _Reading(0.0, self._names_with(term), term not in ARTICLES)
        year = _year(term)
        if year not in self._by_year:
            return [word]
        return [word, _Reading(_IN_YEAR, set(self._by_year[year]), as_word=False)]

    def _as_begun(self, term: str) -> _Reading:
        begun = self._words.beginning(term)
        ends = self._occurrences.ends
        first, last = ends[begun.start], ends[begun.stop]
        names = set(self._occurrences.ordinals[first:last])
        return _Reading(_BEGINS, names, term not in ARTICLES)

    def _as_meant(self, term: str) -> _Readings:
        meant = [_Reading(_EDIT * n, set()) for n in range(1, edits_allowed(term) + 1)]
        for position, edits in self._words.near(term):
            meant[edits - 1].names.update(self._names_at(position))
        if year := _year(term):
            near = {*self._of_year(year - 1), *self._of_year(year + 1)}
            meant.append(_Reading(_YEAR_OFF_BY_ONE, near, as_word=False))
        for cut in range(_SHORTEST_PART, len(term) - _SHORTEST_PART + 1):
            if both := self._names_with(term[:cut]):
                meant[0].names.update(both & self._names_with(term[cut:]))
        return meant

    def _of_year(self, year: int) -> Sequence[int]:
        return self._by_year.get(year, ())

    def _names_with(self, word: str) -> Ordinals:
        position = self._words.find(word)
        return set() if position is None else set(self._names_at(position))

    def _names_at(self, position: int) -> Sequence[int]:
        first, last = self._occurrences.ends[position : position + 2]
        return self._occurrences.ordinals[first:last]

    def _all_of(self, readings: Sequence[_Readings], kind: Kind | None) -> Ordinals:
        """The names in which every term is found, one way or another."""
        unions = sorted((_union(ways) for ways in readings), key=len)
        fewest, *others = unions
        return self._only(kind, fewest.intersection(*others) if others else fewest)

    def _most_of(self, readings: Sequence[_Readings], kind: Kind | None) -> Ordinals:
        """The names in which most terms are found: at least half of them."""
        terms_found = Counter(each for ways in readings for each in _union(ways))
        most = max(terms_found.values(), default=0)
        if most * 2 < len(readings):
            return set()
        found = {each for each, count in terms_found.items() if count == most}
        return self._only(kind, found)

    def _only(self, kind: Kind | None, found: Ordinals) -> Ordinals:
        if kind is None:
            return found
        code, kinds = KINDS.index(kind), self._names.kinds
        return {each for each in found if kinds[each] == code}

    def _whole(self, exact: Ordinals, readings: Sequence[_Readings]) -> list[int]:
        """The names that are the terms and no more, best known first. A year that is
        not in the name may stand beside them."""
        lengths = self._names.lengths
        least = sum(all(way.as_word for way in ways) for ways in readings)
        most = sum(any(way.as_word for way in ways) for ways in readings)
        return sorted(
            each
            for each in exact
            if least <= lengths[each] <= most and self._is_whole(each, readings)
        )

    def _is_whole(self, name: int, readings: Sequence[_Readings]) -> bool:
        """Whether as many terms are found in the name as it has words."""
        return self._names.lengths[name] == sum(
            any(way.as_word and name in way.names for way in ways) for ways in readings
        )

    def _score(self, name: int, readings: Sequence[_Readings]) -> float:
        """How well known it is, less what it costs to read the terms so."""
        costs = [
            min((way.cost for way in ways if name in way.names), default=_NOT_FOUND)
            for ways in readings
        ]
        cost = sum(costs)
        whole = 0.0
        if self._is_whole(name, readings):
            whole = _IS_WHOLE if {*costs} <= {0.0, _IN_YEAR} else _MEANT_WHOLE
        return self._names.standings[name] + whole - cost

    def _title_id(self, name: int) -> UUID:
        return UUID(bytes=self._names.title_ids[name * 16 : name * 16 + 16])


KINDS = (Kind.MOVIE, Kind.SERIES)
"""A kind's place here is its code in `Names.kinds`."""


def terms_of(text: str) -> list[str]:
    """What to look for: the different words, without articles unless there is
    nothing else."""
    words = list(dict.fromkeys(tokens(text)))[:_MOST_TERMS]
    return [word for word in words if word not in ARTICLES] or words


def _first(found: Ordinals, most: int) -> list[int]:
    """Those of the best known titles, with some to spare."""
    return heapq.nsmallest(most * 2, found)


def _union(ways: _Readings) -> Ordinals:
    """The names of all ways. Mostly one way has them all, and no set is copied."""
    largest, *others = sorted((way.names for way in ways), key=len, reverse=True)
    missing = [names for names in others if not names <= largest]
    return largest.union(*missing) if missing else largest


def _year(term: str) -> int:
    """The year that a term may be, or 0."""
    return int(term) if _YEAR.fullmatch(term) else 0
