"""What one worker has counted, in a shape that travels, and sums of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

from gateway.counts.recent import Slots
from gateway.counts.times import BUCKETS

# Whoever says more says nonsense.
_Count = Annotated[int, Field(ge=0, le=2**53)]
_Small = Annotated[int, Field(ge=0, le=2**31 - 1)]
_Time = Annotated[float, Field(ge=0, le=1e11)]
_MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
_LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
_Bucket = Annotated[int, Field(ge=0, lt=BUCKETS)]


def _plain(value: str) -> str:
    """A word that may name a file of ours."""
    if not value or "/" in value or value.startswith("."):
        raise ValueError("not a name")
    return value


Id = Annotated[str, Field(max_length=200), AfterValidator(_plain)]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric of Prometheus with its samples."""

    name: _MetricName
    kind: Annotated[str, Field(pattern="^(counter|gauge|histogram|summary|unknown)$")]
    words: str
    samples: list[tuple[_MetricName, dict[_LabelName, str], float]]


@dataclass(frozen=True, slots=True)
class RouteTimes:
    """The answers of one route with one status."""

    route: str
    status: Annotated[int, Field(ge=100, le=999)]
    seconds: _Time
    counts: dict[_Bucket, _Count]

    @property
    def number(self) -> int:
        return sum(self.counts.values())


@dataclass(slots=True)
class CacheCounts:
    """What was looked for in one namespace of one tier. None is what nobody counts."""

    tier: str
    namespace: str
    max_age_s: _Small | None = None
    entries: _Count = 0
    size_bytes: _Count = 0
    hits: _Count | None = None
    misses: dict[str, _Count] = field(default_factory=dict)
    """By why."""
    stale: _Count | None = None
    """Of the misses, those that were answered with what had become old."""
    loads: _Count | None = None
    kept: _Count | None = None
    """How many new entries there ever were."""
    evictions: _Count | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    id: Id
    """No other process ever had it."""
    name: str
    process_id: _Small
    started_at_s: _Time
    memory_bytes: _Count = 0
    connections: _Small = 0
    listeners: _Small = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What only grows, but for the gauges among the families and what caches hold."""

    families: list[Family] = field(default_factory=list)
    routes: list[RouteTimes] = field(default_factory=list)
    recent: Slots = field(default_factory=dict)
    caches: list[CacheCounts] = field(default_factory=list)
    cache_bytes: dict[str, _Count] = field(default_factory=dict)
    """How much a tier may hold."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    __pydantic_config__ = ConfigDict(ser_json_inf_nan="constants")

    worker: Worker
    taken_at_s: _Time
    totals: Totals


Key = TypeVar("Key")

_SNAPSHOT = TypeAdapter(Snapshot)


def to_json(snapshot: Snapshot) -> bytes:
    return _SNAPSHOT.dump_json(snapshot)


def from_json(text: bytes) -> Snapshot:
    """Raises ValueError for what is no snapshot."""
    return _SNAPSHOT.validate_json(text)


def summed_routes(parts: Iterable[RouteTimes]) -> list[RouteTimes]:
    seconds: dict[tuple[str, int], float] = {}
    counts: dict[tuple[str, int], dict[int, int]] = {}
    for part in parts:
        place = (part.route, part.status)
        seconds[place] = seconds.get(place, 0.0) + part.seconds
        add(counts.setdefault(place, {}), part.counts)
    return [RouteTimes(*place, seconds[place], counts[place]) for place in counts]


def summed_recent(parts: Iterable[Slots]) -> Slots:
    sums: Slots = {}
    for part in parts:
        for slot, counts in part.items():
            add(sums.setdefault(slot, {}), counts)
    return sums


def add(sums: dict[Key, int], more: Mapping[Key, int]) -> None:
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count
