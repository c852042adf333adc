"""Tells people what happens, as a process that can be killed:
`python -m tests.media.telling.telling_process DATABASE_URL HOURS_LATER`.
"""

import asyncio
import sys
from datetime import datetime, timedelta

from kit.background import running
from kit.clock import SystemClock
from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.webhooks import open_webhooks
from kit.outbox import Feed
from kit.postgres import open_database
from kit.sealing import Seal
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.telling.following import PostgresFollowing
from services.media.store.telling.own_targets import PostgresOwnTargets
from services.media.store.telling.reaching import OWN_WEBHOOK, EveryTarget
from tests.media.telling.house import WINDOW
from tests.media.telling.outside import SEAL, holding


class LaterClock:
    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return SystemClock().now() + self._by


async def main(dsn: str, hours: str) -> None:
    clock, seal = LaterClock(timedelta(hours=float(hours))), Seal(SEAL)
    async with (
        open_database(dsn, application="test", max_connections=4) as database,
        open_webhooks(clock, private_allowed=True) as webhooks,
    ):
        feed = Feed(database, dsn, "media", asyncio.Event())
        following = PostgresFollowing(database, feed, clock, WINDOW)
        targets = EveryTarget(
            PostgresOwnTargets(database, seal),
            PostgresNotificationTargets(database, seal),
        )
        delivering = Delivering(
            Deliveries(database, clock), targets, {OWN_WEBHOOK: webhooks}
        )
        async with running(
            feed=feed.run(),
            following=following.run(),
            holding=holding(database, clock).run(),
            delivering=delivering.run(),
        ):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
