"""Answers that are remembered, and never for longer than they are true.

An answer carries the ages of its tags from before it was loaded. A write, or an event,
makes its tags older, and what carries another age is no longer believed: also what was
being loaded meanwhile. While the events of a service do not arrive, nothing that it
said is believed: better slow than stale.

What has only become old, while nobody wrote, is given for a moment longer if the
contract says so (docs/decisions/0032): one load renews it meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cachebox import LRUCache

from gateway.counts.looks import Entry, Looks
from gateway.http.answers import Representation
from gateway.problems import Problem

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
    stale_s: int = 0
    """How much longer an answer is given while a new one is loaded."""
    name: str = ""
    """What it is counted as."""


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    answer: Representation
    until_s: float
    ages: tuple[int, ...]


@dataclass(slots=True)
class _Flight:
    task: "asyncio.Task[Representation]"
    ages: tuple[int, ...]
    passengers: int = 0
    is_renewal: bool = False
    """Begun for nobody in particular: it goes on when its passengers leave."""


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
        self._looks: dict[str, Looks] = {}

    def get(self, key: Key, rule: Rule) -> Representation | None:
        """What is remembered and still true."""
        looks = self._looks_of(rule)
        kept = self._true(key, rule)
        if kept is None:
            self._count_miss(looks, key, rule)
        elif kept.until_s <= self._now_s():
            looks.expired += 1
        else:
            looks.hits += 1
            return kept.answer
        return None

    async def load(self, key: Key, rule: Rule, load: Load) -> Representation:
        """Load it; of many who ask at once, one does. The load is cancelled when the
        last who wants it goes away. What has just become old is given at once, and
        renewed for those who ask next."""
        if not self._is_told(rule):
            # What is under way may have begun before a write that nobody told us of.
            self._looks_of(rule).loads += 1
            return await load()
        kept = self._true(key, rule)
        if kept is not None and self._now_s() < kept.until_s + rule.stale_s:
            self._looks_of(rule).stale += 1
            self._flight(key, rule, load, is_renewal=True)
            return kept.answer
        return await self._ride(key, self._flight(key, rule, load))

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

    @property
    def hits(self) -> int:
        return sum(looks.hits for looks in self._looks.values())

    @property
    def misses(self) -> int:
        return sum(looks.misses for looks in self._looks.values())

    @property
    def loads(self) -> int:
        return sum(looks.loads for looks in self._looks.values())

    @property
    def stale(self) -> int:
        return sum(looks.stale for looks in self._looks.values())

    @property
    def most_bytes(self) -> int:
        return self._most_bytes

    def looks(self) -> Mapping[str, Looks]:
        """By the name of the rule."""
        return self._looks

    def entries(self) -> Iterator[Entry]:
        """What is kept at this moment, also what is no longer believed."""
        kept = list(self._kept.items())
        return (
            Entry(each.name, _size_of(key, each), each.answer) for key, each in kept
        )

    def _looks_of(self, rule: Rule) -> Looks:
        looks = self._looks.get(rule.name)
        if looks is None:
            looks = self._looks[rule.name] = Looks(rule.max_age_s)
        return looks

    def _count_miss(self, looks: Looks, key: Key, rule: Rule) -> None:
        if not self._is_told(rule):
            looks.doubted += 1
        elif key in self._kept:
            looks.dropped += 1
        else:
            looks.absent += 1

    def _ages_of(self, rule: Rule) -> tuple[int, ...]:
        ages = self._ages
        return tuple(
            [ages.get(tag, 0) for tag in rule.tags]
            + [ages.get(_all_of(rule.service), 0), ages.get(_EVERYTHING, 0)]
        )

    def _is_told(self, rule: Rule) -> bool:
        return rule.service in self._told and not self._is_blind

    def _true(self, key: Key, rule: Rule) -> _Kept | None:
        """What is remembered, however old, if nobody has written since."""
        kept: _Kept | None = self._kept.get(key, None)
        is_true = kept and kept.ages == self._ages_of(rule) and self._is_told(rule)
        return kept if is_true else None

    def _flight(
        self, key: Key, rule: Rule, load: Load, *, is_renewal: bool = False
    ) -> _Flight:
        """The load that is under way, or a new one."""
        ages = self._ages_of(rule)
        flight = self._flights.get(key)
        if flight is not None and flight.ages == ages:
            return flight
        if flight is not None and not flight.passengers:
            # A renewal that a write has overtaken: nobody waits for it.
            flight.task.cancel()
        task = asyncio.create_task(self._load(key, rule, ages, load), name="load")
        flight = self._flights[key] = _Flight(task, ages, is_renewal=is_renewal)
        task.add_done_callback(lambda done: self._landed(key, done))
        return flight

    async def _ride(self, key: Key, flight: _Flight) -> Representation:
        flight.passengers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.passengers -= 1
            if not flight.passengers and not flight.task.done():
                self._abandon(key, flight)

    def _abandon(self, key: Key, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            if flight.is_renewal:
                return
            # Nobody may board what is being cancelled.
            del self._flights[key]
        flight.task.cancel()

    async def _load(
        self, key: Key, rule: Rule, ages: tuple[int, ...], load: Load
    ) -> Representation:
        looks = self._looks_of(rule)
        looks.loads += 1
        answer = await load()
        kept = _Kept(rule.name, answer, self._now_s() + rule.max_age_s, ages)
        if (
            ages == self._ages_of(rule)
            and self._is_told(rule)
            and _size_of(key, kept) <= self._most_bytes
        ):
            looks.kept += key not in self._kept
            self._kept[key] = kept
        return answer

    def _landed(self, key: Key, task: "asyncio.Task[Representation]") -> None:
        flight = self._flights.get(key)
        if flight and flight.task is task:
            del self._flights[key]
        if task.cancelled():
            return
        # Read, so that a flight that everybody left does not complain.
        failed = task.exception()
        if isinstance(failed, Problem) and failed.status < 500:  # noqa: PLR2004
            # It is gone, or not theirs any more: not to be shown once more.
            wrong: _Kept | None = self._kept.pop(key, None)
            if wrong is not None:
                self._looks[wrong.name].kept -= 1


def _all_of(service: str) -> str:
    return f"service:{service}"


def _size_of(key: Key, kept: _Kept) -> int:
    # Twice: a compressed form may be kept beside the plain one.
    return len(key[1]) + len(key[2]) + 2 * len(kept.answer.body) + _OVERHEAD_BYTES
