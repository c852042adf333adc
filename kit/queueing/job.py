"""What a handler is given, and how handlers are known."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.domain import models

from kit.errors import Conflict
from kit.queueing.rows import OwnRows


class JobTakenAway(Conflict):
    reason = "job_taken_away"


@dataclass(frozen=True, slots=True)
class Job:
    """What a handler is given. It may be given again what it did before, when a
    worker died or fell asleep, unless it ended the job with `finish`."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempt: int
    row: models.Job

    async def finish(self, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
        """End the job in the transaction that stores what it made: both, or neither.
        Raises JobTakenAway when another worker has it by now."""
        held = await conn.fetchval(
            """
            SELECT id
              FROM pgqueuer
             WHERE id = $1 AND queue_manager_id = $2 AND status = 'picked'
               FOR UPDATE
            """,
            self.id,
            self.row.queue_manager_id,
        )
        if held is None:
            raise JobTakenAway("Another worker has this job by now.")
        await OwnRows(AsyncpgDriver(conn)).log_jobs([(self.row, "successful", None)])


Handler = Callable[[Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    handler: Handler
    concurrency: int
    attempts: int
    within: timedelta
