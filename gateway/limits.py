"""How often somebody may ask.

A window slides: of the span before the present one, as much counts as still lies
within the last `span` seconds. That needs two numbers for each caller, and is exact
where the asking was even.
"""

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from cachebox import LRUCache

from gateway.limit import Limit
from gateway.problems import Headers, Problem, retry_after

# The longest unused are forgotten first.
_CALLERS_REMEMBERED = 50_000


class Count:
    """How often one caller asked in one window, here and in other gateways."""

    __slots__ = (
        *("before", "key", "name", "number", "others", "span_s", "unsent", "window"),
    )

    def __init__(self, limit: Limit, key: str, window: int) -> None:
        self.name = limit.name
        self.span_s = limit.span_s
        self.key = key
        self.window = window
        self.number = 0
        self.others = 0
        self.before = 0
        self.unsent = 0

    @property
    def total(self) -> int:
        return self.number + self.others

    def slide(self, window: int) -> None:
        self.before = self.total if self.window == window - 1 else 0
        self.window = window
        self.number = self.others = self.unsent = 0

    def send(self) -> "Sent":
        sent = Sent(self, self.window, self.unsent)
        self.unsent = 0
        return sent


@dataclass(frozen=True, slots=True)
class Sent:
    """What other gateways are told of a count."""

    count: Count
    window: int
    number: int

    def place(self, window: int) -> str:
        """The name of a window's count among all gateways."""
        return f"limit:{self.count.name}:{window}:{self.count.key}"

    def learn(self, total: int, before: int) -> None:
        """What all gateways together have counted, in this window and before it."""
        count = self.count
        if count.window == self.window:
            count.others = max(0, total + count.unsent - count.number)
            count.before = max(count.before, before)

    def failed(self) -> None:
        if self.count.window == self.window:
            self.count.unsent += self.number


class Limits:
    """Counts in this process, and knows what others told."""

    def __init__(
        self, limits: Iterable[Limit], now_s: Callable[[], float] = time.time
    ) -> None:
        self._limits = {each.name: each for each in limits if each.times}
        self._policies = {
            each.name: b'"%b";q=%d;w=%d' % (each.name.encode(), each.times, each.span_s)
            for each in self._limits.values()
        }
        self._counts: LRUCache[tuple[str, str], Count] = LRUCache(_CALLERS_REMEMBERED)
        # Bounded too: nobody settles where there is no Redis.
        self._unsettled: LRUCache[tuple[str, str], Count] = LRUCache(
            _CALLERS_REMEMBERED
        )
        self._now_s = now_s

    def take(self, name: str, key: str) -> Headers:
        """Count one; the RateLimit headers of the answer. Raises Problem, 429."""
        limit = self._limits.get(name)
        if limit is None:
            return []
        now = self._now_s()
        count = self._count(limit, key, now)
        used = self._used(limit, count, count.total, now)
        if used + 1 > limit.times:
            raise self._too_often(limit, count, now)
        self._add(count, 1)
        return self._headers(limit, int(limit.times - used - 1), now)

    async def take_together(self, name: str, key: str, settle: "Settle") -> Headers:
        """As `take`, when all gateways together still allow it. Raises Problem, 429."""
        limit = self._limits.get(name)
        if limit is None:
            return []
        count = self._count(limit, key, self._now_s())
        self._add(count, 1)
        totals = await settle([count])
        now = self._now_s()
        # Their count at the moment that ours was added: what is learned of others
        # meanwhile may leave out those who are being refused.
        total = totals[0] if totals else count.total
        used = self._used(limit, count, total, now)
        if used > limit.times:
            self._add(count, -1)
            raise self._too_often(limit, count, now)
        return self._headers(limit, int(limit.times - used), now)

    def unsettled(self, most: int) -> list[Count]:
        """What was counted here and told nobody; it is settled then."""
        places = list(islice(self._unsettled, most))
        return [self._unsettled.pop(place) for place in places]

    def unsettle(self, counts: Iterable[Count]) -> None:
        """Nobody could be told: these are settled later."""
        for count in counts:
            self._unsettled[(count.name, count.key)] = count

    def give_back(self, name: str, key: str) -> None:
        """Uncount one that turned out to be welcome."""
        limit = self._limits.get(name)
        if limit:
            count = self._count(limit, key, self._now_s())
            if count.number:
                self._add(count, -1)

    def ensure_left(self, name: str, key: str) -> None:
        """Raises Problem, 429, when the next one would be too many."""
        self.take(name, key)
        self.give_back(name, key)

    def _count(self, limit: Limit, key: str, now: float) -> Count:
        window = int(now // limit.span_s)
        place = (limit.name, key)
        count: Count | None = self._counts.get(place)
        if count is None:
            count = Count(limit, key, window)
            self._counts[place] = count
        elif count.window != window:
            count.slide(window)
        return count

    def _add(self, count: Count, number: int) -> None:
        count.number += number
        count.unsent += number
        self._unsettled[(count.name, count.key)] = count

    def _used(self, limit: Limit, count: Count, total: int, now: float) -> float:
        share = 1 - now % limit.span_s / limit.span_s
        return count.before * share + total

    def _headers(self, limit: Limit, left: int, now: float) -> Headers:
        name = limit.name.encode()
        reset = limit.span_s - now % limit.span_s
        return [
            (b"ratelimit-policy", self._policies[limit.name]),
            (b"ratelimit", b'"%b";r=%d;t=%d' % (name, left, math.ceil(reset))),
        ]

    def _too_often(self, limit: Limit, count: Count, now: float) -> Problem:
        wait_s = _wait_s(limit, count, now % limit.span_s)
        return Problem(
            429,
            "too_often",
            f"At most {limit.times} times in {limit.span_s} seconds.",
            headers=[*self._headers(limit, 0, now), retry_after(wait_s)],
        )


def _wait_s(limit: Limit, count: Count, into_s: float) -> float:
    """When enough will have slid out of the window for one more."""
    free = limit.times - 1 - count.total
    if free >= 0 and count.before:
        return limit.span_s * (1 - free / count.before) - into_s
    # Only what was counted now stands in the way: it begins to slide out then.
    rest = limit.span_s - into_s
    return rest + limit.span_s * (1 - (limit.times - 1) / max(1, count.total))


Settle = Callable[[Sequence[Count]], Awaitable[Sequence[int]]]
"""Tells other gateways what was counted here, and learns what they have: the totals, or
nothing when nobody could be told."""


async def settle_alone(_counts: Sequence[Count]) -> Sequence[int]:
    """There is no other gateway."""
    return ()
