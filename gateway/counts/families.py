"""The metrics of several workers as those of one, for Prometheus.

Counters and histograms are summed. Of gauges the sum is taken too, since they say how
much each worker holds (connections, memory, entries), but for those that say how things
are for all of them, where the worst counts: the least of what should be large or early,
the most of what should be small. Of `_created` the least is since when there is a sum.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.counts.snapshots import Family, RouteTimes
from gateway.counts.times import coarse

HTTP_SECONDS = "medianest_http_seconds"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})

LEAST = {"medianest_limits_shared", "process_start_time_seconds"}
MOST = {
    # 2 is open, 0 is closed.
    "medianest_breaker_state",
    # Each worker sees the same queue.
    "medianest_jobs_queued",
    "process_max_fds",
    # Always 1: what it says is in its labels.
    "python_info",
}
_AGES = ("_age_seconds", "_lag_seconds")
_GROWING = {"counter", "histogram", "summary"}

_Sample = tuple[str, tuple[tuple[str, str], ...]]


def read(registry: CollectorRegistry) -> list[Family]:
    """But for the times of answers, which travel as they are counted."""
    return [
        Family(
            metric.name,
            metric.type if metric.type in {"gauge", *_GROWING} else "unknown",
            metric.documentation,
            [(each.name, each.labels, each.value) for each in metric.samples],
        )
        for metric in registry.collect()
        if metric.name != HTTP_SECONDS
    ]


def summed(parts: Iterable[Sequence[Family]]) -> list[Family]:
    """One family for each name: of the kind that the first one says."""
    found: dict[str, Family] = {}
    values: dict[str, dict[_Sample, float]] = {}
    for family in (family for part in parts for family in part):
        known = found.setdefault(family.name, family)
        if known.kind == family.kind:
            _add(values.setdefault(family.name, {}), family)
    return [
        Family(
            name,
            known.kind,
            known.words,
            [(place, dict(labels), value) for (place, labels), value in told.items()],
        )
        for name, known in found.items()
        if (told := values.get(name)) is not None
    ]


def growing(families: Iterable[Family]) -> list[Family]:
    """Without what only a living worker can hold."""
    return [family for family in families if family.kind in _GROWING]


def exposition(families: Iterable[Family], routes: Iterable[RouteTimes]) -> bytes:
    """The page that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(families))
    return generate_latest(registry) + "".join(_http_seconds(routes)).encode()


def _http_seconds(routes: Iterable[RouteTimes]) -> Iterator[str]:
    """Written here, since they are most of the page: a tenth of the time."""
    yield f"# HELP {HTTP_SECONDS} Requests answered\n# TYPE {HTTP_SECONDS} histogram\n"
    for each in routes:
        route = each.route.translate(_ESCAPES)
        labels = f'route="{route}",status="{each.status}"'
        for bound, number in coarse(each.counts):
            yield f'{HTTP_SECONDS}_bucket{{le="{bound}",{labels}}} {number}\n'
        yield f"{HTTP_SECONDS}_count{{{labels}}} {each.number}\n"
        yield f"{HTTP_SECONDS}_sum{{{labels}}} {each.seconds!r}\n"


def rule_of(family: str, sample: str) -> Callable[[float, float], float]:
    if family in LEAST or sample.endswith("_created"):
        return min
    if family in MOST or family.endswith(_AGES):
        return max
    return float.__add__


def _add(values: dict[_Sample, float], family: Family) -> None:
    for name, labels, value in family.samples:
        place = (name, tuple(sorted(labels.items())))
        known = values.get(place)
        if known is None:
            values[place] = float(value)
        else:
            values[place] = rule_of(family.name, name)(known, float(value))


class _Told(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.words, family.kind)
            for name, labels, value in family.samples:
                metric.add_sample(name, labels, value)
            yield metric
