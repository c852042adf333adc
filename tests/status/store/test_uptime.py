"""Uptime is told by time, and by nothing that nobody saw."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.postgres import Database
from services.status.domain.monitors import Monitors
from services.status.store.monitors import PostgresBook
from services.status.store.rota import PostgresRota
from tests.clock import StoppedClock
from tests.status.store.turns import OWNER, add, claim, see

# Heartbeats are kept by the day.
TODAY = datetime.now(UTC).replace(microsecond=0)
STEP_S = 2
# Up, down, paused, resumed; soon after, about an interval after, and long after.
WAITS = st.one_of(st.integers(1, 90), st.integers(90, 1500), st.integers(1500, 9000))
STEPS = st.lists(
    st.tuples(WAITS, st.sampled_from("uuuddddpr")), min_size=8, max_size=25
)


@settings(
    max_examples=14,
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
    steps: list[tuple[int, str]],
    retries: int,
    asked_later_s: int,
) -> None:
    rota = PostgresRota(database)
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
