"""How often somebody may ask.

A window slides: of the span before the present one, as much counts as still lies
within the last `span` seconds. That needs two numbers for each caller, and is exact
where the asking was even.
"""

import math
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cachebox import LRUCache

from gateway.problems import Headers, Problem, retry_after

_FORM = re.compile(r"(\d+)/(\d*)(s|min|h)")
_UNITS_S = {"s": 1, "min": 60, "h": 3600}
# The longest unused are forgotten first.
_CALLERS_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so many seconds. 0 times: as often as you like."""

    name: str
    times: int
    span_s: int

    @classmethod
    def parse(cls, name: str, text: str) -> "Limit":
        """`300/1min`, `5/15min`, `20/h`. Raises ValueError."""
        found = _FORM.fullmatch(text.strip())
        if not found or found[2] == "0":
            raise ValueError("a limit is times/span, such as 300/1min or 5/15min")
        return cls(name, int(found[1]), int(found[2] or 1) * _UNITS_S[found[3]])


class _Count:
    __slots__ = ("before", "number", "window")

    def __init__(self, window: int) -> None:
        self.window = window
        self.number = 0
        self.before = 0


class Limits:
    """Counts in this process: each gateway allows as much again."""

    def __init__(
        self, limits: Iterable[Limit], now_s: Callable[[], float] = time.time
    ) -> None:
        self._limits = {each.name: each for each in limits if each.times}
        self._policies = {
            each.name: b'"%b";q=%d;w=%d' % (each.name.encode(), each.times, each.span_s)
            for each in self._limits.values()
        }
        self._counts: LRUCache[tuple[str, str], _Count] = LRUCache(_CALLERS_REMEMBERED)
        self._now_s = now_s

    def take(self, name: str, key: str) -> Headers:
        """Count one; the RateLimit headers of the answer. Raises Problem, 429."""
        limit = self._limits.get(name)
        if limit is None:
            return []
        now = self._now_s()
        count = self._count(limit, key, now)
        share = 1 - now % limit.span_s / limit.span_s
        used = count.before * share + count.number
        if used + 1 > limit.times:
            raise self._too_often(limit, count, now)
        count.number += 1
        return self._headers(limit, int(limit.times - used - 1), now)

    def give_back(self, name: str, key: str) -> None:
        """Uncount one that turned out to be welcome."""
        limit = self._limits.get(name)
        if limit:
            count = self._count(limit, key, self._now_s())
            count.number = max(0, count.number - 1)

    def ensure_left(self, name: str, key: str) -> None:
        """Raises Problem, 429, when the next one would be too many."""
        self.take(name, key)
        self.give_back(name, key)

    def _count(self, limit: Limit, key: str, now: float) -> _Count:
        window = int(now // limit.span_s)
        place = (limit.name, key)
        count: _Count | None = self._counts.get(place)
        if count is None:
            count = _Count(window)
            self._counts[place] = count
        elif count.window != window:
            count.before = count.number if count.window == window - 1 else 0
            count.window = window
            count.number = 0
        return count

    def _headers(self, limit: Limit, left: int, now: float) -> Headers:
        name = limit.name.encode()
        reset = limit.span_s - now % limit.span_s
        return [
            (b"ratelimit-policy", self._policies[limit.name]),
            (b"ratelimit", b'"%b";r=%d;t=%d' % (name, left, math.ceil(reset))),
        ]

    def _too_often(self, limit: Limit, count: _Count, now: float) -> Problem:
        wait_s = _wait_s(limit, count, now % limit.span_s)
        return Problem(
            429,
            "too_often",
            f"At most {limit.times} times in {limit.span_s} seconds.",
            headers=[*self._headers(limit, 0, now), retry_after(wait_s)],
        )


def _wait_s(limit: Limit, count: _Count, into_s: float) -> float:
    """When enough will have slid out of the window for one more."""
    free = limit.times - 1 - count.number
    if free >= 0 and count.before:
        return limit.span_s * (1 - free / count.before) - into_s
    # Only what was counted now stands in the way: it begins to slide out then.
    rest = limit.span_s - into_s
    return rest + limit.span_s * (1 - (limit.times - 1) / max(1, count.number))
