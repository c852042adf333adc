"""One connection's time at the queue: takes jobs, runs them, puts them back."""

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import asyncpg
import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.executors import (
    AbstractEntrypointExecutor,
    EntrypointExecutorParameters,
)
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import RetryRequested

from kit import metrics
from kit.errors import Failure
from kit.postgres import AWAY
from kit.queueing.job import Job, Kind
from kit.queueing.rows import OwnRows

log = structlog.get_logger()

_LOOK_EVERY = timedelta(seconds=2)
_BATCH = 5
_MOST_AT_ONCE = 20
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
_MEASURE_EVERY_S = 10.0
_FORGET_EVERY = 360
_LEAVE_WITHIN_S = 5.0


class JobPoisoned(Exception):
    """It was begun as often as it may be, and each time took its worker with it."""


class Shift:
    """Runs until canceled, or until the connection is lost. Either way jobs that run
    are canceled, and go back to the queue as if they had not begun."""

    def __init__(
        self,
        conn: "asyncpg.Connection[asyncpg.Record]",
        kinds: Mapping[str, Kind],
        lost_after: timedelta,
    ) -> None:
        self.rows = OwnRows(AsyncpgDriver(conn))
        self._conn = conn
        self._lost_after = lost_after
        self._manager = QueueManager(self.rows)
        self._working: set[asyncio.Task[None]] = set()
        for kind in kinds.values():
            self._manager.register_executor(kind.name, _Executor(kind, self))
        conn.add_termination_listener(lambda _: self._end())

    async def run(self) -> None:
        managing = asyncio.create_task(
            self._manager.run(
                dequeue_timeout=_LOOK_EVERY,
                batch_size=_BATCH,
                max_concurrent_tasks=_MOST_AT_ONCE,
                heartbeat_timeout=self._lost_after,
                shutdown_on_listener_failure=True,
            ),
            name="manage jobs",
        )
        measuring = asyncio.create_task(self._measure(), name="measure jobs")
        try:
            await asyncio.wait(
                {managing, measuring}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self._end()
            measuring.cancel()
            await asyncio.wait({managing, measuring}, timeout=_LEAVE_WITHIN_S)
            managing.cancel()
            # Whoever still waits for an answer of Postgres gets none.
            self._conn.terminate()
            await asyncio.wait({managing, measuring})
        for task in (managing, measuring):
            if not task.cancelled() and (failure := task.exception()):
                raise failure

    @property
    def is_over(self) -> bool:
        return self._manager.shutdown.is_set()

    async def work(self, kind: Kind, job: Job) -> None:
        """Run the handler. Raises what it raises, and RetryRequested when the shift
        ended before it did."""
        if self.is_over:
            await self._put_back(job)
        task = asyncio.create_task(_bounded(kind, job), name=f"job {kind.name}")
        self._working.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._working.discard(task)
            task.cancel()
        if not task.cancelled():
            return task.result()
        if self.is_over:
            await self._put_back(job)
        raise RuntimeError(f"{kind.name} canceled itself")

    async def _put_back(self, job: Job) -> None:
        with suppress(*AWAY):
            await self.rows.forget_begin(job.row)
        raise RetryRequested(reason="the worker leaves")

    def _end(self) -> None:
        self._manager.shutdown.set()
        for task in self._working:
            task.cancel()

    async def _measure(self) -> None:
        shown: set[tuple[str, str]] = set()
        turn = 0
        while True:
            sizes: dict[tuple[str, str], int] = dict.fromkeys(shown, 0)
            for row in await self.rows.queue_size():
                place = (str(row.entrypoint), str(row.status))
                sizes[place] = sizes.get(place, 0) + row.count
            shown |= sizes.keys()
            for place, count in sizes.items():
                metrics.JOBS_QUEUED.labels(*place).set(count)
            if turn % _FORGET_EVERY == 0:
                await self.rows.forget_old()
            turn += 1
            await asyncio.sleep(_MEASURE_EVERY_S)


async def _bounded(kind: Kind, job: Job) -> None:
    async with asyncio.timeout(kind.within.total_seconds()):
        await kind.handler(job)


class _Executor(AbstractEntrypointExecutor):
    """Decides what becomes of a job that fails."""

    def __init__(self, kind: Kind, shift: Shift) -> None:
        super().__init__(
            EntrypointExecutorParameters(
                concurrency_limit=kind.concurrency, func=_never, on_failure="hold"
            )
        )
        self._kind = kind
        self._shift = shift

    async def execute(self, job: models.Job, context: models.Context) -> None:  # noqa: ARG002
        kind, began = self._kind, time.perf_counter()
        attempt = await self._begin(job)
        if attempt == 0:
            return
        outcome = "failed"
        try:
            await self._attempt(job, attempt)
            outcome = "done"
        except RetryRequested:
            outcome = "put back"
            raise
        # A handler may raise anything: it is tried again, and at last kept.
        except Exception as exc:
            if attempt >= kind.attempts:
                log.warning("job_kept", kind=kind.name, job=job.id, error=_named(exc))
                raise
            outcome, delay = "retried", _pause(exc, attempt)
            log.info("job_retried", kind=kind.name, job=job.id, error=_named(exc))
            raise RetryRequested(delay=delay, reason=_named(exc)) from exc
        finally:
            took = time.perf_counter() - began
            metrics.JOB_SECONDS.labels(kind.name, outcome).observe(took)

    async def _begin(self, job: models.Job) -> int:
        try:
            return await self._shift.rows.begin(job)
        except AWAY as exc:
            raise RetryRequested(reason="the database is away") from exc

    async def _attempt(self, job: models.Job, attempt: int) -> None:
        if attempt > self._kind.attempts:
            raise JobPoisoned(f"begun {self._kind.attempts} times, and never ended")
        payload = orjson.loads(job.payload or b"{}")
        await self._shift.work(
            self._kind, Job(job.id, self._kind.name, payload, attempt, job)
        )


async def _never(job: models.Job) -> None:
    raise NotImplementedError("the executor calls the handler")


def _pause(failure: Exception, attempt: int) -> timedelta:
    seconds = min(_FIRST_PAUSE_S * 2 ** (attempt - 1), _LONGEST_PAUSE_S)
    seconds *= random.uniform(0.8, 1.2)  # noqa: S311 - so that jobs that failed together return apart
    asked = failure.retry_after if isinstance(failure, Failure) else None
    return max(timedelta(seconds=seconds), asked or timedelta(0))


def _named(failure: Exception) -> str:
    return failure.reason if isinstance(failure, Failure) else type(failure).__name__
