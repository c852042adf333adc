"""Monitors written down: whole, once, under one name."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from kit.caller import Once
from kit.idempotency import KeyReused
from kit.ids import uuid7
from kit.postgres import Database
from medianest.api.v1 import permissions_pb2
from services.status.domain.errors import MonitorExists, MonitorMissing, UrlRefused
from services.status.domain.judging import State
from services.status.domain.monitors import MANAGE_SERVICES, Monitors
from tests.clock import NOON, StoppedClock
from tests.status.builders import (
    NOT_AGAIN,
    VIEW_SERVICES,
    a_caller,
    a_plan,
)

OWNER, FRIEND = a_caller(), a_caller(VIEW_SERVICES)


async def told(database: Database) -> list[str]:
    rows = await database.fetch("SELECT type FROM outbox ORDER BY id")
    return [row["type"] for row in rows]


async def test_a_monitor_is_read_as_it_was_written(monitors: Monitors) -> None:
    plan = a_plan(name="Plex", retries=3, retry_interval_s=7)

    added = await monitors.add(plan, OWNER, NOT_AGAIN)

    assert added.plan == plan
    assert added.state is State.UNKNOWN
    assert added.uptime.ratio is None
    assert await monitors.get(added.id, OWNER) == added


async def test_a_name_is_taken_once_in_whatever_case(monitors: Monitors) -> None:
    outcomes = await asyncio.gather(
        *(
            monitors.add(a_plan(name=name), OWNER, NOT_AGAIN)
            for name in ("Plex", "plex", "PLEX")
        ),
        return_exceptions=True,
    )

    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["Monitor", "MonitorExists", "MonitorExists"]


async def test_a_name_cannot_be_changed_to_one_that_is_taken(
    monitors: Monitors,
) -> None:
    await monitors.add(a_plan(name="Plex"), OWNER, NOT_AGAIN)
    other = await monitors.add(a_plan(name="Other"), OWNER, NOT_AGAIN)

    with pytest.raises(MonitorExists):
        await monitors.change(other.id, {"name": "plex"})
    assert (await monitors.get(other.id, OWNER)).plan.name == "Other"


async def test_a_create_sent_again_makes_one_monitor(
    monitors: Monitors, database: Database
) -> None:
    once = Once("key-1", b"the same")

    first = await monitors.add(a_plan(), OWNER, once)
    again = await asyncio.gather(
        *(monitors.add(a_plan(), OWNER, once) for _ in range(5))
    )

    assert {each.id for each in again} == {first.id}
    assert await told(database) == ["monitor.added"]
    with pytest.raises(KeyReused):
        await monitors.add(a_plan(name="Other"), OWNER, Once("key-1", b"another"))


async def test_a_page_goes_on_where_the_last_one_ended(monitors: Monitors) -> None:
    names = ["Bazarr", "emby", "Jellyfin", "Plex", "radarr"]
    for name in reversed(names):
        await monitors.add(a_plan(name=name), OWNER, NOT_AGAIN)

    first, behind = await monitors.page(3, None, OWNER)
    rest, end = await monitors.page(3, behind, OWNER)

    assert [each.plan.name for each in first + rest] == names
    assert end is None


async def test_those_who_only_look_do_not_see_the_query_of_an_address(
    monitors: Monitors,
) -> None:
    plan = a_plan(url="http://radarr:7878/api/v3/health?apikey=secret")
    added = await monitors.add(plan, OWNER, NOT_AGAIN)

    seen = await monitors.get(added.id, FRIEND)
    [listed], _ = await monitors.page(10, None, FRIEND)

    assert seen.plan.url == listed.plan.url == "http://radarr:7878/api/v3/health"
    assert (await monitors.get(added.id, OWNER)).plan.url == plan.url


async def test_link_local_addresses_are_refused_unless_allowed(
    monitors: Monitors, database: Database
) -> None:
    plan = a_plan(url="http://169.254.169.254/latest/meta-data/")

    with pytest.raises(UrlRefused):
        await monitors.add(plan, OWNER, NOT_AGAIN)

    permissive = Monitors(
        monitors._book, StoppedClock(), lambda: None, link_local_allowed=True
    )
    assert (await permissive.add(plan, OWNER, NOT_AGAIN)).plan == plan


async def test_a_change_that_changes_nothing_tells_nothing(
    monitors: Monitors, database: Database
) -> None:
    added = await monitors.add(a_plan(), OWNER, NOT_AGAIN)

    await monitors.change(added.id, {"name": added.plan.name, "retries": 0})

    assert await told(database) == ["monitor.added"]


async def test_pausing_is_told_once_however_often_it_is_asked_for(
    monitors: Monitors, database: Database
) -> None:
    added = await monitors.add(a_plan(), OWNER, NOT_AGAIN)

    await asyncio.gather(
        *(monitors.change(added.id, {"paused": True}) for _ in range(5))
    )

    assert await told(database) == [
        "monitor.added",
        "monitor.changed",
        "monitor.state_changed",
    ]


async def test_two_changes_at_once_are_both_kept(monitors: Monitors) -> None:
    added = await monitors.add(a_plan(), OWNER, NOT_AGAIN)

    await asyncio.gather(
        monitors.change(added.id, {"retries": 4}),
        monitors.change(added.id, {"interval_s": 30}),
        monitors.change(added.id, {"name": "Renamed"}),
    )

    plan = (await monitors.get(added.id, OWNER)).plan
    assert (plan.retries, plan.interval_s, plan.name) == (4, 30, "Renamed")


async def test_what_is_removed_is_missing(
    monitors: Monitors, database: Database
) -> None:
    added = await monitors.add(a_plan(), OWNER, NOT_AGAIN)

    await monitors.remove(added.id)

    for missing in (
        monitors.get(added.id, OWNER),
        monitors.change(added.id, {"retries": 1}),
        monitors.remove(added.id),
        monitors.get(uuid4(), OWNER),
    ):
        with pytest.raises(MonitorMissing):
            await missing
    assert await told(database) == ["monitor.added", "monitor.removed"]
    again = await monitors.add(a_plan(), OWNER, NOT_AGAIN)
    assert again.id != added.id


async def test_a_monitor_of_a_day_ago_is_unknown_when_nobody_looks(
    database: Database, monitors: Monitors
) -> None:
    clock = StoppedClock(NOON)
    old = Monitors(monitors._book, clock, lambda: None, link_local_allowed=False)
    added = await old.add(a_plan(), OWNER, NOT_AGAIN)

    clock.at = NOON + timedelta(days=2)

    assert (await old.get(added.id, OWNER)).state is State.UNKNOWN
    assert added.id.version == uuid7(NOON).version


def test_the_permission_has_the_number_of_the_contract() -> None:
    assert permissions_pb2.MANAGE_SERVICES == MANAGE_SERVICES
