"""A second worker: `python -m tests.kit.job_process DATABASE_URL`.

A job of the kind "slow" takes the time that it says; one of the kind "deadly" kills
its worker.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import asyncpg

from kit.jobs import Jobs
from kit.queueing.job import Job


async def main(url: str) -> None:
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)

    async def slow(job: Job) -> None:
        await pool.execute(
            "INSERT INTO began (job, worker) VALUES ($1, $2)", job.id, os.getpid()
        )
        await asyncio.sleep(job.payload["seconds"])
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute(
                "INSERT INTO done (job, worker) VALUES ($1, $2)", job.id, os.getpid()
            )
            await job.finish(conn)

    async def deadly(job: Job) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    jobs = Jobs(url, lost_after=timedelta(seconds=1))
    jobs.register("slow", slow, concurrency=100)
    jobs.register("deadly", deadly, concurrency=100, attempts=2)
    await jobs.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
