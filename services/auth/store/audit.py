"""The audit log, in Postgres: entries are added, and never changed."""

import json

import asyncpg

from kit.ids import uuid7
from kit.postgres import Database
from services.auth.domain.audit import Entry
from services.auth.domain.history import Filter, Place, Written


async def record(conn: "asyncpg.Connection[asyncpg.Record]", *entries: Entry) -> None:
    """Write entries down in the transaction that does what they say: there is none
    of what did not happen, and nothing happens without one."""
    await conn.executemany(
        """
        INSERT INTO audit (id, at, action, actor_id, session_id, address, target,
                           before, after)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        [
            (
                uuid7(each.at),
                each.at,
                each.action,
                each.by.user_id,
                each.by.session_id,
                each.by.address,
                each.target,
                json.dumps(dict(each.before)),
                json.dumps(dict(each.after)),
            )
            for each in entries
        ],
    )


# Named, so that a test can ask Postgres how it would answer it.
PAGE = """
    SELECT audit.id, at, action, actor_id, users.name AS actor_name,
           session_id, address, target, before, after
      FROM audit
      LEFT JOIN users ON users.id = actor_id
     WHERE ($1::uuid IS NULL OR actor_id = $1)
       AND ($2 = '' OR action = $2)
       AND ($3 = '' OR target = $3)
       AND at >= coalesce($4, '-infinity'::timestamptz)
       AND at < coalesce($5, 'infinity'::timestamptz)
       AND at <= coalesce($6, 'infinity'::timestamptz)
       AND ($6::timestamptz IS NULL OR (at, audit.id) < ($6, $7::uuid))
     ORDER BY at DESC, audit.id DESC
     LIMIT $8
"""


class PostgresLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, wanted: Filter, after: Place | None, limit: int
    ) -> list[Written]:
        at, entry_id = after or (None, None)
        async with self._database.transaction() as conn:
            # A plan for any filter would be a plan for none.
            await conn.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            rows = await conn.fetch(
                PAGE,
                wanted.actor_id,
                wanted.action,
                wanted.target,
                wanted.since,
                wanted.until,
                at,
                entry_id,
                limit,
            )
        return [written_of(row) for row in rows]

    async def tend(self, keep_days: int) -> int:
        """Make months ahead, and drop those that are older; how many those were."""
        return int(await self._database.fetchval("SELECT audit_tend($1)", keep_days))


def written_of(row: asyncpg.Record) -> Written:
    fields = {**row}
    before, after = json.loads(fields.pop("before")), json.loads(fields.pop("after"))
    return Written(before=before, after=after, **fields)
