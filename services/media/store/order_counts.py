"""How many orders there are of each state, for the page of metrics."""

import asyncio

import structlog
from prometheus_client import Gauge

from kit.errors import Unavailable
from kit.postgres import Database
from services.media.domain.fetching.orders import OrderState

log = structlog.get_logger()

ORDERS = Gauge(
    "medianest_orders",
    "Orders at Radarr and Sonarr by state; not those that have arrived or ended",
    ("state",),
)
_EVERY_S = 30.0
_OVER = {OrderState.ARRIVED, OrderState.ENDED}


class OrderCounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Count now and then, until canceled."""
        while True:
            try:
                await self.count()
            except Unavailable as exc:
                log.info("orders_not_counted", error=exc.reason)
            await asyncio.sleep(_EVERY_S)

    async def count(self) -> None:
        rows = await self._database.fetch(
            """
            SELECT state, count(request_id) AS count
              FROM orders
             WHERE state NOT IN ('ARRIVED', 'ENDED')
             GROUP BY state
            """
        )
        counts = {row["state"]: row["count"] for row in rows}
        for state in OrderState:
            if state not in _OVER:
                ORDERS.labels(state.value).set(counts.get(state.value, 0))
