"""Sums of what several workers counted."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.counts import families
from gateway.counts.snapshots import (
    CacheCounts,
    Totals,
    add,
    summed_recent,
    summed_routes,
)


def together(parts: Sequence[Totals]) -> Totals:
    return Totals(
        families=families.summed(part.families for part in parts),
        routes=summed_routes(each for part in parts for each in part.routes),
        recent=summed_recent(part.recent for part in parts),
        caches=_caches(each for part in parts for each in part.caches),
        cache_bytes=_cache_bytes(part.cache_bytes for part in parts),
    )


def of_the_gone(totals: Totals) -> Totals:
    """What stays when a worker is no longer there: what it did, not what it held."""
    return replace(
        totals,
        families=families.growing(totals.families),
        caches=[],
        cache_bytes={},
    )


def _cache_bytes(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for part in parts:
        add(sums, part)
    return sums


def _caches(parts: Iterable[CacheCounts]) -> list[CacheCounts]:
    sums: dict[tuple[str, str], CacheCounts] = {}
    for part in parts:
        place = (part.tier, part.namespace)
        known = sums.get(place)
        sums[place] = replace(part) if known is None else _cache_sum(known, part)
    return list(sums.values())


def _cache_sum(one: CacheCounts, other: CacheCounts) -> CacheCounts:
    misses = dict(one.misses)
    add(misses, other.misses)
    return replace(
        one,
        entries=one.entries + other.entries,
        size_bytes=one.size_bytes + other.size_bytes,
        hits=_sum(one.hits, other.hits),
        misses=misses,
        stale=_sum(one.stale, other.stale),
        loads=_sum(one.loads, other.loads),
        kept=_sum(one.kept, other.kept),
        evictions=_sum(one.evictions, other.evictions),
    )


def _sum(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return None
    return one + other
