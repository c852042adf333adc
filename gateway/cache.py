"""Answers that are remembered, and never for longer than they are true.

An answer carries the ages of its tags from before it was loaded. A write, or an event,
makes its tags older, and what carries another age is no longer believed: also what was
being loaded meanwhile. While the events of a service do not arrive, nothing that it
said is believed: better slow than stale.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from cachebox import LRUCache

from gateway.http.answers import Representation

Key = tuple[str, str, bytes]
"""Whose it is, and the path and the query that it answers."""
Load = Callable[[], Awaitable[Representation]]

_EVERYTHING = "everything"
# What an entry costs beside its bytes, which also bounds how many there can be.
_OVERHEAD_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Rule:
    """How a method's answers are remembered."""

    service: str
    max_age_s: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Representation
    until_s: float
    ages: tuple[int, ...]


@dataclass(slots=True)
class _Flight:
    task: "asyncio.Task[Representation]"
    ages: tuple[int, ...]
    passengers: int = 0


class ResponseCache:
    """Bounded by bytes; the longest unused are forgotten first."""

    def __init__(
        self, most_bytes: int, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept: LRUCache[Key, _Kept] = LRUCache(
            max(1, most_bytes), getsizeof=_size_of
        )
        self._most_bytes = most_bytes
        self._now_s = now_s
        self._ages: dict[str, int] = {}
        self._told: set[str] = set()
        self._is_blind = False
        self._flights: dict[Key, _Flight] = {}
        self.hits = 0
        self.misses = 0
        self.loads = 0

    def get(self, key: Key, rule: Rule) -> Representation | None:
        """What is remembered and still true."""
        kept = self._kept.get(key, None)
        if (
            kept is None
            or kept.until_s <= self._now_s()
            or kept.ages != self._ages_of(rule)
            or not self._is_told(rule)
        ):
            self.misses += 1
            return None
        self.hits += 1
        return kept.answer

    async def load(self, key: Key, rule: Rule, load: Load) -> Representation:
        """Load it; of many who ask at once, one does. The load is cancelled when the
        last who wants it goes away."""
        ages = self._ages_of(rule)
        flight = self._flights.get(key)
        if flight is None or flight.ages != ages:
            task = asyncio.create_task(self._load(key, rule, ages, load), name="load")
            flight = self._flights[key] = _Flight(task, ages)
            task.add_done_callback(lambda done: self._landed(key, done))
        flight.passengers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.passengers -= 1
            if not flight.passengers and not flight.task.done():
                # Nobody may board what is being cancelled.
                self._flights.pop(key, None)
                flight.task.cancel()

    def drop(self, tags: Iterable[str]) -> None:
        """Believe no answer with one of these tags any more."""
        for tag in tags:
            self._ages[tag] = self._ages.get(tag, 0) + 1

    def trust(self, service: str) -> None:
        """From now on every change in the service is told."""
        self.drop([_all_of(service)])
        self._told.add(service)

    def distrust(self, service: str) -> None:
        self._told.discard(service)

    def trust_all(self) -> None:
        """From now on every write of another gateway is told."""
        self.drop([_EVERYTHING])
        self._is_blind = False

    def distrust_all(self) -> None:
        self._is_blind = True

    def _ages_of(self, rule: Rule) -> tuple[int, ...]:
        ages = self._ages
        return tuple(
            [ages.get(tag, 0) for tag in rule.tags]
            + [ages.get(_all_of(rule.service), 0), ages.get(_EVERYTHING, 0)]
        )

    def _is_told(self, rule: Rule) -> bool:
        return rule.service in self._told and not self._is_blind

    async def _load(
        self, key: Key, rule: Rule, ages: tuple[int, ...], load: Load
    ) -> Representation:
        self.loads += 1
        answer = await load()
        kept = _Kept(answer, self._now_s() + rule.max_age_s, ages)
        if (
            ages == self._ages_of(rule)
            and self._is_told(rule)
            and _size_of(key, kept) <= self._most_bytes
        ):
            self._kept[key] = kept
        return answer

    def _landed(self, key: Key, task: "asyncio.Task[Representation]") -> None:
        flight = self._flights.get(key)
        if flight and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            # Read, so that a flight that everybody left does not complain.
            task.exception()


def _all_of(service: str) -> str:
    return f"service:{service}"


def _size_of(key: Key, kept: _Kept) -> int:
    # Twice: a compressed form may be kept beside the plain one.
    return len(key[1]) + len(key[2]) + 2 * len(kept.answer.body) + _OVERHEAD_BYTES
