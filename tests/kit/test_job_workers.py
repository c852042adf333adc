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


async def test_two_processes_share_the_work(
    queue: tuple[Database, str], two_workers: dict[int, Kill]
) -> None:
    base, url = queue
    for _ in range(40):
        await put(base, Jobs(url), "slow", payload={"seconds": 0.1})

    await eventually(lambda: none_left(base), within_s=30)

    jobs = await done_by(base)
    assert len({row["job"] for row in jobs}) == len(jobs) == 40
    assert {row["worker"] for row in jobs} == two_workers.keys()


async def test_the_job_of_a_killed_worker_is_done_by_another_within_seconds(
    queue: tuple[Database, str], two_workers: dict[int, Kill]
) -> None:
    base, url = queue
    await put(base, Jobs(url), "slow", payload={"seconds": 1})
    [victim] = await eventually(lambda: begun(base, 1))

    two_workers.pop(victim)(signal.SIGKILL)
    killed_at = time.monotonic()

    assert await eventually(lambda: done(base), within_s=30) == list(two_workers)
    # Lost after 1 s here, looked for every 2 s, and done in 1 s.
    assert time.monotonic() - killed_at < 10
    await eventually(lambda: none_left(base))


async def test_a_worker_that_slept_too_long_does_not_end_the_job_of_another(
    queue: tuple[Database, str], two_workers: dict[int, Kill]
) -> None:
    base, url = queue
    await put(base, Jobs(url), "slow", payload={"seconds": 2})
    [sleeper] = await eventually(lambda: begun(base, 1))

    two_workers[sleeper](signal.SIGSTOP)
    await eventually(lambda: begun(base, 2), within_s=30)
    two_workers.pop(sleeper)(signal.SIGCONT)

    await eventually(lambda: none_left(base), within_s=30)
    assert await done(base) == list(two_workers)


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
