"""Replicas as they run: real processes, and one of them killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import pytest

from kit.postgres import Database
from services.status.domain.monitors import Monitors
from tests.data import ROOT
from tests.servers import answers, free_port
from tests.simulators.target import Target
from tests.status.builders import NOT_AGAIN, a_caller, a_plan
from tests.waiting import eventually

_INTERVAL_S, _TIMEOUT_S = 5, 2
# A lease is the timeout and five seconds; turns are looked for every second.
_BOUND_S = _INTERVAL_S + _TIMEOUT_S + 5 + 2


@dataclass(frozen=True)
class Replica:
    process: "subprocess.Popen[bytes]"
    port: int


Start = Callable[[], Replica]


@pytest.fixture
async def start(house: tuple[Database, str], redis_url: str) -> AsyncIterator[Start]:
    """Starts a replica of status on the test's database."""
    with ExitStack() as stack:

        def start() -> Replica:
            port = free_port()
            process = subprocess.Popen(
                [sys.executable, "-m", "services.status"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'protos' / 'gen'}",
                    "MEDIANEST_STATUS_DATABASE_URL": house[1],
                    "MEDIANEST_STATUS_REDIS_URL": redis_url,
                    "MEDIANEST_STATUS_CALLER_KEYS": "test:" + "ab" * 32,
                    "MEDIANEST_STATUS_GRPC_ADDRESS": f"127.0.0.1:{port}",
                },
                stdout=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return Replica(process, port)

        yield start


async def test_the_monitors_of_a_replica_that_is_killed_go_on(
    monitors: Monitors,
    database: Database,
    target: Target,
    start: Start,
) -> None:
    for n in range(50):
        plan = a_plan(
            name=f"Monitor {n}",
            url=f"{target.url}{n}",
            interval_s=_INTERVAL_S,
            timeout_s=_TIMEOUT_S,
        )
        await monitors.add(plan, a_caller(), NOT_AGAIN)
    one = start()
    holder = await eventually(lambda: holders(database), within_s=20)
    start()
    await eventually(lambda: others(database, holder), within_s=20)

    held = await eventually(lambda: held_when_stopped(database, one, holder))
    one.process.kill()
    killed_at = time.monotonic()

    def all_were_asked_twice_since() -> bool:
        return all(
            len([at for at in target.asked[f"/{n}"] if at > killed_at]) >= 2
            for n in range(50)
        )

    await eventually(all_were_asked_twice_since, within_s=_BOUND_S + _INTERVAL_S + 2)
    for n in range(50):
        gaps = [b - a for a, b in pairwise(target.asked[f"/{n}"])]
        assert max(gaps) < _BOUND_S

    assert held
    assert not await held_by(database, holder)


async def holders(database: Database) -> list[UUID]:
    rows = await database.fetch(
        "SELECT DISTINCT holder FROM monitors WHERE holder IS NOT NULL"
    )
    return [row["holder"] for row in rows]


async def others(database: Database, holder: list[UUID]) -> bool:
    return bool(set(await holders(database)) - set(holder))


async def held_by(database: Database, holder: list[UUID]) -> int:
    return int(
        await database.fetchval(
            "SELECT count(id) FROM monitors WHERE holder = ANY ($1)", holder
        )
    )


async def held_when_stopped(
    database: Database, replica: Replica, holder: list[UUID]
) -> int:
    """How many turns the replica holds; more than none, and it stays stopped."""
    replica.process.send_signal(signal.SIGSTOP)
    if held := await held_by(database, holder):
        return held
    replica.process.send_signal(signal.SIGCONT)
    return 0


async def test_a_replica_stops_when_it_is_told_to_and_leaves_nothing_claimed(
    monitors: Monitors,
    database: Database,
    target: Target,
    start: Start,
) -> None:
    await monitors.add(a_plan(url=target.url), a_caller(), NOT_AGAIN)
    replica = start()
    await eventually(lambda: answers(replica.port), within_s=20)
    await eventually(lambda: target.total == 1)

    replica.process.terminate()

    assert await eventually(lambda: replica.process.poll() is not None, within_s=8)
    assert replica.process.returncode == 0
    row = await database.fetchrow("SELECT state, holder FROM monitors")
    assert row is not None
    assert tuple(row) == ("up", None)
