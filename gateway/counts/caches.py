"""What is remembered, and how often that was of use."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Protocol

from gateway.cache import ResponseCache
from gateway.counts.looks import Entry, Looks
from gateway.counts.snapshots import CacheCounts
from gateway.http.answers import Representation
from gateway.written import MOST_BYTES, Written

ANSWERS = "answers"
WRITTEN = "json"
COMPRESSED = "compressed"

_AT_ONCE = 250


class _Memory(Protocol):
    def looks(self) -> Mapping[str, Looks]: ...

    def entries(self) -> Iterator[Entry]: ...


class Caches:
    def __init__(self, answers: ResponseCache, written: Written) -> None:
        self._answers = answers
        self._written = written

    def most_bytes(self) -> dict[str, int]:
        return {ANSWERS: self._answers.most_bytes, WRITTEN: MOST_BYTES}

    async def counts(self) -> list[CacheCounts]:
        """Of all tiers. Looks at each entry, and lets others do something meanwhile."""
        forms = _Forms()
        answers = await _counts(ANSWERS, self._answers, forms)
        written = await _counts(WRITTEN, self._written, forms)
        return [*answers, *written, *forms.counts.values()]


class _Forms:
    """The same answer may be in both tiers, with its forms."""

    def __init__(self) -> None:
        self.counts: dict[str, CacheCounts] = {}
        self._seen: set[int] = set()

    def add(self, answer: Representation) -> None:
        if id(answer) in self._seen:
            return
        self._seen.add(id(answer))
        for encoding, size_bytes in answer.forms:
            counts = self.counts.setdefault(encoding, CacheCounts(COMPRESSED, encoding))
            counts.entries += 1
            counts.size_bytes += size_bytes


async def _counts(tier: str, memory: _Memory, forms: _Forms) -> list[CacheCounts]:
    found = {
        name: _of_looks(tier, name, looks) for name, looks in memory.looks().items()
    }
    for number, entry in enumerate(memory.entries(), 1):
        counts = found[entry.name]
        counts.entries += 1
        counts.size_bytes += entry.size_bytes
        forms.add(entry.answer)
        if not number % _AT_ONCE:
            await asyncio.sleep(0)
    for counts in found.values():
        # What else was taken out is not in `kept`.
        counts.evictions = (counts.kept or 0) - counts.entries
    return list(found.values())


def _of_looks(tier: str, name: str, looks: Looks) -> CacheCounts:
    counts = CacheCounts(
        tier,
        name,
        max_age_s=looks.max_age_s,
        hits=looks.hits,
        misses={"absent": looks.absent},
        kept=looks.kept,
    )
    if tier == ANSWERS:
        # What was written as JSON is true for ever, and nobody is asked for it.
        counts.loads = looks.loads
        counts.stale = looks.stale
        counts.misses |= {
            "expired": looks.expired,
            "dropped": looks.dropped,
            "doubted": looks.doubted,
        }
    return counts
