"""API keys, in Postgres."""

from datetime import datetime
from uuid import UUID

from kit import idempotency, outbox
from kit.caller import Once
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import KeyMissing, SessionUnknown, TooManyKeys
from services.auth.domain.keys import CutKey, Key
from services.auth.domain.permissions import listed
from services.auth.store import events
from services.auth.store.audit import record


class PostgresKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, cut: CutKey, once: Once, most: int, by: Actor) -> CutKey:
        key = cut.key
        async with self._database.transaction() as conn:
            claimed = await idempotency.claim(conn, str(key.user_id), once, str(key.id))
            if claimed != str(key.id):
                earlier = await conn.fetchrow(
                    """
                    SELECT id, user_id, name, prefix, scope, created_at, expires_at,
                           last_used_at
                      FROM api_keys
                     WHERE id = $1
                    """,
                    UUID(claimed),
                )
                if earlier is None:
                    raise KeyMissing
                return CutKey(Key(**earlier), secret="")
            # The lock makes those who count take turns.
            user = await conn.fetchval(
                """
                SELECT id
                  FROM users
                 WHERE id = $1 AND NOT suspended
                   FOR NO KEY UPDATE
                """,
                key.user_id,
            )
            if user is None:
                raise SessionUnknown
            count = await conn.fetchval(
                "SELECT count(id) FROM api_keys WHERE user_id = $1", key.user_id
            )
            if count >= most:
                raise TooManyKeys(f"You have {most} keys. Delete one first.")
            await conn.execute(
                """
                INSERT INTO api_keys (id, user_id, name, prefix, secret_sha256, scope,
                                      created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                key.id,
                key.user_id,
                key.name,
                key.prefix,
                cut.digest,
                key.scope,
                key.created_at,
                key.expires_at,
            )
            await outbox.write(conn, events.key_created(key))
            ends_at = key.expires_at.isoformat() if key.expires_at else None
            await record(
                conn,
                Entry(
                    Action.KEY_CREATED,
                    key.created_at,
                    by,
                    f"key:{key.id}",
                    after={
                        "userId": str(key.user_id),
                        "permissions": [each.name for each in listed(key.scope)],
                        "expiresAt": ends_at,
                    },
                ),
            )
            return cut

    async def page(self, user_id: UUID, after: UUID | None, limit: int) -> list[Key]:
        rows = await self._database.fetch(
            """
            SELECT id, user_id, name, prefix, scope, created_at, expires_at,
                   last_used_at
              FROM api_keys
             WHERE user_id = $1
               AND id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $3
            """,
            user_id,
            after,
            limit,
        )
        return [Key(**row) for row in rows]

    async def remove(
        self, key_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        async with self._database.transaction() as conn:
            removed = await conn.fetchval(
                "DELETE FROM api_keys WHERE id = $1 AND user_id = $2 RETURNING id",
                key_id,
                user_id,
            )
            if removed is None:
                raise KeyMissing
            await outbox.write(conn, events.key_removed(key_id, user_id, now))
            await record(
                conn,
                Entry(
                    Action.KEY_REMOVED,
                    now,
                    by,
                    f"key:{key_id}",
                    before={"userId": str(user_id)},
                ),
            )
