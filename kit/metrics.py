"""What is counted, and the page that shows it."""

from prometheus_client import Gauge, Histogram, start_http_server

_FINE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

RPC_SECONDS = Histogram(
    "medianest_rpc_seconds", "Calls answered", ("method", "code"), buckets=_FINE
)
SQL_SECONDS = Histogram(
    "medianest_sql_seconds", "Time from asking Postgres to its answer", buckets=_FINE
)
POOL_IN_USE = Gauge("medianest_pool_connections_in_use", "Connections lent out")


def publish(address: str) -> None:
    """Show the metrics of this process at http://ADDRESS/metrics. Nothing for an
    empty address. Raises OSError when the port is taken."""
    if address:
        host, _, port = address.rpartition(":")
        start_http_server(int(port), host)
