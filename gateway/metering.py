"""What the gateway counts."""

import asyncio
from collections.abc import Iterable

from prometheus_client import Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.cache import ResponseCache
from gateway.http.crowd import Crowd

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Meter:
    """Times and statuses by route. A route is a template, so there are not many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "medianest_http_seconds",
            "Requests answered",
            ("route", "status"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self.sockets = Gauge(
            "medianest_event_listeners",
            "Open WebSockets and event streams",
            registry=registry,
        )
        self._children: dict[tuple[str, int], Histogram] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        place = (route, status)
        child = self._children.get(place)
        if child is None:
            child = self._children[place] = self._seconds.labels(route, str(status))
        child.observe(seconds)


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
