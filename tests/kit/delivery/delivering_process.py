"""Delivers, as a process that can be killed:
`python -m tests.kit.delivery.delivering_process DATABASE_URL TARGET_URL HOURS_LATER`.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from uuid import UUID

from kit.clock import SystemClock
from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.message import Target
from kit.delivery.settings import WebhookSettings
from kit.delivery.webhooks import open_webhooks
from kit.postgres import open_database

TEMPLATE = '{"subject": "{{subject}}"}'


class LaterClock:
    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return SystemClock().now() + self._by


class One:
    def __init__(self, url: str) -> None:
        self._url = url

    async def find(self, target_id: UUID) -> Target:
        return Target(target_id, "webhook", WebhookSettings(self._url, TEMPLATE))


async def main(dsn: str, url: str, hours: str) -> None:
    clock = LaterClock(timedelta(hours=float(hours)))
    async with (
        open_database(dsn, application="test", max_connections=4) as database,
        open_webhooks(clock, private_allowed=True) as webhooks,
    ):
        deliveries = Deliveries(database, clock)
        await Delivering(deliveries, One(url), {"webhook": webhooks}).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
