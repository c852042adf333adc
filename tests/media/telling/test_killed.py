"""Requests move on while whoever tells of it is killed, and while those who are to be
told are away for an hour: everybody is told everything, and nothing twice."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID, uuid4

from kit.caller import Caller, Once
from kit.clock import SystemClock
from kit.postgres import Database
from kit.sealing import Seal
from services.media.domain.telling.own_targets import OwnKind, OwnTarget
from services.media.store.telling.own_targets import PostgresOwnTargets
from tests.clock import NOON
from tests.media.requests.house import ADA, BOB, MANAGER, Desk, Shelf
from tests.media.telling.house import employ
from tests.media.telling.outside import SEAL
from tests.simulators.ear import Ear, listening
from tests.waiting import eventually

MANY = 12
TOLD_OF_EACH = 3


@asynccontextmanager
async def telling(dsn: str, hours: float) -> AsyncIterator[None]:
    """A process that is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.media.telling.telling_process",
        dsn,
        str(hours),
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def reached_at(database: Database, person: Caller, url: str) -> None:
    target = OwnTarget(uuid4(), person.user_id, OwnKind.WEBHOOK, "Ear", NOON, url)
    await PostgresOwnTargets(database, Seal(SEAL)).add(target, Once("", b""))


async def test_each_message_arrives_once_however_often_somebody_is_killed(
    media: tuple[Database, str], shelf: Shelf
) -> None:
    database, dsn = media
    desk = Desk(database, SystemClock())
    await employ(database, MANAGER)
    async with listening() as ear:
        for person in (ADA, BOB, MANAGER):
            await reached_at(database, person, f"{ear.url}/{person.name}")
        ear.status = 503
        # Killed in the middle of following: the first soon, the last late.
        asked = await ask(desk, shelf)
        for part in (1, 3):
            async with telling(dsn, 0):
                await eventually(partial(has_told, database, part), within_s=60)
        await decide(desk, shelf, asked)
        async with telling(dsn, 0.1):
            await eventually(lambda: is_put_off(database), within_s=60)
        ear.status = 200
        ear.holds = True
        async with telling(dsn, 1):
            await eventually(lambda: len(ear.heard) > 0, within_s=60)
        ear.holds = False
        async with telling(dsn, 2):
            await eventually(lambda: is_all_sent(database), within_s=60)

    assert told_in(ear) == Counter(
        f"{what}: Film {number}"
        for number in range(MANY)
        for what in ("request.pending", "request.approved", "request.available")
    )
    bells = await database.fetch(
        "SELECT news, subject FROM notifications ORDER BY place"
    )
    rung = Counter(f"{row['news']}: {row['subject']}" for row in bells)
    assert rung == told_in(ear)


async def ask(desk: Desk, shelf: Shelf) -> list[tuple[UUID, UUID]]:
    asked = []
    for number in range(MANY):
        title = await shelf.title(f"Film {number}")
        request = await desk.ask(title, by=(ADA, BOB)[number % 2])
        asked.append((request.id, title))
    return asked


async def decide(desk: Desk, shelf: Shelf, asked: list[tuple[UUID, UUID]]) -> None:
    for request_id, title in asked:
        await desk.deciding.approve(request_id, by=MANAGER, if_version=0)
        await shelf.put(title)


async def has_told(database: Database, part: int) -> bool:
    count = await database.fetchval("SELECT count(id) FROM notifications")
    return bool(count >= part * MANY / 4)


async def is_put_off(database: Database) -> bool:
    return bool(
        await database.fetchval(
            "SELECT count(target_id) > 0 FROM delivery_lines WHERE failures > 0"
        )
    )


async def is_all_sent(database: Database) -> bool:
    sent = await database.fetchval(
        "SELECT count(id) FROM deliveries WHERE state = 'SENT'"
    )
    return bool(sent == MANY * TOLD_OF_EACH)


def told_in(ear: Ear) -> Counter[str]:
    """What was taken, by the event and what it is about."""
    return Counter(
        f"{each.json['notification_type']}: {each.json['subject']}"
        for each in ear.taken
    )
