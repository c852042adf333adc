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
from itertools import chain, islice
from typing import TypeAlias
from uuid import UUID

from services.media.domain.names import ARTICLES, tokens
from services.media.domain.spelling import Words
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
# Sets of so many names are worth keeping: those of "the", or of all words with t.
_LARGE = 2000
_MOST_KEPT = 32

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


@dataclass(slots=True)
class _Term:
    """A word that is looked for, the ways to read it, and the names in which it is
    found by any of them."""

    word: str
    ways: list[_Reading]
    names: Ordinals

    def also(self, way: _Reading) -> None:
        self.ways.append(way)
        self.names = self.names | way.names if self.names else way.names


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
        self._by_length: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))
        for ordinal, length in enumerate(names.lengths):
            self._by_length[length].append(ordinal)
        self._kept: dict[range, Ordinals] = {}

    def find(self, text: str, kind: Kind | None, most: int) -> list[UUID]:
        """The titles that match best, best first: at most `most`."""
        terms = [self._as_written(word) for word in terms_of(text)]
        if not terms:
            return []
        exact = self._all_of(terms, kind)
        whole = self._whole(exact, terms)
        self._read_as_begun(terms[-1])
        found = self._all_of(terms, kind)
        if not whole and len(found) < _FEW:
            found = self._meant(terms, kind)
        shortlist = {
            *whole[: most * 2],
            *self._best_known(exact, most * 2),
            *self._best_known(found, most * 2),
        }
        scores = {each: self._score(each, terms) for each in shortlist}
        best = sorted(shortlist, key=lambda each: (-scores[each], each))
        # A title may be found by both its names.
        return list(dict.fromkeys(map(self._title_id, best[: most * 2])))[:most]

    def _meant(self, terms: Sequence[_Term], kind: Kind | None) -> Ordinals:
        """The names when the terms are read as they may have been meant: first those
        that are hardly found as written, then all, then without those that are not
        found at all."""
        doubtful = [term for term in terms if len(term.names) < _FEW]
        for term in doubtful:
            self._read_as_meant(term)
        found = self._all_of(terms, kind)
        if found:
            return found
        for term in terms:
            if term not in doubtful:
                self._read_as_meant(term)
        return self._all_of(terms, kind) or self._most_of(terms, kind)

    def _as_written(self, word: str) -> _Term:
        written = _Reading(0.0, self._names_with(word), word not in ARTICLES)
        term = _Term(word, [written], written.names)
        if names := self._of_year(_year(word)):
            term.also(_Reading(_IN_YEAR, set(names), as_word=False))
        return term

    def _read_as_begun(self, term: _Term) -> None:
        begun = self._names_beginning(term.word)
        term.ways.append(_Reading(_BEGINS, begun, term.word not in ARTICLES))
        # What is written is begun as well; only a year is not.
        term.names = begun | term.names if _year(term.word) else begun

    def _read_as_meant(self, term: _Term) -> None:
        edits = [_Reading(_EDIT * n, set()) for n in range(3)]
        for position, count in self._words.near(term.word):
            edits[count].names.update(self._names_at(position))
        for cut in range(_SHORTEST_PART, len(term.word) - _SHORTEST_PART + 1):
            if both := self._names_with(term.word[:cut]):
                edits[1].names.update(both & self._names_with(term.word[cut:]))
        for way in edits[1:]:
            term.also(way)
        if year := _year(term.word):
            near = {*self._of_year(year - 1), *self._of_year(year + 1)}
            term.also(_Reading(_YEAR_OFF_BY_ONE, near, as_word=False))

    def _of_year(self, year: int) -> Sequence[int]:
        return self._by_year.get(year, ())

    def _names_with(self, word: str) -> Ordinals:
        position = self._words.find(word)
        if position is None:
            return set()
        return self._names_in(range(position, position + 1))

    def _names_beginning(self, prefix: str) -> Ordinals:
        return self._names_in(self._words.beginning(prefix))

    def _names_in(self, words: range) -> Ordinals:
        """The names with any of the words. Not to be changed: large ones are kept."""
        if kept := self._kept.get(words):
            return kept
        ends = self._occurrences.ends
        ordinals = self._occurrences.ordinals[ends[words.start] : ends[words.stop]]
        names = set(ordinals)
        if len(names) > _LARGE:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[words] = names
        return names

    def _names_at(self, position: int) -> Sequence[int]:
        first, last = self._occurrences.ends[position : position + 2]
        return self._occurrences.ordinals[first:last]

    def _all_of(self, terms: Sequence[_Term], kind: Kind | None) -> Ordinals:
        """The names in which every term is found, one way or another."""
        fewest, *others = sorted((term.names for term in terms), key=len)
        return self._only(kind, fewest.intersection(*others) if others else fewest)

    def _most_of(self, terms: Sequence[_Term], kind: Kind | None) -> Ordinals:
        """The names in which most terms are found: at least half of them."""
        terms_found = Counter(each for term in terms for each in term.names)
        most = max(terms_found.values(), default=0)
        if most * 2 < len(terms):
            return set()
        found = {each for each, count in terms_found.items() if count == most}
        return self._only(kind, found)

    def _only(self, kind: Kind | None, found: Ordinals) -> Ordinals:
        if kind is None:
            return found
        code, kinds = KINDS.index(kind), self._names.kinds
        return {each for each in found if kinds[each] == code}

    def _best_known(self, found: Ordinals, most: int) -> list[int]:
        if len(found) <= _LARGE:
            return heapq.nsmallest(most, found)
        # So many are soon met on the way down from the best known of all.
        every = range(len(self._names.kinds))
        return list(islice(filter(found.__contains__, every), most))

    def _whole(self, exact: Ordinals, terms: Sequence[_Term]) -> list[int]:
        """The names that are the terms and no more, best known first. A year that is
        not in the name may stand beside them."""
        least = sum(all(way.as_word for way in term.ways) for term in terms)
        most = sum(any(way.as_word for way in term.ways) for term in terms)
        fitting = [self._by_length.get(n, ()) for n in range(least, most + 1)]
        # Either may be the much smaller one: few names are nothing but an article.
        if sum(map(len, fitting)) < len(exact):
            fit = exact.intersection(chain.from_iterable(fitting))
        else:
            lengths = self._names.lengths
            fit = {each for each in exact if least <= lengths[each] <= most}
        return sorted(each for each in fit if self._is_whole(each, terms))

    def _is_whole(self, name: int, terms: Sequence[_Term]) -> bool:
        """Whether as many terms are found in the name as it has words."""
        return self._names.lengths[name] == sum(
            any(way.as_word and name in way.names for way in term.ways)
            for term in terms
        )

    def _score(self, name: int, terms: Sequence[_Term]) -> float:
        """How well known it is, less what it costs to read the terms so."""
        costs = [
            min(
                (way.cost for way in term.ways if name in way.names),
                default=_NOT_FOUND,
            )
            for term in terms
        ]
        whole = 0.0
        if self._is_whole(name, terms):
            whole = _IS_WHOLE if {*costs} <= {0.0, _IN_YEAR} else _MEANT_WHOLE
        return self._names.standings[name] + whole - sum(costs)

    def _title_id(self, name: int) -> UUID:
        return UUID(bytes=self._names.title_ids[name * 16 : name * 16 + 16])


KINDS = (Kind.MOVIE, Kind.SERIES)
"""A kind's place here is its code in `Names.kinds`."""


def terms_of(text: str) -> list[str]:
    """What to look for: the different words, without articles unless there is
    nothing else."""
    words = list(dict.fromkeys(tokens(text)))[:_MOST_TERMS]
    return [word for word in words if word not in ARTICLES] or words


def _year(term: str) -> int:
    """The year that a term may be, or 0."""
    return int(term) if _YEAR.fullmatch(term) else 0
