"""How long things took, in so many buckets that percentiles can be told from them."""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

COARSE_S = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
"""What Prometheus is told: every series costs it memory."""
_FASTEST_S = 0.00002
# Of two neighbors. What is told lies in the middle of them, by ratio: at most 9.6 % of
# the true value away.
_RATIO = 1.201


def _fine() -> Iterator[float]:
    yield _FASTEST_S
    for low, high in pairwise((_FASTEST_S, *COARSE_S)):
        steps = math.ceil(math.log(high / low) / math.log(_RATIO))
        yield from (low * (high / low) ** (at / steps) for at in range(1, steps))
        yield high


FINE_S = tuple(_fine())
"""Upper bounds, the coarse ones among them. One more bucket has what took longer."""
BUCKETS = len(FINE_S) + 1


def coarse(counts: Mapping[int, int]) -> Iterator[tuple[str, int]]:
    """How many took at most so long, for each coarse bound and for all."""
    total = 0
    places = iter(sorted(counts.items()))
    place = next(places, None)
    for bound in COARSE_S:
        last = FINE_S.index(bound)
        while place is not None and place[0] <= last:
            total += place[1]
            place = next(places, None)
        yield repr(bound), total
    yield "+Inf", sum(counts.values())


def percentile_s(counts: Mapping[int, int], share: float) -> float | None:
    """What `share` of all took at most, at most a tenth too high or too low; None of
    nothing. What took longer than the longest bound is told as that."""
    rank = share * sum(counts.values())
    seen = 0
    for place, count in sorted(counts.items()):
        seen += count
        if count and seen >= rank:
            return _middle_s(place)
    return None


def _middle_s(place: int) -> float:
    if place >= len(FINE_S):
        return FINE_S[-1]
    return math.sqrt(FINE_S[max(0, place - 1)] * FINE_S[place])
