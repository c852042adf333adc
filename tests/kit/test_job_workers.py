"""Several processes do the work of one queue, whichever of them dies."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from kit.jobs import Jobs
from kit.postgres import Database
from tests.kit.queue import began_by, done_by, is_failed, none_left, put
from tests.waiting import eventually

Kill = Callable[[int], None]
Spawn = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def spawn(queue: tuple[Database, str]) -> AsyncIterator[Spawn]:
    """Starts workers as processes."""
    async with AsyncExitStack() as stack:

        async def start() -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.kit.job_process", queue[1]
            )

            async def end() -> None:
                if process.returncode is None:
                    process.kill()
                await process.wait()

            stack.push_async_callback(end)
            return process

        yield start


@pytest.fixture
async def two_workers(queue: tuple[Database, str], spawn: Spawn) -> dict[int, Kill]:
    """Two processes that wait for work: how to send each a signal, by its id."""
    processes = [await spawn() for _ in range(2)]
    await eventually(lambda: listening(queue[0], 2), within_s=30)
    return {process.pid: process.send_signal for process in processes}


async def listening(database: Database, count: int) -> bool:
    return bool(
        await database.fetchval(
            """
            SELECT count(pid) = $1
              FROM pg_stat_activity
             WHERE application_name = 'medianest-jobs'
               AND datname = current_database()
            """,
            count,
        )
    )


async def begun(database: Database, times: int) -> list[int]:
    """The workers that began a job, once that is so many times."""
    workers = [row["worker"] for row in await began_by(database)]
    return workers if len(workers) == times else []


async def done(database: Database) -> list[int]:
    return [row["worker"] for row in await done_by(database)]


async def forget(database: Database) -> None:
    """What was begun and done."""
    await database.execute("DELETE FROM began")
    await database.execute("DELETE FROM done")


async def test_two_processes_share_the_work_whichever_of_them_sleeps_or_dies(
    queue: tuple[Database, str], two_workers: dict[int, Kill]
) -> None:
    await both_work(*queue, two_workers)
    await forget(queue[0])
    await one_sleeps_too_long(*queue, two_workers)
    await forget(queue[0])
    await one_is_killed(*queue, two_workers)


async def both_work(base: Database, url: str, workers: dict[int, Kill]) -> None:
    for _ in range(40):
        await put(base, Jobs(url), "slow", payload={"seconds": 0.1})

    await eventually(lambda: none_left(base), within_s=30)

    jobs = await done_by(base)
    assert len({row["job"] for row in jobs}) == len(jobs) == 40
    assert {row["worker"] for row in jobs} == workers.keys()


async def one_sleeps_too_long(
    base: Database, url: str, workers: dict[int, Kill]
) -> None:
    """It does not end the job of another."""
    await put(base, Jobs(url), "slow", payload={"seconds": 2})
    [sleeper] = await eventually(lambda: begun(base, 1))

    workers[sleeper](signal.SIGSTOP)
    await eventually(lambda: begun(base, 2), within_s=30)
    workers[sleeper](signal.SIGCONT)

    await eventually(lambda: none_left(base), within_s=30)
    assert await done(base) == list(workers.keys() - {sleeper})


async def one_is_killed(base: Database, url: str, workers: dict[int, Kill]) -> None:
    """Its job is done by another within seconds."""
    await put(base, Jobs(url), "slow", payload={"seconds": 1})
    [victim] = await eventually(lambda: begun(base, 1))

    workers.pop(victim)(signal.SIGKILL)
    killed_at = time.monotonic()

    assert await eventually(lambda: done(base), within_s=30) == list(workers)
    # Lost after 1 s here, looked for every 2 s, and done in 1 s.
    assert time.monotonic() - killed_at < 10
    await eventually(lambda: none_left(base))


async def test_a_job_that_kills_its_workers_is_kept_and_kills_no_more(
    queue: tuple[Database, str], spawn: Spawn
) -> None:
    base, url = queue
    await put(base, Jobs(url), "deadly")
    for _ in range(2):
        victim = await spawn()
        assert await asyncio.wait_for(victim.wait(), 30) == -signal.SIGKILL

    survivor = await spawn()

    await eventually(lambda: is_failed(base), within_s=30)
    assert survivor.returncode is None
