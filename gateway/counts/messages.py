"""What all workers counted, as the messages of AdminService."""

from collections.abc import Iterable, Sequence

from gateway.counts import advice
from gateway.counts.recent import rates
from gateway.counts.siblings import Gathered
from gateway.counts.snapshots import CacheCounts, RouteTimes, Worker, add
from gateway.counts.times import percentile_s
from medianest.gateway.v1 import admin_pb2

_MINUTE_S = 60
_FIVE_MINUTES_S = 300
_LARGEST = 2**31 - 1


def metrics(gathered: Gathered) -> admin_pb2.GatewayMetrics:
    there = gathered.workers
    up_s = max(0.0, gathered.at_s - gathered.since_s)
    by_route: dict[str, list[RouteTimes]] = {}
    for each in gathered.totals.routes:
        by_route.setdefault(each.route, []).append(each)
    lately = [
        rates(gathered.totals.recent, span_s, gathered.at_s, up_s)
        for span_s in (_MINUTE_S, _FIVE_MINUTES_S)
    ]
    routes = [
        _traffic(route, times, [each.get(route, 0.0) for each in lately])
        for route, times in by_route.items()
    ]
    sums = [sum(each.values()) for each in lately]
    told = admin_pb2.GatewayMetrics(
        uptime_s=round(up_s, 1),
        connections=_small(each.connections for each in there),
        event_listeners=_small(each.listeners for each in there),
        memory_bytes=sum(each.memory_bytes for each in there),
        all=_traffic("", gathered.totals.routes, sums),
        routes=sorted(routes, key=lambda each: (-each.answers, each.route)),
        workers=workers(gathered),
    )
    told.started_at.FromMilliseconds(int(gathered.since_s * 1000))
    return told


def caches(gathered: Gathered) -> admin_pb2.CacheMetrics:
    tiers: dict[str, list[CacheCounts]] = {
        tier: [] for tier in gathered.totals.cache_bytes
    }
    for each in gathered.totals.caches:
        tiers.setdefault(each.tier, []).append(each)
    most = gathered.totals.cache_bytes
    return admin_pb2.CacheMetrics(
        tiers=[_tier(tier, counts, most.get(tier)) for tier, counts in tiers.items()],
        workers=workers(gathered),
    )


def workers(gathered: Gathered) -> list[admin_pb2.Worker]:
    return [
        *(_worker(each, gathered.at_s, is_there=True) for each in gathered.workers),
        *(_worker(each, gathered.at_s, is_there=False) for each in gathered.silent),
    ]


def _worker(worker: Worker, now_s: float, *, is_there: bool) -> admin_pb2.Worker:
    began_s = worker.started_at_s or now_s
    return admin_pb2.Worker(
        name=worker.name,
        answering=is_there,
        process_id=worker.process_id,
        uptime_s=round(max(0.0, now_s - began_s), 1),
        connections=worker.connections if is_there else 0,
        memory_bytes=worker.memory_bytes if is_there else 0,
    )


def _traffic(
    route: str, times: Iterable[RouteTimes], lately: Sequence[float]
) -> admin_pb2.Traffic:
    counts: dict[int, int] = {}
    statuses: dict[int, int] = {}
    for each in times:
        add(counts, each.counts)
        add(statuses, {each.status: each.number})
    told = admin_pb2.Traffic(
        route=route,
        answers=sum(counts.values()),
        statuses=[
            admin_pb2.StatusCount(status=status, answers=number)
            for status, number in sorted(statuses.items())
        ],
        rate_last_minute=round(lately[0], 3),
        rate_last_five_minutes=round(lately[1], 3),
    )
    for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)):
        took_s = percentile_s(counts, share)
        if took_s is not None:
            setattr(told, name, round(took_s * 1000, 3))
    return told


def _tier(
    tier: str, counts: list[CacheCounts], most_bytes: int | None
) -> admin_pb2.CacheTier:
    told = [_namespace(each) for each in counts]
    return admin_pb2.CacheTier(
        tier=tier,
        all=_sum(each.counts for each in told),
        most_bytes=most_bytes,
        namespaces=sorted(told, key=_busy_first),
        advice=advice.of_tier(tier, counts, most_bytes or 0),
    )


def _namespace(counts: CacheCounts) -> admin_pb2.CacheNamespace:
    told = admin_pb2.CacheCounts(
        entries=_small([counts.entries]),
        size_bytes=counts.size_bytes,
        loads=counts.loads,
        stale=counts.stale,
        evictions=counts.evictions,
        **counts.misses,
    )
    if counts.hits is not None:
        told.hits, told.misses = counts.hits, sum(counts.misses.values())
    _rate(told)
    return admin_pb2.CacheNamespace(
        namespace=counts.namespace,
        counts=told,
        max_age_s=counts.max_age_s,
        advice=advice.of_namespace(counts),
    )


def _sum(parts: Iterable[admin_pb2.CacheCounts]) -> admin_pb2.CacheCounts:
    told = admin_pb2.CacheCounts()
    for part in parts:
        for field, value in part.ListFields():
            setattr(told, field.name, getattr(told, field.name) + value)
    _rate(told)
    return told


def _rate(counts: admin_pb2.CacheCounts) -> None:
    counts.ClearField("hit_rate")
    if looks := counts.hits + counts.misses:
        counts.hit_rate = round(counts.hits / looks, 4)


def _busy_first(told: admin_pb2.CacheNamespace) -> tuple[float, str]:
    return -(told.counts.hits + told.counts.misses), told.namespace


def _small(numbers: Iterable[int]) -> int:
    return min(_LARGEST, sum(numbers))
