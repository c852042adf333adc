"""All that is stored of one user, from Postgres."""

from datetime import datetime
from uuid import UUID

from kit.postgres import Database
from services.auth.domain.exports import OwnData
from services.auth.domain.identities import Identity
from services.auth.domain.keys import Key
from services.auth.domain.sessions import Device, Session
from services.auth.store.audit import written_of
from services.auth.store.invites import invite_of
from services.auth.store.users import find_user


class PostgresRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(self, user_id: UUID, at: datetime, most: int) -> OwnData:
        async with (
            self._database.connection() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            user = await find_user(conn, user_id)
            sessions = await conn.fetch(
                """
                SELECT id, created_at, last_seen_at, expires_at, user_agent, address
                  FROM sessions
                 WHERE user_id = $1
                 ORDER BY id DESC
                """,
                user_id,
            )
            keys = await conn.fetch(
                """
                SELECT id, user_id, name, prefix, scope, created_at, expires_at,
                       last_used_at
                  FROM api_keys
                 WHERE user_id = $1
                 ORDER BY id DESC
                """,
                user_id,
            )
            invites = await conn.fetch(
                """
                SELECT id, '' AS code, role, max_uses, uses, invites.created_at,
                       expires_at, created_by, library_ids,
                       permissions AS granted
                  FROM invites
                  JOIN roles ON roles.name = role
                 WHERE created_by = $1
                 ORDER BY id DESC
                 LIMIT $2
                """,
                user_id,
                most,
            )
            identities = await conn.fetch(
                """
                SELECT id, user_id, provider, name, avatar_url, linked_at,
                       token_revoked_at
                  FROM identities
                 WHERE user_id = $1
                 ORDER BY id DESC
                """,
                user_id,
            )
            enabled_at = await conn.fetchval(
                "SELECT confirmed_at FROM second_factors WHERE user_id = $1", user_id
            )
            entries = await conn.fetch(
                """
                SELECT audit.id, at, action, actor_id, users.name AS actor_name,
                       session_id, address, target, before, after
                  FROM audit
                  JOIN users ON users.id = actor_id
                 WHERE actor_id = $1
                 ORDER BY at DESC, audit.id DESC
                 LIMIT $2
                """,
                user_id,
                most,
            )
        return OwnData(
            at,
            user,
            [
                Session(
                    str(row["id"]),
                    user,
                    row["created_at"],
                    row["last_seen_at"],
                    row["expires_at"],
                    Device(row["user_agent"], row["address"]),
                )
                for row in sessions
            ],
            [Key(**row) for row in keys],
            [invite_of(row) for row in invites],
            [Identity(**row) for row in identities],
            enabled_at,
            [written_of(row) for row in entries],
        )
