"""What would make the caches better, in words."""

from collections.abc import Iterator, Sequence

from gateway.counts.caches import ANSWERS
from gateway.counts.snapshots import CacheCounts

# Fewer looks than this say nothing yet.
_ENOUGH = 100
_LOW = 0.5
_MANY_EVICTED = 0.1


def of_namespace(counts: CacheCounts) -> Iterator[str]:
    """For answers alone: the other tiers follow from what services answer."""
    answered = (counts.hits or 0) + (counts.stale or 0)
    looks = (counts.hits or 0) + sum(counts.misses.values())
    if counts.tier != ANSWERS or looks < _ENOUGH or answered / looks >= _LOW:
        return
    found = f"Only {answered / looks:.0%} of {looks} looks found an answer".replace(
        "%", " %"
    )
    yield f"{found}, {_why(counts)}"


def _why(counts: CacheCounts) -> str:
    why = max(counts.misses, key=lambda each: counts.misses[each])
    if why == "expired":
        return (
            "mostly because it was too old: raise max_age_s, now "
            f"{counts.max_age_s or 0}, in the policy of the method. Writes and events "
            "drop what they make stale all the same."
        )
    if why == "dropped":
        return (
            "mostly because a write or an event had made it stale: a longer lifetime "
            "would not help."
        )
    if why == "doubted":
        return (
            "mostly because the events of the service do not arrive, without which "
            "nothing is believed: look at /ready, and whether "
            "MEDIANEST_GATEWAY_EVENTS_TOKEN is set."
        )
    if (counts.evictions or 0) > _MANY_EVICTED * (counts.kept or 0):
        return (
            "mostly because it had made room for others: raise "
            "MEDIANEST_GATEWAY_MEMORY_BYTES."
        )
    return (
        "mostly because nobody had asked for just that before: a longer lifetime "
        "would not help. Callers share an answer when its policy says "
        "scope: PERMISSIONS or EVERYBODY."
    )


def of_tier(tier: str, all_: Sequence[CacheCounts], most_bytes: int) -> Iterator[str]:
    if tier != ANSWERS:
        return
    if not most_bytes:
        yield (
            "Nothing is remembered: MEDIANEST_GATEWAY_MEMORY_BYTES is 0. Its default "
            "is 33554432."
        )
        return
    kept = sum(each.kept or 0 for each in all_)
    evicted = sum(each.evictions or 0 for each in all_)
    if kept >= _ENOUGH and evicted > _MANY_EVICTED * kept:
        share = f"{evicted / kept:.0%}".replace("%", " %")
        yield (
            f"{share} of what was kept had to make room: raise "
            f"MEDIANEST_GATEWAY_MEMORY_BYTES; all workers together may hold "
            f"{most_bytes} bytes now."
        )
