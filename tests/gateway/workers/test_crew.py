"""How patient a parent is with its workers: with real ones where they are asked, and
else with small ones."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.http.doors import listen
from gateway.workers.crew import Crew, GaveUp, Pace
from gateway.workers.worker import Worker
from tests.gateway.backend import running_backend
from tests.gateway.contract import everything
from tests.gateway.workers.house import SETUP, environment
from tests.gateway.workers.visitors import visited
from tests.waiting import eventually

HURRIED = Pace(
    first_rest_s=0.01, most_deaths=2, look_every_s=0.1, youngest_s=0.5, gone_within_s=9
)
SMALL = {
    "PYTHONPATH": str(Path(__file__).parent / "stand_ins"),
    # Else what is in the folder where one stands comes before that.
    "PYTHONSAFEPATH": "1",
}
BROKEN = {"MEDIANEST_GATEWAY_LIMIT_READ": "often"}


@dataclass
class Stage:
    port: int
    crew: Crew
    keeping: "asyncio.Task[None]"
    environment: dict[str, str]
    """Of the workers that start from now on."""
    hired: list[Worker]


@asynccontextmanager
async def staged(
    told: Mapping[str, str], size: int = 2, limit_mib: int = 0, pace: Pace = HURRIED
) -> AsyncIterator[Stage]:
    with listen("127.0.0.1:0") as at:
        given = {**os.environ, **told}
        hired: list[Worker] = []

        async def hire(name: str) -> Worker:
            hired.append(await Worker.start(name, at, given))
            return hired[-1]

        crew = Crew(size, limit_mib, hire, pace)
        keeping = asyncio.create_task(crew.keep())
        try:
            yield Stage(at.getsockname()[1], crew, keeping, given, hired)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await crew.dismiss()


async def until_all_serve(stage: Stage) -> None:
    await eventually(lambda: len(stage.crew.serving) == 2, within_s=60)


async def test_a_worker_that_is_too_heavy_is_replaced_and_nothing_dropped() -> None:
    """Each is too heavy here, and as soon as it is old enough."""
    async with running_backend() as backend:
        backend.on(SETUP, everything())
        async with staged(environment(backend, 0), limit_mib=20) as stage:
            await until_all_serve(stage)
            async with visited(stage.port) as visitors:
                await eventually(lambda: len(stage.hired) >= 4, within_s=60)
                at_once = len([each for each in stage.hired if each.resident_mib])
                count = visitors.count
                await eventually(lambda: visitors.count > count + 50, within_s=30)

    assert visitors.dropped == []
    assert visitors.refused == 0
    assert visitors.answered.keys() == {200}
    assert at_once <= 3


async def test_a_worker_that_is_light_enough_stays() -> None:
    async with staged(SMALL, limit_mib=4096) as stage:
        await until_all_serve(stage)
        oldest = stage.hired[0]
        await eventually(lambda: oldest.age_s > 10 * HURRIED.youngest_s)

        assert len(stage.hired) == 2
        assert 2 < oldest.resident_mib < 4096


async def test_when_a_successor_does_not_serve_all_stay() -> None:
    async with staged(SMALL) as stage:
        await until_all_serve(stage)
        before = stage.crew.serving
        stage.environment |= BROKEN

        stage.crew.renew()

        await eventually(lambda: len(stage.hired) == 3)
        assert await stage.hired[2].until_ended() == 2
        assert stage.crew.serving == before
        del stage.environment["MEDIANEST_GATEWAY_LIMIT_READ"]
        stage.crew.renew()
        await eventually(lambda: not set(stage.crew.serving) & set(before), within_s=60)


async def test_workers_that_never_serve_are_given_up() -> None:
    async with staged(SMALL | BROKEN) as stage:
        with pytest.raises(GaveUp, match=r"3 workers in a row .*status 2"):
            await asyncio.wait_for(asyncio.shield(stage.keeping), 60)


async def test_while_one_serves_the_others_are_tried_again() -> None:
    async with staged(SMALL) as stage:
        await until_all_serve(stage)
        stays, dies = stage.crew.serving
        stage.environment |= BROKEN

        os.kill(dies.pid, signal.SIGKILL)
        await eventually(lambda: len(stage.hired) >= 2 + 4, within_s=60)
        del stage.environment["MEDIANEST_GATEWAY_LIMIT_READ"]

        await until_all_serve(stage)
        assert stays in stage.crew.serving


async def test_a_worker_that_never_gets_ready_is_not_waited_for() -> None:
    pace = Pace(serving_within_s=0.01, first_rest_s=0.01, most_deaths=1)
    async with staged(SMALL, size=1, pace=pace) as stage:
        with pytest.raises(GaveUp):
            await asyncio.wait_for(asyncio.shield(stage.keeping), 60)
