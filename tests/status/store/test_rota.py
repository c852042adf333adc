"""A check is one replica's, and what it saw counts once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.postgres import Database
from services.status.domain.judging import State, Turn, Verdict, judge
from services.status.domain.monitors import Monitor, Monitors
from services.status.domain.watching import AHEAD
from services.status.store.heartbeats import PostgresHeartbeats
from services.status.store.incidents import PostgresIncidents
from services.status.store.monitors import PostgresBook
from services.status.store.rota import PostgresRota
from tests.clock import StoppedClock
from tests.status.builders import (
    NOT_AGAIN,
    a_caller,
    a_plan,
    a_sight,
)

OWNER = a_caller()
HERE, THERE = uuid4(), uuid4()
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


async def add(monitors: Monitors, **fields: Any) -> Monitor:
    fields.setdefault("name", f"Monitor {uuid4()}")
    return await monitors.add(a_plan(**fields), OWNER, NOT_AGAIN)


async def claim(
    rota: PostgresRota, clock: StoppedClock, holder: UUID = HERE, limit: int = 100
) -> Sequence[Turn]:
    return await rota.claim(holder, limit, clock.now(), AHEAD)


async def see(
    rota: PostgresRota, turn: Turn, at: datetime, *, is_up: bool, holder: UUID = HERE
) -> Verdict:
    verdict = judge(turn, a_sight(is_up=is_up, at=at))
    await rota.record(holder, [verdict])
    return verdict


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


STEP_S = 2
# Up, down, paused, resumed; soon after, about an interval after, and long after.
WAITS = st.one_of(st.integers(1, 90), st.integers(90, 1500), st.integers(1500, 9000))
STEPS = st.lists(
    st.tuples(WAITS, st.sampled_from("uuuddddpr")), min_size=8, max_size=25
)


@settings(
    max_examples=40,
    # Monitors draw their place in the interval by chance: an example cannot be kept,
    # nor made smaller.
    database=None,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=STEPS,
    retries=st.integers(0, 2),
    asked_later_s=st.integers(0, 3000),
)
async def test_uptime_is_the_integral_of_what_was_known(
    database: Database,
    rota: PostgresRota,
    steps: list[tuple[int, str]],
    retries: int,
    asked_later_s: int,
) -> None:
    begin = TODAY - timedelta(hours=20)
    clock = StoppedClock(begin)
    monitors = Monitors(
        PostgresBook(database), clock, lambda: None, link_local_allowed=False
    )
    monitor = await add(monitors, retries=retries, interval_s=900, timeout_s=1)
    history = History(retries)
    for wait_s, step in steps:
        clock.at += timedelta(seconds=wait_s)
        if clock.at >= TODAY + timedelta(days=5):
            break
        if step in "pr":
            await monitors.change(monitor.id, {"paused": step == "p"})
            history.pause(clock.at, paused=step == "p")
        elif not history.paused and step in "ud":
            # As if it were due: when checks come is not what this is about.
            await database.execute(
                "UPDATE monitors SET next_check_at = $2 WHERE id = $1",
                monitor.id,
                clock.at,
            )
            [turn] = await claim(rota, clock)
            verdict = await see(rota, turn, clock.at, is_up=step == "u")
            history.see(clock.at, verdict.known_until, is_up=step == "u")
    end = clock.at

    # Soon after the end; and a day after moments in the middle, where the window
    # begins in the midst of what happened.
    moments = [end + timedelta(seconds=asked_later_s)]
    moments += [begin + n / 6 * (end - begin) + timedelta(hours=24) for n in range(6)]
    for moment in moments:
        clock.at = moment
        uptime = (await monitors.get(monitor.id, OWNER)).uptime
        up_s, down_s = history.integral(moment - timedelta(hours=24), moment)
        tolerance = STEP_S * (2 * len(steps) + 2)
        assert uptime.up_s == pytest.approx(up_s, abs=tolerance)
        assert uptime.down_s == pytest.approx(down_s, abs=tolerance)
    await monitors.remove(monitor.id)


class History:
    """What was seen, asked about every other second: no spans, no rule but the
    words of the contract."""

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._facts: list[tuple[datetime, datetime, str]] = []
        self._failures = 0
        self.paused = False

    def pause(self, at: datetime, *, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self._failures = 0
            self._facts.append((at, at, "nothing"))

    def see(self, at: datetime, known_until: datetime, *, is_up: bool) -> None:
        before = self._last(at)
        self._failures = 0 if is_up else self._failures + 1
        was_down = bool(self._facts) and self._facts[-1][2] == "down"
        if is_up:
            fact = "up"
        elif was_down or self._failures > self._retries:
            fact = "down"
        else:
            fact = before if before == "up" else "nothing"
        self._facts.append((at, known_until, fact))

    def integral(self, since: datetime, until: datetime) -> tuple[int, int]:
        seconds = {"up": 0, "down": 0, "nothing": 0}
        left, moment = list(reversed(self._facts)), since
        known_until, fact = since, "nothing"
        while moment < until:
            while left and left[-1][0] <= moment:
                _, known_until, fact = left.pop()
            seconds[fact if moment <= known_until else "nothing"] += STEP_S
            moment += timedelta(seconds=STEP_S)
        return seconds["up"], seconds["down"]

    def _last(self, moment: datetime) -> str:
        _, known_until, fact = self._facts[-1] if self._facts else (None, moment, "")
        return fact if moment <= known_until else "nothing"
