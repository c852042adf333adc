"""What the gateway counts of each answer."""

from bisect import bisect_left
from collections.abc import Iterable, Sized

from prometheus_client import Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.cache import ResponseCache
from gateway.counts.families import HTTP_SECONDS
from gateway.counts.snapshots import RouteTimes
from gateway.counts.times import BUCKETS, FINE_S, coarse


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
        self._connections: Sized = ()
        open_ = Gauge(
            "medianest_http_connections",
            "Open connections, WebSockets included",
            registry=registry,
        )
        open_.set_function(lambda: self.connections)

    def answered(self, route: str, status: int, seconds: float) -> None:
        times = self._times.get((route, status))
        if times is None:
            times = self._times[(route, status)] = _Times()
        times.counts[bisect_left(FINE_S, seconds)] += 1
        times.seconds += seconds

    def watch(self, connections: Sized) -> None:
        """These are the open connections, from now on."""
        self._connections = connections

    @property
    def connections(self) -> int:
        return len(self._connections)

    @property
    def listeners(self) -> int:
        return int(next(iter(self.sockets.collect())).samples[0].value)

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
        yield family
