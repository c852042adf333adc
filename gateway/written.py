"""Answers of services that were written as JSON already.

By the raw bytes of the answer: the same list, asked again, is not written again.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cachebox import LRUCache

from gateway.counts.looks import Entry, Looks
from gateway.http.answers import Representation

MOST_BYTES = 8 * 1024 * 1024

Place = tuple[str, bytes]
"""The method with the fields that are wanted, and the raw bytes of its answer."""


class _Written(NamedTuple):
    name: str
    answer: Representation


class Written:
    """Bounded by bytes; the longest unused are forgotten first."""

    def __init__(self) -> None:
        self._kept: LRUCache[Place, _Written] = LRUCache(MOST_BYTES, getsizeof=_size_of)
        self._looks: dict[str, Looks] = {}

    def get(self, name: str, place: Place) -> Representation | None:
        """Counted under the name."""
        looks = self._looks.get(name)
        if looks is None:
            looks = self._looks[name] = Looks()
        known: _Written | None = self._kept.get(place, None)
        if known is None:
            looks.absent += 1
            return None
        looks.hits += 1
        return known.answer

    def keep(self, name: str, place: Place, answer: Representation) -> None:
        self._looks.setdefault(name, Looks()).kept += place not in self._kept
        self._kept[place] = _Written(name, answer)

    def looks(self) -> Mapping[str, Looks]:
        return self._looks

    def entries(self) -> Iterator[Entry]:
        """What is kept at this moment."""
        kept = list(self._kept.items())
        return (Entry(each.name, _size_of(at, each), each.answer) for at, each in kept)


def _size_of(place: Place, written: _Written) -> int:
    # Twice: a compressed form may be kept beside the plain one.
    return len(place[1]) + 2 * len(written.answer.body) + 1024
