"""Jobs are done, by somebody, whoever dies meanwhile."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import asyncpg
import pytest

from kit import metrics
from kit.background import running
from kit.errors import Unavailable
from kit.jobs import JobMissing, Jobs
from kit.postgres import Database
from kit.queueing.job import Job, JobTakenAway
from kit.queueing.rows import install
from tests.conftest import MakeDatabase
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def database(make_database: MakeDatabase) -> tuple[Database, str]:
    database, url = await make_database("auth")
    for table in ("began", "done"):
        await database.execute(f"CREATE TABLE {table} (job bigint, worker integer)")
    return database, url


class Worker:
    """What a handler saw; it fails when told to, and waits when told to."""

    def __init__(self) -> None:
        self.seen: list[Job] = []
        self.at_once = 0
        self.most_at_once = 0
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, job: Job) -> None:
        self.seen.append(job)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
            if self.failure:
                raise self.failure
        finally:
            self.at_once -= 1


@pytest.fixture
def worker() -> Worker:
    return Worker()


async def put(
    database: Database, jobs: Jobs, kind: str = "scan", **how: object
) -> bool:
    payload = how.pop("payload", {})
    async with database.transaction() as conn:
        return await jobs.enqueue(conn, kind, payload, **how)  # type: ignore[arg-type]


async def in_queue(database: Database, status: str | None = None) -> int:
    return int(
        await database.fetchval(
            """
            SELECT count(id)
              FROM pgqueuer
             WHERE $1::text IS NULL OR status::text = $1
            """,
            status,
        )
    )


async def test_a_job_is_done_once_and_is_gone(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)

    async with running(jobs=jobs.run()):
        await put(base, jobs, payload={"library": "films"})
        await eventually(lambda: worker.seen)
        await eventually(lambda: none_left(base))

    assert [(job.payload, job.attempt) for job in worker.seen] == [
        ({"library": "films"}, 1)
    ]


async def none_left(database: Database) -> bool:
    return await in_queue(database) == 0


async def test_a_job_exists_only_if_the_transaction_commits(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)

    async with running(jobs=jobs.run()):
        async with base.connection() as conn:
            undone = conn.transaction()
            await undone.start()
            await jobs.enqueue(conn, "scan", {"library": "never"})
            await undone.rollback()
        await put(base, jobs, payload={"library": "films"})
        await eventually(lambda: worker.seen)

    assert [job.payload for job in worker.seen] == [{"library": "films"}]


async def test_a_job_with_a_key_waits_once(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)

    assert await put(base, jobs, dedupe_key="films")
    assert not await put(base, jobs, dedupe_key="films")
    assert await put(base, jobs, "other kind", dedupe_key="films")
    at_once = await asyncio.gather(
        *(put(base, jobs, dedupe_key="series") for _ in range(5))
    )
    assert sorted(at_once) == [False] * 4 + [True]

    async with running(jobs=jobs.run()):
        await eventually(lambda: len(worker.seen) == 2)
        await eventually(lambda: put(base, jobs, dedupe_key="films"))


async def test_what_is_urgent_goes_first(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)
    for priority in (0, 5, -5, 9):
        await put(base, jobs, payload={"priority": priority}, priority=priority)

    async with running(jobs=jobs.run()):
        await eventually(lambda: len(worker.seen) == 4)

    assert [job.payload["priority"] for job in worker.seen] == [9, 5, 0, -5]


async def test_what_is_for_later_waits(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=2)
    await put(base, jobs, payload={"when": "later"}, after=timedelta(seconds=1))
    await put(base, jobs, payload={"when": "now"})

    began = time.monotonic()
    async with running(jobs=jobs.run()):
        await eventually(lambda: len(worker.seen) == 2)

    assert [job.payload["when"] for job in worker.seen] == ["now", "later"]
    assert 0.8 < time.monotonic() - began < 3


async def test_a_kind_is_done_by_no_more_at_once_than_it_may_in_all_processes(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    worker.gate.clear()
    both = (Jobs(url), Jobs(url))
    for jobs in both:
        jobs.register("scan", worker.handle, concurrency=3)
    for _ in range(12):
        await put(base, both[0])

    async with running(one=both[0].run(), other=both[1].run()):
        await eventually(lambda: worker.at_once == 3)
        await put(base, both[0])
        worker.gate.set()
        await eventually(lambda: len(worker.seen) == 13, within_s=30)

    assert worker.most_at_once == 3
    assert len({job.id for job in worker.seen}) == 13


async def test_one_that_fails_is_tried_again_after_longer_and_longer(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    worker.failure = RuntimeError("the disk was busy")
    times: list[float] = []

    async def handle(job: Job) -> None:
        times.append(time.monotonic())
        if job.attempt < 3:
            await worker.handle(job)

    jobs.register("scan", handle, concurrency=1)
    await put(base, jobs)

    async with running(jobs=jobs.run()):
        await eventually(lambda: len(times) == 3, within_s=15)
        await eventually(lambda: none_left(base))

    assert times[1] - times[0] >= 0.8
    assert times[2] - times[1] >= 1.6


async def test_one_that_keeps_failing_is_kept_and_can_be_tried_again(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1, attempts=2)
    worker.failure = Unavailable("Plex is away.", retry_after=None)
    await put(base, jobs, payload={"library": "films"}, dedupe_key="films")

    async with running(jobs=jobs.run()):
        await eventually(lambda: is_failed(base), within_s=15)
        async with base.transaction() as conn:
            [kept] = await jobs.failed(conn)
        assert (kept.kind, kept.payload) == ("scan", {"library": "films"})
        assert [job.attempt for job in worker.seen] == [1, 2]
        assert await put(base, jobs, dedupe_key="films", after=MINUTE)

        worker.failure = None
        async with base.transaction() as conn:
            with pytest.raises(JobMissing):
                await jobs.try_again(conn, kept.id + 1000)
            await base.execute("DELETE FROM pgqueuer WHERE status = 'queued'")
            await jobs.try_again(conn, kept.id)
        await eventually(lambda: none_left(base))

    assert worker.seen[-1].attempt == 1


async def is_failed(database: Database) -> bool:
    return await in_queue(database, "failed") == 1


async def test_one_that_takes_too_long_is_canceled_and_counts_as_failed(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    worker.gate.clear()
    jobs.register(
        "scan",
        worker.handle,
        concurrency=1,
        attempts=1,
        within=timedelta(milliseconds=100),
    )
    await put(base, jobs)

    async with running(jobs=jobs.run()):
        await eventually(lambda: is_failed(base))

    assert worker.at_once == 0


async def test_a_worker_that_leaves_puts_its_jobs_back_at_once(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=5, attempts=1)
    for number in range(3):
        await put(base, jobs, payload={"number": number})
    worker.gate.clear()

    began = time.monotonic()
    async with running(jobs=jobs.run()):
        await eventually(lambda: worker.at_once == 3)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert worker.at_once == 0
    assert await in_queue(base, "queued") == 3

    worker.gate.set()
    async with running(jobs=jobs.run()):
        await eventually(lambda: none_left(base))
    assert {job.attempt for job in worker.seen} == {1}


Spawn = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def spawn(database: tuple[Database, str]) -> AsyncIterator[Spawn]:
    """Starts workers as processes."""
    async with AsyncExitStack() as stack:

        async def start() -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.kit.job_process", database[1]
            )

            async def end() -> None:
                if process.returncode is None:
                    process.kill()
                await process.wait()

            stack.push_async_callback(end)
            return process

        yield start


async def began_by(database: Database) -> list[asyncpg.Record]:
    return await database.fetch("SELECT job, worker FROM began ORDER BY job")


async def done_by(database: Database) -> list[asyncpg.Record]:
    return await database.fetch("SELECT job, worker FROM done ORDER BY job")


async def test_two_processes_share_the_work(
    database: tuple[Database, str], spawn: Spawn
) -> None:
    base, url = database
    for _ in range(2):
        await spawn()
    await eventually(lambda: two_listen(base), within_s=30)
    for _ in range(40):
        await put(base, Jobs(url), "slow", payload={"seconds": 0.1})

    async def all_done() -> bool:
        return len(await done_by(base)) == 40

    await eventually(all_done, within_s=30)
    done = await done_by(base)
    assert len({row["job"] for row in done}) == 40
    assert len({row["worker"] for row in done}) == 2


async def two_listen(database: Database) -> bool:
    return (
        await database.fetchval(
            """
            SELECT count(pid)
              FROM pg_stat_activity
             WHERE application_name = 'medianest-jobs'
               AND datname = current_database()
            """
        )
        == 2
    )


async def test_the_job_of_a_killed_worker_is_done_by_another_within_seconds(
    database: tuple[Database, str], spawn: Spawn
) -> None:
    base, url = database
    first = await spawn()
    await put(base, Jobs(url), "slow", payload={"seconds": 3})

    async def begun() -> bool:
        return bool(await began_by(base))

    await eventually(begun, within_s=30)
    first.kill()
    began = time.monotonic()
    second = await spawn()

    async def done() -> bool:
        return bool(await done_by(base))

    await eventually(done, within_s=30)
    assert time.monotonic() - began < 15
    assert [row["worker"] for row in await done_by(base)] == [second.pid]
    await eventually(lambda: none_left(base))


async def test_a_job_that_kills_its_workers_is_kept_and_kills_no_more(
    database: tuple[Database, str], spawn: Spawn
) -> None:
    base, url = database
    await put(base, Jobs(url), "deadly")
    for _ in range(2):
        victim = await spawn()
        assert await asyncio.wait_for(victim.wait(), 30) == -signal.SIGKILL

    survivor = await spawn()

    await eventually(lambda: is_failed(base), within_s=30)
    assert survivor.returncode is None


async def test_a_worker_that_slept_too_long_does_not_end_the_job_of_another(
    database: tuple[Database, str], spawn: Spawn
) -> None:
    base, url = database
    sleeper = await spawn()
    await put(base, Jobs(url), "slow", payload={"seconds": 2})

    async def begun_by(count: int) -> bool:
        return len(await began_by(base)) == count

    await eventually(lambda: begun_by(1), within_s=30)
    os.kill(sleeper.pid, signal.SIGSTOP)
    other = await spawn()
    await eventually(lambda: begun_by(2), within_s=30)
    os.kill(sleeper.pid, signal.SIGCONT)

    await eventually(lambda: none_left(base), within_s=30)
    assert [row["worker"] for row in await done_by(base)] == [other.pid]


async def test_a_job_and_what_it_made_are_one(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    outcomes: list[str] = []

    async def handle(job: Job) -> None:
        if job.attempt == 1:
            await base.execute("UPDATE pgqueuer SET queue_manager_id = NULL")
        try:
            async with base.transaction() as conn:
                await conn.execute("INSERT INTO done (job) VALUES ($1)", job.id)
                await job.finish(conn)
        except JobTakenAway:
            outcomes.append("taken away")
            await base.execute(
                "UPDATE pgqueuer SET queue_manager_id = $1", job.row.queue_manager_id
            )
            raise
        outcomes.append("done")

    jobs.register("scan", handle, concurrency=1)
    await put(base, jobs)

    async with running(jobs=jobs.run()):
        await eventually(lambda: none_left(base))

    assert outcomes == ["taken away", "done"]
    assert len(await done_by(base)) == 1


async def test_a_database_that_goes_away_loses_nothing(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=2)
    worker.gate.clear()
    await put(base, jobs)

    async with running(jobs=jobs.run()):
        await eventually(lambda: worker.at_once == 1)
        await base.execute(
            """
            SELECT pg_terminate_backend(pid)
              FROM pg_stat_activity
             WHERE application_name = 'medianest-jobs'
               AND datname = current_database()
            """
        )
        await eventually(lambda: worker.at_once == 0)
        worker.gate.set()
        await put(base, jobs)
        await eventually(lambda: none_left(base), within_s=30)

    assert len(worker.seen) == 3


async def test_the_queue_is_shown(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    jobs.register("scan of this test", worker.handle, concurrency=1)
    for _ in range(3):
        await put(base, jobs, "scan of this test", after=MINUTE)

    async with running(jobs=jobs.run()):
        shown = metrics.JOBS_QUEUED.labels("scan of this test", "queued")
        await eventually(lambda: shown._value.get() == 3)


async def test_installing_again_changes_nothing(
    database: tuple[Database, str], worker: Worker
) -> None:
    base, url = database
    jobs = Jobs(url)
    await put(base, jobs)

    async with base.connection() as conn:
        await install(conn)

    assert await in_queue(base) == 1
