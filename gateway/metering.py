"""What the gateway counts of each answer."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable

from prometheus_client import Gauge
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.cache import ResponseCache
from gateway.counts.families import HTTP_SECONDS
from gateway.counts.snapshots import RouteTimes
from gateway.counts.times import BUCKETS, FINE_S, coarse
from gateway.http.crowd import Crowd


class _Times:
    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * BUCKETS
        self.seconds = 0.0


class Meter(Collector):
    """Times and statuses by route. A route is a template, so there are not many.

    Counted by the loop's thread alone, without locks: a third of what a histogram of
    prometheus_client costs for each answer.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sockets = Gauge(
            "medianest_event_listeners",
            "Open WebSockets and event streams",
            registry=registry,
        )
        self._times: dict[tuple[str, int], _Times] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        times = self._times.get((route, status))
        if times is None:
            times = self._times[(route, status)] = _Times()
        times.counts[bisect_left(FINE_S, seconds)] += 1
        times.seconds += seconds

    def routes(self) -> list[RouteTimes]:
        return [
            RouteTimes(
                route,
                status,
                times.seconds,
                {place: count for place, count in enumerate(times.counts) if count},
            )
            for (route, status), times in list(self._times.items())
        ]

    def totals(self) -> dict[str, int]:
        """How many answers, by route."""
        totals: dict[str, int] = {}
        for (route, _), times in self._times.items():
            totals[route] = totals.get(route, 0) + sum(times.counts)
        return totals

    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(
            HTTP_SECONDS, "Requests answered", labels=["route", "status"]
        )
        for each in self.routes():
            family.add_metric(
                [each.route, str(each.status)], list(coarse(each.counts)), each.seconds
            )
        yield family


class CacheCounts(Collector):
    """What the cache counts itself, read when somebody looks."""

    def __init__(self, cache: ResponseCache) -> None:
        self._cache = cache

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(
            "medianest_response_cache",
            "Looks into the cache of answers",
            labels=["what"],
        )
        family.add_metric(["hit"], self._cache.hits)
        family.add_metric(["miss"], self._cache.misses)
        family.add_metric(["load"], self._cache.loads)
        family.add_metric(["stale"], self._cache.stale)
        yield family


class ConnectionCounts(Collector):
    """Who is connected, and what runs for them."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def collect(self) -> Iterable[Metric]:
        crowd = self._crowd
        yield GaugeMetricFamily(
            "medianest_http_connections", "Open connections", value=crowd.all.size
        )
        yield GaugeMetricFamily(
            "medianest_http_body_bytes",
            "Bodies of requests that are not answered yet",
            value=crowd.body_bytes,
        )
        turned_away = CounterMetricFamily(
            "medianest_http_connections_turned_away",
            "Connections that found no place (refused), or made place (sent_away)",
            labels=["how"],
        )
        turned_away.add_metric(["refused"], crowd.refused)
        turned_away.add_metric(["sent_away"], crowd.sent_away)
        yield turned_away
        yield GaugeMetricFamily(
            "medianest_tasks", "Tasks of the event loop", value=_tasks()
        )


def _tasks() -> int:
    """Nobody's loop, no tasks."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0
