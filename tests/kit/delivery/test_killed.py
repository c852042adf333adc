"""The target is down for an hour, and whoever delivers is killed meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from kit.clock import SystemClock
from kit.delivery.ledger import Deliveries
from kit.postgres import Database
from tests.conftest import MakeDatabase
from tests.kit.delivery.house import about
from tests.simulators.ear import Ear, listening
from tests.waiting import eventually

MANY = 60
PROCESS = "tests.kit.delivery.delivering_process"


@asynccontextmanager
async def delivering(dsn: str, url: str, hours: float) -> AsyncIterator[None]:
    """A process that is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.kit.delivery.delivering_process",
        dsn,
        url,
        str(hours),
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def write_down(database: Database, target_id: UUID, begin: int) -> None:
    deliveries = Deliveries(database, SystemClock())
    async with database.transaction() as conn:
        numbers = range(begin, begin + MANY)
        await deliveries.enqueue(conn, *(about(each, target_id) for each in numbers))


async def test_every_message_arrives_once_the_target_is_back_and_none_twice(
    make_database: MakeDatabase,
) -> None:
    database, dsn = await make_database("auth")
    target_id = uuid4()
    async with listening() as ear:
        await write_down(database, target_id, 0)
        await killed_while_it_has_sent_and_not_noted(ear, dsn)
        ear.status = 503
        async with delivering(dsn, ear.url, 0.1):
            await eventually(lambda: is_put_off(database), within_s=30)
            await write_down(database, target_id, MANY)
        ear.status = 200

        async with delivering(dsn, ear.url, 1):
            await eventually(lambda: is_all_sent(database), within_s=30)

    assert [each.json["subject"] for each in ear.taken] == [
        f"Title {number}" for number in range(2 * MANY)
    ]
    assert len(ear.heard) == 2 * MANY + 1


async def killed_while_it_has_sent_and_not_noted(ear: Ear, dsn: str) -> None:
    ear.holds = True
    async with delivering(dsn, ear.url, 0):
        await eventually(lambda: len(ear.heard) == 1, within_s=30)
    ear.holds = False


async def is_put_off(database: Database) -> bool:
    return bool(await database.fetchval("SELECT failures > 0 FROM delivery_lines"))


async def is_all_sent(database: Database) -> bool:
    return bool(
        await database.fetchval(
            "SELECT count(id) = $1 FROM deliveries WHERE state = 'SENT'", 2 * MANY
        )
    )
