"""Whatever is watched is seen as it is, soon, and once."""

import asyncio
import time
from contextlib import suppress
from itertools import pairwise
from uuid import UUID

import pytest

from kit.errors import Unavailable
from kit.postgres import Database
from services.status.domain.judging import State
from services.status.domain.monitors import Monitor, Monitors
from services.status.store.heartbeats import PostgresHeartbeats
from services.status.store.incidents import PostgresIncidents
from tests.simulators.target import Target
from tests.status.builders import NOT_AGAIN, a_caller, a_plan
from tests.status.conftest import Watch
from tests.waiting import eventually

OWNER = a_caller()


async def become(
    monitors: Monitors, monitor_id: UUID, state: State, within_s: float
) -> Monitor:
    async def look() -> Monitor | None:
        monitor = await monitors.get(monitor_id, OWNER)
        return monitor if monitor.state is state else None

    found = await eventually(look, within_s=within_s)
    assert found is not None
    return found


async def test_a_new_monitor_is_checked_at_once(
    monitors: Monitors, watch: Watch, target: Target
) -> None:
    watch()
    added = await monitors.add(a_plan(url=target.url), OWNER, NOT_AGAIN)
    assert added.state is State.UNKNOWN

    seen = await become(monitors, added.id, State.UP, within_s=1)

    assert seen.detail == "200 OK"
    assert 0 < seen.latency_ms < 1000


async def test_what_stops_is_down_within_an_interval_and_its_retries_and_then_up_again(
    monitors: Monitors, watch: Watch, target: Target, database: Database
) -> None:
    watch()
    plan = a_plan(
        url=target.url, interval_s=5, timeout_s=1, retries=2, retry_interval_s=1
    )
    added = await monitors.add(plan, OWNER, NOT_AGAIN)
    await become(monitors, added.id, State.UP, within_s=2)

    await target.stop()
    pending = await become(monitors, added.id, State.PENDING, within_s=6)
    down = await become(monitors, added.id, State.DOWN, within_s=4)
    await target.start()
    up = await become(monitors, added.id, State.UP, within_s=7)

    assert pending.uptime.down_s == 0
    assert down.detail == "connection refused"
    assert up.uptime.down_s > 1
    assert up.uptime.ratio is not None
    assert 0 < up.uptime.ratio < 1
    beats = await PostgresHeartbeats(database).newest(added.id, 100, None)
    states = [beat.state for beat in reversed(beats)]
    first_failure = states.index(State.PENDING)
    assert states[first_failure:][:3] == [State.PENDING, State.PENDING, State.DOWN]
    [incident] = await PostgresIncidents(database).newest(10, None)
    assert incident.closed_at is not None
    assert incident.opened_at < incident.closed_at


async def test_without_retries_the_first_failure_is_down(
    monitors: Monitors, watch: Watch, target: Target
) -> None:
    target.status = 500
    watch()

    added = await monitors.add(a_plan(url=target.url), OWNER, NOT_AGAIN)
    seen = await become(monitors, added.id, State.DOWN, within_s=1)

    assert seen.detail == "500 Internal Server Error"
    assert seen.latency_ms == 0


async def test_one_that_never_answers_is_down_when_its_time_is_over_and_delays_nobody(
    monitors: Monitors, watch: Watch, target: Target
) -> None:
    mute = Target(is_mute=True)
    await mute.start()
    watch()
    hanging = [
        await monitors.add(
            a_plan(name=f"Mute {n}", url=mute.url, timeout_s=2), OWNER, NOT_AGAIN
        )
        for n in range(20)
    ]
    began = time.monotonic()

    quick = await monitors.add(a_plan(url=target.url), OWNER, NOT_AGAIN)
    await become(monitors, quick.id, State.UP, within_s=1)
    for each in hanging:
        seen = await become(monitors, each.id, State.DOWN, within_s=4)
        assert seen.detail == "no answer within 2 s"

    assert time.monotonic() - began < 4
    await mute.stop()


async def test_what_is_paused_is_left_alone_and_looked_at_again_when_resumed(
    monitors: Monitors, watch: Watch, target: Target, database: Database
) -> None:
    target.status = 500
    watch()
    added = await monitors.add(a_plan(url=target.url, interval_s=5), OWNER, NOT_AGAIN)
    await become(monitors, added.id, State.DOWN, within_s=1)

    paused = await monitors.change(added.id, {"paused": True})
    asked = target.total
    [incident] = await PostgresIncidents(database).newest(10, None)
    target.status = 200
    # When another was asked four times, the paused one would have been twice or more.
    await monitors.add(
        a_plan(name="Other", url=target.url + "other", interval_s=5), OWNER, NOT_AGAIN
    )
    await eventually(lambda: len(target.asked["/other"]) >= 4, within_s=25)
    asked_since = len(target.asked["/"]) - asked
    still = await monitors.get(added.id, OWNER)
    await monitors.change(added.id, {"paused": False})
    resumed = await become(monitors, added.id, State.UP, within_s=1)

    assert paused.state is State.PAUSED
    assert incident.closed_at is not None
    # A turn that was claimed already is still made, and does not count.
    assert asked_since <= 1
    assert still.state is State.PAUSED
    assert resumed.detail == "200 OK"
    beats = await PostgresHeartbeats(database).newest(added.id, 10, None)
    assert [beat.state for beat in beats] == [State.UP, State.DOWN]


async def test_a_new_address_counts_at_once(
    monitors: Monitors, watch: Watch, target: Target
) -> None:
    watch()
    added = await monitors.add(
        a_plan(url="tcp://127.0.0.1:1", interval_s=3600), OWNER, NOT_AGAIN
    )
    await become(monitors, added.id, State.DOWN, within_s=1)

    await monitors.change(added.id, {"url": f"tcp://127.0.0.1:{target.port}"})

    seen = await become(monitors, added.id, State.UP, within_s=1)
    assert seen.detail == "connected"


async def test_two_replicas_share_fifty_monitors_and_check_none_of_them_twice(
    monitors: Monitors, watch: Watch, target: Target, database: Database
) -> None:
    watch()
    watch()
    for n in range(50):
        await monitors.add(
            a_plan(name=f"Monitor {n}", url=f"{target.url}{n}", interval_s=5),
            OWNER,
            NOT_AGAIN,
        )

    await eventually(
        lambda: all(len(target.asked[f"/{n}"]) >= 4 for n in range(50)), within_s=25
    )

    for n in range(50):
        # The first check is made at once; from the second on, each has its place.
        times = target.asked[f"/{n}"][1:]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(4.7 < gap < 5.5 for gap in gaps), gaps


async def test_a_database_that_is_away_for_a_moment_loses_nothing_that_was_seen(
    monitors: Monitors, watch: Watch, target: Target, database: Database
) -> None:
    running = watch()
    added = await monitors.add(a_plan(url=target.url, interval_s=5), OWNER, NOT_AGAIN)
    await become(monitors, added.id, State.UP, within_s=2)

    for _ in range(3):
        with suppress(Unavailable):
            await database.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            )
    asked = target.total
    await eventually(lambda: target.total > asked + 1, within_s=15)

    async def all_written() -> bool:
        beats = await PostgresHeartbeats(database).newest(added.id, 100, None)
        return len(beats) == target.total

    await eventually(all_written, within_s=5)
    assert not running.done()


async def test_a_replica_that_leaves_gives_its_turns_back(
    monitors: Monitors, watch: Watch, database: Database
) -> None:
    mute = Target(is_mute=True)
    await mute.start()
    leaving = watch()
    await monitors.add(
        a_plan(url=mute.url, interval_s=60, timeout_s=60), OWNER, NOT_AGAIN
    )
    await eventually(lambda: mute.total == 1)

    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    watch()

    await eventually(lambda: mute.total == 2, within_s=2)
    await mute.stop()
