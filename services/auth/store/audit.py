"""The audit log, in Postgres: entries are added, and never changed."""

import json

import asyncpg

from kit.ids import uuid7
from services.auth.domain.audit import Entry


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
