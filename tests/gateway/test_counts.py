"""What is counted by one worker, and summed over several."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from gateway.counts import advice, families
from gateway.counts.recent import Recent, rates
from gateway.counts.snapshots import CacheCounts, RouteTimes
from gateway.counts.times import COARSE_S, FINE_S, coarse, percentile_s
from gateway.metering import Meter


def measured(*seconds: float) -> RouteTimes:
    meter = Meter(CollectorRegistry())
    for each in seconds:
        meter.answered("GET /v1/x", 200, each)
    return meter.routes()[0]


@given(st.lists(st.floats(0.00002, 9.9), min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_percentile_is_at_most_a_tenth_away(
    seconds: list[float], share: float
) -> None:
    exact = sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]

    told = percentile_s(measured(*seconds).counts, share)

    assert told is not None
    assert 0.9 * exact <= told <= 1.1 * exact


def test_nothing_has_no_percentile_and_the_longest_is_ten_seconds() -> None:
    assert percentile_s({}, 0.5) is None
    assert percentile_s(measured(4000.0).counts, 0.5) == 10.0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_prometheus_is_told_what_a_histogram_of_its_own_would_say(
    seconds: list[float],
) -> None:
    registry = CollectorRegistry()
    its = Histogram("x", "x", buckets=COARSE_S, registry=registry)
    for each in seconds:
        its.observe(each)

    told = dict(coarse(measured(*seconds).counts))

    for bound, number in told.items():
        assert registry.get_sample_value("x_bucket", {"le": bound}) == number
    assert set(COARSE_S) <= set(FINE_S)


def test_a_rate_is_of_the_last_full_minute() -> None:
    total, now = {"a": 7}, [1000.0]
    recent = Recent(lambda: total, now_s=lambda: now[0])
    for _ in range(100):
        total["a"] += 10
        now[0] += 5.0
        slots = recent.slots()

    assert rates(slots, 60, now[0], 500.0) == {"a": 2.0}
    assert rates(slots, 300, now[0], 500.0) == {"a": 2.0}
    assert len(slots) <= 61
    now[0] += 120
    assert rates(recent.slots(), 60, now[0], 620.0) == {}


def test_who_has_not_been_up_for_a_minute_is_not_told_a_minutes_rate() -> None:
    total, now = {"a": 0}, [1000.0]
    recent = Recent(lambda: total, now_s=lambda: now[0])
    for _ in range(2):
        total["a"] += 100
        now[0] += 5.0
        slots = recent.slots()

    assert rates(slots, 60, now[0], 10.0) == {"a": 20.0}


def counted(listeners: int, shared: int, state: int) -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("medianest_event_listeners", "x", registry=registry).set(listeners)
    Gauge("medianest_limits_shared", "x", registry=registry).set(shared)
    breaker = Gauge("medianest_breaker_state", "x", ("upstream",), registry=registry)
    breaker.labels("plex").set(state)
    Gauge("outbox_age_seconds", "x", registry=registry).set(listeners)
    Counter("things", "x", ("kind",), registry=registry).labels('"\\\n').inc(listeners)
    took = Histogram("took", "x", buckets=(1, 2), registry=registry)
    took.observe(listeners)
    return registry


def told(page: bytes) -> dict[tuple[str, Any], float]:
    """By name and labels. Raises what the parser of Prometheus does."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def test_counters_and_histograms_are_summed_and_gauges_have_a_rule() -> None:
    one, two = counted(1, 1, 0), counted(3, 0, 2)
    route = RouteTimes('GET /v1/"{x}"\\', 200, 0.5, {3: 2})

    summed = families.summed([families.read(one), families.read(two)])
    page = told(families.exposition(summed, [route]))

    assert page[("things_total", (("kind", '"\\\n'),))] == 4
    assert page[("took_bucket", (("le", "1.0"),))] == 1
    assert page[("took_bucket", (("le", "+Inf"),))] == 2
    assert page[("took_sum", ())] == 4
    assert page[("medianest_event_listeners", ())] == 4
    assert page[("medianest_limits_shared", ())] == 0
    assert page[("medianest_breaker_state", (("upstream", "plex"),))] == 2
    assert page[("outbox_age_seconds", ())] == 3
    of_route = (("route", 'GET /v1/"{x}"\\'), ("status", "200"))
    assert page[("medianest_http_seconds_count", of_route)] == 2
    assert page[("medianest_http_seconds_sum", of_route)] == 0.5


def test_a_family_of_another_kind_is_left_out() -> None:
    one, two = CollectorRegistry(), CollectorRegistry()
    Gauge("x", "x", registry=one).set(1)
    Histogram("x", "x", registry=two).observe(1)

    summed = families.summed([families.read(one), families.read(two)])

    assert told(families.exposition(summed, [])) == {("x", ()): 1}


def looked(hits: int, tier: str = "answers", **misses: int) -> CacheCounts:
    return CacheCounts(tier, "GET /v1/x", 5, hits=hits, misses=misses, kept=100)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (looked(40, expired=60), "raise max_age_s, now 5"),
        (looked(40, dropped=60, expired=10), "a longer lifetime would not help"),
        (looked(40, doubted=60), "MEDIANEST_GATEWAY_EVENTS_TOKEN"),
        (looked(40, absent=60), "scope: PERMISSIONS or EVERYBODY"),
        (looked(60, expired=40), ""),
        (looked(4, expired=6), ""),
        (looked(40, tier="json", absent=60), ""),
    ],
)
def test_what_finds_little_is_told_what_would_help(
    counts: CacheCounts, said: str
) -> None:
    told = list(advice.of_namespace(counts))

    assert len(told) == bool(said)
    assert said in "".join(told)


def test_what_is_answered_while_it_is_renewed_needs_no_advice() -> None:
    counts = looked(10, expired=90)
    counts.stale = 80

    assert list(advice.of_namespace(counts)) == []


def test_what_has_no_room_is_told_to_have_more() -> None:
    crowded = looked(40, absent=60)
    crowded.evictions = 50

    of_namespace = " ".join(advice.of_namespace(crowded))
    of_tier = " ".join(advice.of_tier("answers", [crowded], 4096))

    assert "raise MEDIANEST_GATEWAY_MEMORY_BYTES" in of_namespace
    assert "50 % of what was kept" in of_tier
    assert "MEDIANEST_GATEWAY_MEMORY_BYTES is 0" in "".join(
        advice.of_tier("answers", [], 0)
    )
