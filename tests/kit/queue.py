"""Words for tests of jobs."""

import asyncpg

from kit.jobs import Jobs
from kit.postgres import Database


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


async def none_left(database: Database) -> bool:
    return await in_queue(database) == 0


async def is_failed(database: Database) -> bool:
    return await in_queue(database, "failed") == 1


async def began_by(database: Database) -> list[asyncpg.Record]:
    return await database.fetch("SELECT job, worker FROM began ORDER BY job")


async def done_by(database: Database) -> list[asyncpg.Record]:
    return await database.fetch("SELECT job, worker FROM done ORDER BY job")
