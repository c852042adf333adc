"""The first tier of a cache: in this process, bounded, and dropped by tag."""

from collections.abc import Iterable
from dataclasses import dataclass

from cachebox import LRUCache

from kit import metrics
from kit.caching.entry import Entry

# What Python keeps around a value: the key, the entry and its place in the list.
_AROUND_BYTES = 400
_MOST_TAGS = 10_000


@dataclass(slots=True)
class Kept:
    entry: Entry
    tags: tuple[str, ...]
    mark: int
    stored_at: float
    refresh_at: float


class Local:
    """Entries by key, the least recently used go first.

    Each drop of a tag has a number, and so has each entry: the one of the moment
    when its loading began. What was begun before a drop is gone with it, even when
    it arrives later.
    """

    def __init__(self, namespace: str, entries: int, size_bytes: int) -> None:
        self._kept: LRUCache[str, Kept] = LRUCache(size_bytes, getsizeof=_size)
        self._entries = entries
        self._mark = 0
        self._floor = 0
        self._dropped: dict[str, int] = {}
        self._evictions = metrics.CACHE_EVICTIONS.labels(namespace)
        self._shown_entries = metrics.CACHE_L1_ENTRIES.labels(namespace)
        self._shown_bytes = metrics.CACHE_L1_BYTES.labels(namespace)

    @property
    def mark(self) -> int:
        """The moment, as `put` wants it."""
        return self._mark

    def find(self, key: str) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or self.is_dropped(kept.tags, kept.mark):
            return None
        return kept

    def put(
        self, key: str, entry: Entry, tags: tuple[str, ...], mark: int, now: float
    ) -> None:
        """Keep what was begun at `mark`, unless a tag has been dropped since."""
        kept = Kept(entry, tags, mark, now, now)
        if self.is_dropped(tags, mark) or _size(key, kept) > self._kept.maxsize:
            return
        expected = len(self._kept) + (key not in self._kept)
        self._kept.insert(key, kept)
        while len(self._kept) > self._entries:
            self._kept.popitem()
        self._evictions.inc(expected - len(self._kept))
        self._show()

    def is_dropped(self, tags: tuple[str, ...], mark: int) -> bool:
        """Whether one of the tags was dropped after the mark."""
        if mark < self._floor:
            return True
        dropped = self._dropped
        return bool(dropped) and any(dropped.get(tag, 0) > mark for tag in tags)

    def drop(self, tags: Iterable[str]) -> None:
        self._mark += 1
        for tag in tags:
            self._dropped[tag] = self._mark
        if len(self._dropped) > _MOST_TAGS:
            self.drop_all()

    def drop_all(self) -> None:
        self._mark += 1
        self._floor = self._mark
        self._dropped.clear()
        self._kept.clear()
        self._show()

    def _show(self) -> None:
        self._shown_entries.set(len(self._kept))
        self._shown_bytes.set(self._kept.current_size())


def _size(key: str, kept: Kept) -> int:
    return len(key) + len(kept.entry.value) + _AROUND_BYTES
