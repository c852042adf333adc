"""What is counted, and the page that shows it."""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from kit.errors import AddressTaken

_FINE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

RPC_SECONDS = Histogram(
    "medianest_rpc_seconds", "Calls answered", ("method", "code"), buckets=_FINE
)
SQL_SECONDS = Histogram(
    "medianest_sql_seconds", "Time for which a connection was lent", buckets=_FINE
)
POOL_IN_USE = Gauge("medianest_pool_connections_in_use", "Connections lent out")

REDIS_OUTAGES = Counter("medianest_redis_outages", "Times that Redis was found away")
CACHE_LOOKUPS = Counter(
    "medianest_cache_lookups",
    "Lookups by tier (l1, l2) and result (hit, stale, miss)",
    ("namespace", "tier", "result"),
)
CACHE_LOADS = Counter(
    "medianest_cache_loads",
    "Loads by outcome (loaded, missing, failed)",
    ("namespace", "outcome"),
)
CACHE_SECONDS = Histogram(
    "medianest_cache_seconds",
    "Time that Redis (l2) or the source took",
    ("namespace", "tier"),
    buckets=_FINE,
)
CACHE_EVICTIONS = Counter(
    "medianest_cache_evictions", "Entries that made room in l1", ("namespace",)
)
CACHE_L1_ENTRIES = Gauge("medianest_cache_l1_entries", "Entries in l1", ("namespace",))
CACHE_L1_BYTES = Gauge("medianest_cache_l1_bytes", "Size of l1", ("namespace",))

BREAKER_STATE = Gauge(
    "medianest_breaker_state", "0 closed, 1 half open, 2 open", ("upstream",)
)
UPSTREAM_SECONDS = Histogram(
    "medianest_upstream_seconds",
    "Calls to upstreams by status, or timeout, failed, canceled",
    ("upstream", "outcome"),
    buckets=_FINE,
)

JOBS_QUEUED = Gauge(
    "medianest_jobs_queued",
    "Jobs by status (queued, picked, failed)",
    ("kind", "status"),
)
JOB_SECONDS = Histogram(
    "medianest_job_seconds",
    "Jobs run, by outcome (done, retried, failed, put back)",
    ("kind", "outcome"),
    buckets=(*_FINE, 60.0, 600.0),
)

DELIVERIES = Counter(
    "medianest_deliveries",
    "What targets were told, by outcome (sent, put off, failed)",
    ("kind", "outcome"),
)


def publish(address: str) -> None:
    """Show the metrics of this process at http://ADDRESS/metrics. Nothing for an
    empty address. Raises AddressTaken."""
    if not address:
        return
    host, _, port = address.rpartition(":")
    try:
        start_http_server(int(port), host.strip("[]"))
    except OSError as exc:
        raise AddressTaken(f"cannot listen on {address}: is it taken?") from exc
