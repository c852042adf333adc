"""Programs are kept running, and stopped in order: with real, small processes."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from signal import Signals

import psutil
import pytest

from launcher.failures import Leaving
from launcher.keeping.household import Household
from launcher.keeping.keeper import GaveUp, Patience
from launcher.keeping.processes import Process, Program
from launcher.keeping.screen import Screen
from tests.data import ROOT
from tests.waiting import eventually

QUICK = Patience(deaths=3, within_s=60, first_rest_s=0.02)

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
POLITE = """
import signal, sys, time
def leave(*_):
    print("leaving", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(600)
"""


class Heard(io.BytesIO):
    """What was on the screen, as text."""

    @property
    def text(self) -> str:
        return self.getvalue().decode()


@pytest.fixture
def out():
    return Heard()


@pytest.fixture
def screen(out):
    with Screen(out, color=False) as screen:
        yield screen


def a_program(source: str, name: str = "worker", **rest) -> Program:
    command = (sys.executable, "-c", source)
    return Program(name, command, environment=dict(os.environ), **rest)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_program_that_dies_is_started_again(screen, out):
    async with Household(screen, QUICK) as household:
        household.keep(a_program(POLITE), floor=0)
        (keeper,) = household.keepers
        await eventually(lambda: "ready" in out.text)
        first = keeper.pid

        os.kill(first, Signals.SIGKILL)

        await eventually(lambda: keeper.pid not in (None, first))
        assert keeper.starts == 2
        await eventually(lambda: "died (signal 9) and starts again" in out.text)


async def test_the_rests_between_starts_grow_to_a_limit():
    patience = Patience()

    rests = [patience.rest_s(deaths) for deaths in range(1, 9)]

    assert rests == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]


async def test_one_that_dies_too_often_is_given_up_with_its_last_words(screen, out):
    async with Household(screen, QUICK) as household:
        household.keep(a_program(POLITE, "neighbor"), floor=0)
        await eventually(lambda: "ready" in out.text)
        household.keep(a_program("print('no disk left'); exit(4)"), floor=1)
        with pytest.raises(GaveUp) as gave_up:
            await household.until_leaving()

    assert gave_up.value.line == (
        "worker died 4 times in 60 s (status 4); its last words: no disk left"
    )
    await eventually(lambda: "neighbor   | leaving" in out.text)


async def test_floors_are_left_from_above(screen, out):
    async with Household(screen, QUICK) as household:
        for floor, name in enumerate(("cellar", "ground", "roof")):
            household.keep(a_program(POLITE, name), floor)
        await eventually(lambda: out.text.count("ready") == 3)
        household.leave()
        await household.until_leaving()

    await eventually(lambda: out.text.count("leaving") == 3)
    left = [line.split()[0] for line in out.text.splitlines() if "leaving" in line]
    assert left == ["roof", "ground", "cellar"]


async def test_one_that_does_not_leave_in_time_is_made_to(screen, out):
    async with Household(screen, QUICK) as household:
        household.keep(a_program(STUBBORN, stop_within_s=0.2), floor=0)
        await eventually(lambda: "ready" in out.text)
        (keeper,) = household.keepers
        pid = keeper.pid

    assert not is_alive(pid)
    await eventually(lambda: "worker is made to stop" in out.text)


async def test_one_that_is_just_being_made_is_made_to_stop_as_well(screen):
    stubborn = Program("worker", ("/bin/sleep", "600"), stop_within_s=0.2)
    # Whoever is started by one who ignores a signal ignores it too.
    usual = signal.signal(Signals.SIGTERM, signal.SIG_IGN)
    try:
        async with asyncio.timeout(10), Household(screen, QUICK) as household:
            household.keep(stubborn, floor=0)
            await asyncio.sleep(0)
            assert household.keepers[0].pid is None
    finally:
        signal.signal(Signals.SIGTERM, usual)


async def test_asked_a_second_time_the_house_hurries(screen, out):
    async with asyncio.timeout(20), Household(screen, QUICK) as household:
        household.keep(a_program(STUBBORN, stop_within_s=600), floor=0)
        await eventually(lambda: "ready" in out.text)
        household.leave()
        household.leave()
        await household.until_leaving()

    await eventually(lambda: "worker is made to stop" in out.text)


async def test_what_a_program_started_goes_with_it(screen, out):
    source = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    process = await Process.start(a_program(source), screen)
    grandchild = int(await eventually(lambda: " ".join(process.last_words)))

    await process.stop(asyncio.Event())

    await eventually(lambda: not is_alive(grandchild))


async def test_a_signal_is_passed_on(screen, out):
    source = POLITE.replace("signal.SIGTERM", "signal.SIGHUP")
    async with Household(screen, QUICK) as household:
        household.keep(a_program(source), floor=3)
        await eventually(lambda: "ready" in out.text)

        household.forward(Signals.SIGHUP, floor=3)

        await eventually(lambda: "leaving" in out.text)


async def test_endless_lines_and_bad_letters_are_heard_out(screen, out):
    source = (
        "import sys\n"
        "sys.stdout.buffer.write(b'x' * 3_000_000)\n"
        "sys.stdout.buffer.write(b'\\n\\xff\\xfe\\nthe end')\n"
    )
    process = await Process.start(a_program(source), screen)

    assert await process.wait() == 0

    assert process.last_words[-1] == "the end"
    await eventually(lambda: "the end" in out.text)


async def test_work_that_is_interrupted_leaves_no_process(screen, out):
    async with Household(screen, QUICK) as household:
        work = asyncio.create_task(household.once(a_program(POLITE)))
        await eventually(lambda: "ready" in out.text)
        household.leave()

        with pytest.raises(Leaving):
            await household.unless_leaving(work)

    await eventually(lambda: "leaving" in out.text)


async def test_a_program_that_is_not_there_is_given_up(screen):
    async with Household(screen, QUICK) as household:
        household.keep(Program("worker", ("/no-such-program",)), floor=0)
        with pytest.raises(GaveUp, match="/no-such-program: No such file"):
            await household.until_leaving()


KEEPS_ONE = """
import asyncio, os, sys
from launcher.keeping.household import Household
from launcher.keeping.processes import Program, User
from launcher.keeping.screen import standard_screen

async def main():
    user = User("nobody", 65534, 65534) if os.geteuid() == 0 else None
    with standard_screen(color=False) as screen:
        async with Household(screen) as household:
            household.keep(Program("a", ("/bin/sleep", "600")), 0)
            household.keep(Program("b", ("/bin/sleep", "600"), user=user), 0)
            while not all(keeper.pid for keeper in household.keepers):
                await asyncio.sleep(0.01)
            print(*(keeper.pid for keeper in household.keepers), flush=True)
            await household.until_leaving()

asyncio.run(main())
"""


def test_nobody_survives_the_launcher_s_sudden_death():
    """Not even who was just about to start, or changed to another user."""
    with subprocess.Popen(
        [sys.executable, "-c", KEEPS_ONE],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        pids = [int(word) for word in launcher.stdout.readline().split()]

        launcher.kill()

    asyncio.run(eventually(lambda: not any(is_alive(pid) for pid in pids)))


def test_a_leash_without_its_holder_does_not_start():
    leash = Path(ROOT, "launcher", "keeping", "leash.py")
    words = ("1", "9", "-1", "-1", "/bin/echo", "started")

    ended = subprocess.run(
        [sys.executable, leash, *words], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == "the launcher is gone\n"
