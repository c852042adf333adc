"""Jobs are done, in order, again when they fail, and never lost."""

import asyncio
import time
from datetime import timedelta

import pytest

from kit import metrics
from kit.background import running
from kit.errors import Unavailable
from kit.jobs import JobMissing, Jobs
from kit.postgres import Database
from kit.queueing.job import Job, JobTakenAway
from kit.queueing.rows import install
from tests.kit.queue import done_by, in_queue, is_failed, none_left, put
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)


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


async def test_a_job_is_done_once_and_is_gone(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)

    async with running(jobs=jobs.run()):
        await put(base, jobs, payload={"library": "films"})
        await eventually(lambda: worker.seen)
        await eventually(lambda: none_left(base))

    assert [(job.payload, job.attempt) for job in worker.seen] == [
        ({"library": "films"}, 1)
    ]


async def test_a_job_exists_only_if_the_transaction_commits(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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


async def test_what_is_asked_for_while_a_job_runs_is_done_after_it(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)
    worker.gate.clear()

    async with running(jobs=jobs.run()):
        assert await put(base, jobs, dedupe_key="films")
        await eventually(lambda: worker.at_once)
        assert await put(base, jobs, dedupe_key="films")
        assert not await put(base, jobs, dedupe_key="films")
        worker.gate.set()
        await eventually(lambda: none_left(base))

    assert len(worker.seen) == 2


async def test_what_is_urgent_goes_first(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=1)
    for priority in (0, 5, -5, 9):
        await put(base, jobs, payload={"priority": priority}, priority=priority)

    async with running(jobs=jobs.run()):
        await eventually(lambda: len(worker.seen) == 4)

    assert [job.payload["priority"] for job in worker.seen] == [9, 5, 0, -5]


async def test_what_is_for_later_waits(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=2)
    began = time.monotonic()
    await put(base, jobs, payload={"when": "later"}, after=timedelta(seconds=1))
    await put(base, jobs, payload={"when": "now"})

    async with running(jobs=jobs.run()):
        await eventually(lambda: len(worker.seen) == 2)

    assert [job.payload["when"] for job in worker.seen] == ["now", "later"]
    assert time.monotonic() - began > 0.8


async def test_a_kind_is_done_by_no_more_at_once_than_it_may_in_all_processes(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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


async def test_one_that_takes_too_long_is_canceled_and_counts_as_failed(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
    jobs = Jobs(url)
    jobs.register("scan", worker.handle, concurrency=5, attempts=1)
    for number in range(3):
        await put(base, jobs, payload={"number": number})
    worker.gate.clear()

    async with running(jobs=jobs.run()):
        await eventually(lambda: worker.at_once == 3)
        began = time.monotonic()
    # Five seconds are what a job has that does not let itself be canceled.
    assert time.monotonic() - began < 4
    assert worker.at_once == 0
    assert await in_queue(base, "queued") == 3

    worker.gate.set()
    async with running(jobs=jobs.run()):
        await eventually(lambda: none_left(base))
    assert {job.attempt for job in worker.seen} == {1}


async def test_a_job_and_what_it_made_are_one(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
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


async def test_the_queue_is_shown(queue: tuple[Database, str], worker: Worker) -> None:
    base, url = queue
    jobs = Jobs(url)
    jobs.register("scan of this test", worker.handle, concurrency=1)
    for _ in range(3):
        await put(base, jobs, "scan of this test", after=MINUTE)

    async with running(jobs=jobs.run()):
        shown = metrics.JOBS_QUEUED.labels("scan of this test", "queued")
        await eventually(lambda: shown._value.get() == 3)


async def test_installing_again_changes_nothing(
    queue: tuple[Database, str], worker: Worker
) -> None:
    base, url = queue
    jobs = Jobs(url)
    await put(base, jobs)

    async with base.connection() as conn:
        await install(conn)

    assert await in_queue(base) == 1
