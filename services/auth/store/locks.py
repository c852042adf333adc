"""Locks, as they stand among the tries."""

from datetime import datetime
from uuid import UUID

from kit import outbox
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import UserMissing
from services.auth.domain.locks import Lock
from services.auth.store import events
from services.auth.store.audit import record


class PostgresLocks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, now: datetime, after: bytes, limit: int) -> list[Lock]:
        rows = await self._database.fetch(
            """
            SELECT key, scope, user_id, address, failures, refused, locked_until
              FROM sign_in_tries
             WHERE locked_until > $1 AND key > $2
             ORDER BY key
             LIMIT $3
            """,
            now,
            after,
            limit,
        )
        return [Lock(**row) for row in rows]

    async def unlock(self, user_id: UUID, now: datetime, by: Actor) -> None:
        async with self._database.transaction() as conn:
            name = await conn.fetchval("SELECT name FROM users WHERE id = $1", user_id)
            if name is None:
                raise UserMissing
            # By key, as those do who count: nobody waits for us while we wait for them.
            failures = await conn.fetchval(
                """
                  WITH theirs AS (
                       SELECT key, failures
                         FROM sign_in_tries
                        WHERE user_id = $1 AND failures > 0
                        ORDER BY key
                          FOR UPDATE),
                       forgotten AS (
                       UPDATE sign_in_tries
                          SET failures = 0, refused = 0, locked_until = NULL
                         FROM theirs
                        WHERE sign_in_tries.key = theirs.key)
                SELECT coalesce(sum(failures), 0)::integer FROM theirs
                """,
                user_id,
            )
            entry = Entry(
                Action.USER_UNLOCKED,
                now,
                by,
                f"user:{user_id}",
                before={"failures": failures},
            )
            await record(conn, entry)
            await outbox.write(conn, events.user_unlocked(user_id, now))
