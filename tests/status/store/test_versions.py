"""Of two who change one monitor, the second learns that it has become another."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit.caller import Once
from kit.errors import VersionChanged
from kit.postgres import Database
from services.status.domain.errors import MonitorMissing
from services.status.domain.judging import judge
from services.status.domain.monitors import Monitor, Monitors
from services.status.domain.watching import AHEAD
from services.status.store.rota import PostgresRota
from tests.status.builders import NOT_AGAIN, a_caller, a_plan, a_sight

OWNER = a_caller()


async def outcomes(*calls: Awaitable[Any]) -> Counter[str]:
    told = await asyncio.gather(*calls, return_exceptions=True)
    return Counter(type(each).__name__ for each in told)


@pytest.fixture
async def added(monitors: Monitors) -> Monitor:
    return await monitors.add(a_plan(), OWNER, NOT_AGAIN)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Renamed"},
        {"url": "tcp://127.0.0.1:22"},
        {"interval_s": 30},
        {"timeout_s": 3},
        {"retries": 4},
        {"retry_interval_s": 9},
        {"paused": True},
        {"name": "Renamed", "retries": 4, "paused": True},
    ],
    ids="+".join,
)
async def test_each_change_is_one_version_more(
    monitors: Monitors, added: Monitor, changes: dict[str, Any]
) -> None:
    changed = await monitors.change(added.id, changes)

    assert (added.version, changed.version) == (1, 2)
    assert await monitors.get(added.id, OWNER) == changed
    assert (await monitors.page(10, None, OWNER))[0] == [changed]


async def test_what_is_seen_of_it_is_no_version(
    monitors: Monitors, added: Monitor, database: Database
) -> None:
    rota, holder, now = PostgresRota(database), uuid4(), added.created_at
    for is_up, later_s in ((True, 0), (False, 60), (True, 120)):
        now = added.created_at + timedelta(seconds=later_s)
        [turn] = await rota.claim(holder, 1, now, AHEAD)
        await rota.record(holder, [judge(turn, a_sight(is_up=is_up, at=now))])

    seen = await monitors.get(added.id, OWNER)
    changed = await monitors.change(added.id, {"retries": 4}, added.version)

    assert (seen.checked_at, seen.version) == (now, 1)
    assert changed.version == 2


async def test_what_changes_nothing_is_no_version(
    monitors: Monitors, added: Monitor
) -> None:
    unchanged = await monitors.change(added.id, {"name": added.plan.name})

    assert unchanged.version == 1


async def test_an_add_sent_again_is_the_version_that_there_is(
    monitors: Monitors,
) -> None:
    once = Once("key-1", b"the same")
    first = await monitors.add(a_plan(), OWNER, once)
    await monitors.change(first.id, {"retries": 4})

    again = await monitors.add(a_plan(), OWNER, once)

    assert (again.id, again.version) == (first.id, 2)


async def test_of_many_who_change_what_they_saw_one_does(
    monitors: Monitors, added: Monitor
) -> None:
    told = await outcomes(
        *(
            monitors.change(added.id, {"retries": retries}, added.version)
            for retries in range(1, 9)
        )
    )

    assert told == {"Monitor": 1, "VersionChanged": 7}
    assert (await monitors.get(added.id, OWNER)).version == 2


async def test_of_a_change_and_a_removal_at_once_one_is_done(
    monitors: Monitors, added: Monitor
) -> None:
    told = await outcomes(
        monitors.change(added.id, {"retries": 4}, added.version),
        monitors.remove(added.id, added.version),
    )

    assert told in (
        {"Monitor": 1, "VersionChanged": 1},
        {"NoneType": 1, "MonitorMissing": 1},
    )


async def test_another_version_is_neither_changed_nor_removed(
    monitors: Monitors, added: Monitor
) -> None:
    for version in (-1, 2, 2**31 - 1):
        for asked in (
            monitors.change(added.id, {"retries": 4}, version),
            monitors.change(added.id, {"name": added.plan.name}, version),
            monitors.remove(added.id, version),
        ):
            with pytest.raises(VersionChanged):
                await asked
    assert await monitors.get(added.id, OWNER) == added


async def test_what_is_not_there_is_missing_in_whatever_version(
    monitors: Monitors, added: Monitor
) -> None:
    await monitors.remove(added.id, added.version)

    for asked in (
        monitors.change(added.id, {"retries": 4}, added.version),
        monitors.remove(added.id, added.version),
    ):
        with pytest.raises(MonitorMissing):
            await asked
