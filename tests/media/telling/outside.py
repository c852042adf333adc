"""People who are reached outside of the house."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.delivery.ledger import Deliveries
from kit.postgres import Database
from kit.sealing import Seal
from services.media.domain.telling.own_targets import OwnKind, OwnTarget
from services.media.store.telling.holding import PostgresHolding
from services.media.store.telling.own_targets import PostgresOwnTargets
from tests.clock import NOON, StoppedClock

SEAL = "test:" + "7e" * 32
PORTAL = "https://nest.example"


class Outside:
    def __init__(self, database: Database, clock: StoppedClock) -> None:
        self.database = database
        self.clock = clock
        self.targets = PostgresOwnTargets(database, Seal(SEAL))
        self.holding = holding(database, clock)

    async def reached(
        self,
        person: Caller,
        kind: OwnKind = OwnKind.WEBHOOK,
        address: str = "https://there.example/hook",
    ) -> UUID:
        target = OwnTarget(uuid4(), person.user_id, kind, "There", NOON, address)
        return (await self.targets.add(target, Once("", b""))).id

    async def later(self, **by: float) -> None:
        """The clock goes on, and what is due then goes out."""
        self.clock.advance(timedelta(**by))
        while await self.holding.send_due():
            pass

    async def told(self, target_id: UUID) -> list[str]:
        """What was written down for a target, in its order."""
        rows = await self.database.fetch(
            "SELECT message FROM deliveries WHERE target_id = $1 ORDER BY place",
            target_id,
        )
        return [json.loads(row["message"])["body"] for row in rows]

    async def waiting(self) -> int:
        return int(await self.database.fetchval("SELECT count(id) FROM held_groups"))


def holding(database: Database, clock: Clock) -> PostgresHolding:
    return PostgresHolding(database, Deliveries(database, clock), clock, PORTAL)
