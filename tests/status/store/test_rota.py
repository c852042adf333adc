"""A check is one replica's, and what it saw counts once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit.postgres import Database
from services.status.domain.judging import State, judge
from services.status.domain.monitors import Monitor, Monitors
from services.status.store.heartbeats import PostgresHeartbeats
from services.status.store.incidents import PostgresIncidents
from services.status.store.monitors import PostgresBook
from services.status.store.rota import PostgresRota
from tests.clock import StoppedClock
from tests.status.builders import a_sight
from tests.status.store.turns import HERE, OWNER, add, claim, see

THERE = uuid4()
# A time of today, since heartbeats are kept by the day.
TODAY = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(TODAY)


@pytest.fixture
def rota(database: Database) -> PostgresRota:
    return PostgresRota(database)


@pytest.fixture
def monitors(database: Database, clock: StoppedClock) -> Monitors:
    return Monitors(
        PostgresBook(database), clock, lambda: None, link_local_allowed=False
    )


async def beats(database: Database, monitor: Monitor) -> list[State]:
    found = await PostgresHeartbeats(database).newest(monitor.id, 100, None)
    return [beat.state for beat in found]


async def news(database: Database) -> list[tuple[str, str | None, str | None]]:
    rows = await database.fetch(
        """
        SELECT type, data->>'state' AS state, data->>'previous' AS previous
          FROM outbox
         WHERE type NOT IN ('monitor.added', 'monitor.changed')
         ORDER BY id
        """
    )
    return [tuple(row) for row in rows]


async def test_of_many_that_claim_at_once_each_turn_is_one_replicas(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock
) -> None:
    for _ in range(40):
        await add(monitors)

    claimed = await asyncio.gather(
        *(claim(rota, clock, uuid4(), limit=7) for _ in range(12))
    )

    ids = [turn.monitor_id for turns in claimed for turn in turns]
    assert len(ids) == len(set(ids))
    # A row that somebody looks at in that moment is passed over until the next time.
    left = await claim(rota, clock)
    assert len(ids) + len(left) == 40


async def test_a_turn_comes_to_another_when_its_lease_has_run_out(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors, timeout_s=10)
    [dead] = await claim(rota, clock)

    clock.at = TODAY + timedelta(seconds=14)
    too_early = await claim(rota, clock, THERE)
    clock.at = TODAY + timedelta(seconds=16)
    [turn] = await claim(rota, clock, THERE)
    await see(rota, dead, clock.at, is_up=False)
    await see(rota, turn, clock.at, is_up=True, holder=THERE)

    assert too_early == []
    assert await beats(database, monitor) == [State.UP]


async def test_what_was_seen_counts_once_however_often_it_is_recorded(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    [turn] = await claim(rota, clock)
    verdict = judge(turn, a_sight(is_up=True, at=TODAY))

    await asyncio.gather(*(rota.record(HERE, [verdict]) for _ in range(5)))

    assert await beats(database, monitor) == [State.UP]
    assert await news(database) == [("monitor.state_changed", "UP", "UNKNOWN")]


@pytest.mark.parametrize(
    "changes", [{"paused": True}, {"url": "http://127.0.0.1:2/"}, {"retries": 5}]
)
async def test_a_check_that_was_under_way_when_its_plan_changed_does_not_count(
    monitors: Monitors,
    rota: PostgresRota,
    clock: StoppedClock,
    database: Database,
    changes: dict[str, Any],
) -> None:
    monitor = await add(monitors)
    [turn] = await claim(rota, clock)

    await monitors.change(monitor.id, changes)
    await see(rota, turn, TODAY, is_up=False)

    assert await beats(database, monitor) == []


async def test_an_old_turn_does_not_count_when_the_same_replica_has_a_new_one(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    [old] = await claim(rota, clock)
    clock.at += timedelta(seconds=1)
    await monitors.change(monitor.id, {"url": "http://127.0.0.1:2/"})
    [new] = await claim(rota, clock)

    await see(rota, old, TODAY, is_up=False)
    await see(rota, new, clock.at, is_up=True)

    assert await beats(database, monitor) == [State.UP]


async def test_of_two_sights_of_one_thing_in_a_batch_the_one_with_the_lease_counts(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors, timeout_s=10)
    [old] = await claim(rota, clock)
    # The database was away for so long that the lease ran out, and the same replica
    # looked again before it could write what it had seen first.
    clock.at += timedelta(seconds=60)
    [new] = await claim(rota, clock)

    verdicts = [
        judge(old, a_sight(is_up=False, at=TODAY, detail="old")),
        judge(new, a_sight(is_up=False, at=clock.at, detail="new")),
    ]
    await rota.record(HERE, verdicts)

    assert await news(database) == [
        ("monitor.state_changed", "DOWN", "UNKNOWN"),
        ("incident.opened", None, None),
    ]
    assert (await monitors.get(monitor.id, OWNER)).detail == "new"
    assert await beats(database, monitor) == [State.DOWN]


async def test_a_check_that_was_under_way_when_its_monitor_was_removed_is_forgotten(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    other = await add(monitors)
    turns = await claim(rota, clock)

    await monitors.remove(monitor.id)
    verdicts = [judge(turn, a_sight(is_up=False, at=TODAY)) for turn in turns]
    await rota.record(HERE, verdicts)

    assert (await monitors.get(other.id, OWNER)).state is State.DOWN


async def test_a_rename_does_not_disturb_a_check(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    [turn] = await claim(rota, clock)

    await monitors.change(monitor.id, {"name": "Renamed"})
    await see(rota, turn, TODAY, is_up=False)

    [incident] = await PostgresIncidents(database).newest_open(10, None)
    assert incident.monitor_name == "Renamed"


async def test_going_down_and_up_is_one_incident_and_told_in_order(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    await add(monitors, retries=1, retry_interval_s=2)
    for is_up in (True, False, False, False, True):
        [turn] = await claim(rota, clock)
        verdict = await see(rota, turn, clock.at, is_up=is_up)
        clock.at = verdict.next_check_at

    assert await news(database) == [
        ("monitor.state_changed", "UP", "UNKNOWN"),
        ("monitor.state_changed", "PENDING", "UP"),
        ("monitor.state_changed", "DOWN", "PENDING"),
        ("incident.opened", None, None),
        ("monitor.state_changed", "UP", "DOWN"),
        ("incident.closed", None, None),
    ]
    [incident] = await PostgresIncidents(database).newest(10, None)
    assert incident.closed_at is not None
    assert await PostgresIncidents(database).newest_open(10, None) == []


async def test_an_incident_outlasts_a_while_in_which_nobody_looked(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    for wait in (timedelta(hours=2), timedelta()):
        [turn] = await claim(rota, clock)
        await see(rota, turn, clock.at, is_up=False)
        clock.at += wait

    assert len(await PostgresIncidents(database).newest(10, None)) == 1
    uptime = (await monitors.get(monitor.id, OWNER)).uptime
    # Known down until the check that did not come, and some seconds on.
    assert uptime.down_s < 150


async def test_up_before_and_after_nobody_looked_is_not_up_between(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    for wait in (timedelta(hours=5), timedelta(seconds=30)):
        [turn] = await claim(rota, clock)
        await see(rota, turn, clock.at, is_up=True)
        clock.at += wait

    uptime = (await monitors.get(monitor.id, OWNER)).uptime
    assert uptime.ratio == 1
    assert uptime.up_s < 150
    assert (await news(database))[-1] == ("monitor.state_changed", "UP", "UNKNOWN")


async def test_details_of_hostile_servers_are_kept_as_they_are(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock, database: Database
) -> None:
    monitor = await add(monitors)
    [turn] = await claim(rota, clock)
    detail = "'; DROP TABLE monitors; -- <script>"

    await rota.record(HERE, [judge(turn, a_sight(is_up=False, detail=detail))])

    assert (await monitors.get(monitor.id, OWNER)).detail == detail


async def test_what_is_paused_after_nobody_looked_was_known_only_before_that(
    monitors: Monitors, rota: PostgresRota, clock: StoppedClock
) -> None:
    monitor = await add(monitors)
    [turn] = await claim(rota, clock)
    await see(rota, turn, clock.at, is_up=False)

    clock.at += timedelta(hours=5)
    paused = await monitors.change(monitor.id, {"paused": True})

    assert paused.uptime.down_s < 150
