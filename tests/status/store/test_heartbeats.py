"""Heartbeats have their day before it comes, and lose it when it is old."""

import asyncio
from datetime import UTC, datetime, timedelta

from kit.postgres import Database
from services.status.domain.monitors import Monitors
from services.status.store.heartbeats import HeartbeatDays
from services.status.store.monitors import PostgresBook
from tests.clock import StoppedClock
from tests.status.builders import NOT_AGAIN, a_caller, a_plan

_MIDNIGHT = datetime(2027, 3, 1, tzinfo=UTC)


async def days(database: Database) -> list[str]:
    rows = await database.fetch(
        """
        SELECT right(inhrelid::regclass::text, 8) AS day
          FROM pg_inherits
         WHERE inhparent = 'heartbeats'::regclass
         ORDER BY 1
        """
    )
    return [row["day"] for row in rows]


async def beat(database: Database, at: datetime) -> None:
    await database.execute(
        """
        INSERT INTO heartbeats (checked_at, monitor, latency_ms, state, detail)
        VALUES ($1, 1, 1, 'up', '')
        """,
        at,
    )


async def test_replicas_that_begin_at_once_make_each_day_once(
    database: Database,
) -> None:
    keeper = HeartbeatDays(database, StoppedClock(_MIDNIGHT), timedelta(days=30))

    await asyncio.gather(*(keeper.prepare() for _ in range(6)))

    found = await days(database)
    assert found[0] == "20270228"
    assert found[-1] == "20270308"
    assert len(found) == len(set(found)) == 9


async def test_a_beat_of_each_moment_of_the_week_has_a_place(
    database: Database,
) -> None:
    keeper = HeartbeatDays(database, StoppedClock(_MIDNIGHT), timedelta(days=30))
    await keeper.prepare()

    for at in (
        _MIDNIGHT - timedelta(microseconds=1),
        _MIDNIGHT,
        _MIDNIGHT + timedelta(days=7, hours=23, minutes=59),
    ):
        await beat(database, at)

    assert await database.fetchval("SELECT count(checked_at) FROM heartbeats") == 3


async def test_a_day_is_kept_as_long_as_was_said_and_then_dropped(
    database: Database,
) -> None:
    clock = StoppedClock(_MIDNIGHT)
    keeper = HeartbeatDays(database, clock, timedelta(days=2))
    await keeper.prepare()
    await beat(database, _MIDNIGHT)

    clock.at = _MIDNIGHT + timedelta(days=2, hours=23)
    await keeper.prepare()
    kept = "20270301" in await days(database)
    clock.at = _MIDNIGHT + timedelta(days=3)
    await keeper.prepare()

    assert kept
    assert (await days(database))[0] == "20270302"
    assert await database.fetchval("SELECT count(checked_at) FROM heartbeats") == 0


async def test_what_a_monitor_was_is_kept_as_long_as_its_heartbeats(
    database: Database,
) -> None:
    clock = StoppedClock(_MIDNIGHT)
    monitors = Monitors(
        PostgresBook(database), clock, lambda: None, link_local_allowed=False
    )
    added = await monitors.add(a_plan(), a_caller(), NOT_AGAIN)
    for days_later in (1, 2, 3):
        clock.at = _MIDNIGHT + timedelta(days=days_later)
        await monitors.change(added.id, {"paused": days_later % 2 == 1})

    await HeartbeatDays(database, clock, timedelta(days=1)).prepare()

    rows = await database.fetch("SELECT began_at FROM state_spans ORDER BY began_at")
    # One ended a day ago to the second, one lately, and one has not ended.
    assert [row["began_at"] for row in rows] == [
        _MIDNIGHT + timedelta(days=1),
        _MIDNIGHT + timedelta(days=2),
        _MIDNIGHT + timedelta(days=3),
    ]
