"""Work that must be done, later and by any process: written down in the transaction
that makes it necessary.

    enqueue ─► queued ─► picked ─► done: gone
                 ▲         │ fails: again after 1 s, 2 s, 4 s…
                 │         │ its worker dies or leaves: again
                 └─────────┤
                           └ fails or kills its worker too often: kept as failed
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.types import JobId

from kit.errors import Missing
from kit.postgres import AWAY
from kit.queueing.job import Handler, Kind
from kit.queueing.rows import OwnRows
from kit.queueing.shift import Shift

log = structlog.get_logger()

_RECONNECT_S = 0.25
_NO_TIME = timedelta(0)


class JobMissing(Missing):
    reason = "job_missing"


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that is not tried again, until somebody says so."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    failed_at: datetime


class Jobs:
    """A service's queue, with what this process can do of it.

    Any number of processes share the work. Each job is done at least once: a handler
    must bear to be given again what it did, or end the job with `Job.finish`.
    """

    def __init__(
        self, dsn: str, *, lost_after: timedelta = timedelta(seconds=5)
    ) -> None:
        """A worker that is not heard of for `lost_after` loses its jobs to others."""
        self._dsn = dsn
        self._lost_after = lost_after
        self._kinds: dict[str, Kind] = {}

    def register(
        self,
        kind: str,
        handler: Handler,
        *,
        concurrency: int,
        attempts: int = 5,
        within: timedelta = timedelta(hours=1),
    ) -> None:
        """Do jobs of this kind: at most `concurrency` at once in all processes
        together, each begun at most `attempts` times, and canceled after `within`."""
        if kind in self._kinds:
            raise ValueError(f"{kind} has a handler")
        self._kinds[kind] = Kind(kind, handler, concurrency, attempts, within)

    async def enqueue(
        self,
        conn: "asyncpg.Connection[asyncpg.Record]",
        kind: str,
        payload: Mapping[str, Any],
        *,
        dedupe_key: str | None = None,
        priority: int = 0,
        after: timedelta = _NO_TIME,
    ) -> bool:
        """Write a job down in the transaction of `conn`: it exists if that commits.
        Higher priorities go first. False, and nothing is written, when a job with the
        same key of its kind waits already; one that has begun does not count, and may
        still run when the new one does."""
        ids = await OwnRows(AsyncpgDriver(conn)).enqueue(
            kind,
            orjson.dumps(payload),
            priority=priority,
            execute_after=after,
            dedupe_key=f"{kind}:{dedupe_key}" if dedupe_key is not None else None,
            on_conflict="skip",
        )
        return ids[0] is not None

    async def run(self) -> None:
        """Work until canceled. A database that is away delays jobs and loses none."""
        while True:
            try:
                await self._work()
            except (*AWAY, FailingListenerError) as exc:
                log.info("jobs_delayed", error=type(exc).__name__)
            await asyncio.sleep(_RECONNECT_S)

    async def _work(self) -> None:
        conn = await asyncpg.connect(
            self._dsn,
            timeout=2,
            command_timeout=5,
            server_settings={"application_name": "medianest-jobs", "jit": "off"},
        )
        try:
            await Shift(conn, self._kinds, self._lost_after).run()
        finally:
            conn.terminate()

    async def failed(
        self, conn: "asyncpg.Connection[asyncpg.Record]", limit: int = 100
    ) -> list[FailedJob]:
        """Jobs that are kept as failed, the newest first."""
        rows = await OwnRows(AsyncpgDriver(conn)).list_failed_jobs(limit)
        return [
            FailedJob(
                row.id, row.entrypoint, orjson.loads(row.payload or b"{}"), row.updated
            )
            for row in rows
        ]

    async def try_again(
        self, conn: "asyncpg.Connection[asyncpg.Record]", job_id: int
    ) -> None:
        """Put a failed job back, with all its attempts. Raises JobMissing."""
        found = await conn.fetchval(
            """
            UPDATE pgqueuer
               SET headers = '{}'
             WHERE id = $1 AND status = 'failed'
            RETURNING id
            """,
            job_id,
        )
        if found is None:
            raise JobMissing("There is no such failed job.")
        await OwnRows(AsyncpgDriver(conn)).requeue_jobs([JobId(job_id)])
