"""The queue's rows in Postgres: pgqueuer's, and what we need beside its own."""

from datetime import timedelta

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain import models, types

from kit.postgres import AWAY

log = structlog.get_logger()

_KEPT_DAYS = 30


async def install(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Make the queue's tables, or bring them to what this pgqueuer expects."""
    queries = Queries(AsyncpgDriver(conn))
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install(create_schema=False)
        await queries.optimize_autovacuum()


class OwnRows(Queries):
    """Touches only jobs that are still its worker's. One that was asleep for too long
    finds that others have its jobs, and must not end them."""

    async def log_jobs(
        self,
        job_status: list[
            tuple[models.Job, types.JOB_STATUS, models.TracebackRecord | None]
        ],
    ) -> None:
        own = await self._own([job for job, _, _ in job_status])
        await super().log_jobs([each for each in job_status if each[0].id in own])

    async def retry_job(
        self,
        job: models.Job,
        delay: timedelta,
        traceback_record: models.TracebackRecord | None,
    ) -> None:
        try:
            if await self._own([job]):
                await super().retry_job(job, delay, traceback_record)
        except AWAY as exc:
            # Raised, it would have the job kept as failed. Left alone, it will be
            # found without a heartbeat, and begun again.
            log.info("job_left", job=job.id, error=type(exc).__name__)

    async def begin(self, job: models.Job) -> int:
        """Count a beginning of the job; how many there were. 0 when the job is
        somebody else's by now.

        pgqueuer counts what failed. A job that takes its worker with it never fails:
        it only begins, again and again. With the beginning its key is free: what is
        asked for from now on may be what this run does not see any more.
        """
        rows = await self.driver.fetch(
            """
            UPDATE pgqueuer
               SET headers = jsonb_build_object(
                       'begun', coalesce((headers->>'begun')::integer, 0) + 1),
                   dedupe_key = NULL
             WHERE id = $1 AND queue_manager_id = $2 AND status = 'picked'
            RETURNING (headers->>'begun')::integer AS begun
            """,
            job.id,
            job.queue_manager_id,
        )
        return int(str(rows[0]["begun"])) if rows else 0

    async def forget_begin(self, job: models.Job) -> None:
        """The job is put back for no fault of its own: that beginning was none."""
        await self.driver.execute(
            """
            UPDATE pgqueuer
               SET headers = jsonb_build_object(
                       'begun', (headers->>'begun')::integer - 1)
             WHERE id = $1 AND queue_manager_id = $2
            """,
            job.id,
            job.queue_manager_id,
        )

    async def forget_old(self) -> None:
        await self.driver.execute(
            """
            DELETE FROM pgqueuer_log
             WHERE aggregated AND created < now() - make_interval(days => $1)
            """,
            _KEPT_DAYS,
        )
        await self.driver.execute(
            """
            DELETE FROM pgqueuer_statistics
             WHERE created < now() - make_interval(days => $1)
            """,
            _KEPT_DAYS,
        )

    async def _own(self, jobs: list[models.Job]) -> set[int]:
        rows = await self.driver.fetch(
            """
            SELECT pgqueuer.id
              FROM pgqueuer
              JOIN unnest($1::bigint[], $2::uuid[]) AS held (id, worker)
                ON pgqueuer.id = held.id AND queue_manager_id = held.worker
            """,
            [job.id for job in jobs],
            [job.queue_manager_id for job in jobs],
        )
        return {int(str(row["id"])) for row in rows}
