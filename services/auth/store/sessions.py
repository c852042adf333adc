"""Sessions, and who holds which token, in Postgres."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from kit import outbox
from kit.caller import KEY_SESSION
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import (
    AccountSuspended,
    CredentialsWrong,
    SessionUnknown,
)
from services.auth.domain.exchange import Holder
from services.auth.domain.second_factors import Proof, Requirement
from services.auth.domain.sessions import Device, Session, SignedIn
from services.auth.domain.sign_in import Account
from services.auth.store import events
from services.auth.store.audit import record
from services.auth.store.held_tokens import let_go
from services.auth.store.rows import quota, user_of
from services.auth.store.second_factors import ensure_proven
from services.auth.store.session_rows import (
    end_sessions,
    insert_session,
    record_ended,
)

_BATCH = 1000


class PostgresSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_account(self, login: str) -> Account | None:
        # A name has no @ and an address has one, so at most one row answers.
        row = await self._database.fetchrow(
            """
            SELECT id, name, email, role, granted, suspended, created_at,
                   invited_by, version, kind, display_name, locale,
                   max_rating_age, library_ids, movie_limit, movie_days,
                   series_limit, series_days, allowed_movie_limit,
                   allowed_movie_days, allowed_series_limit, allowed_series_days,
                   passwords.hash, passwords.set_at
              FROM accounts
              LEFT JOIN passwords ON passwords.user_id = accounts.id
             WHERE name = $1 OR email = $1
            """,
            login,
        )
        if row is None:
            return None
        return Account(user_of(row), row["hash"], row["set_at"])

    async def start(
        self, signed_in: SignedIn, password_set_at: datetime, proof: Proof | None
    ) -> None:
        user_id = signed_in.session.user.id
        async with self._database.transaction() as conn:
            if not await insert_session(conn, signed_in.session, signed_in.digest):
                raise AccountSuspended("This account was just suspended or removed.")
            # The user's row is held now: whoever was changing the password, or having
            # a second factor, has done so, and whoever will do so ends this session.
            set_at = await conn.fetchval(
                "SELECT set_at FROM passwords WHERE user_id = $1", user_id
            )
            if set_at != password_set_at:
                raise CredentialsWrong("The password was changed just now.")
            await ensure_proven(conn, user_id, proof)

    async def rehash(self, user_id: UUID, old: str, new: str) -> None:
        await self._database.execute(
            "UPDATE passwords SET hash = $3 WHERE user_id = $1 AND hash = $2",
            user_id,
            old,
            new,
        )

    async def of_session(self, digest: bytes) -> Holder | None:
        row = await self._database.fetchrow(
            """
            SELECT sessions.id, user_id, name, role, granted, suspended, 0 AS scope,
                   last_seen_at, expires_at, max_rating_age,
                   allowed_movie_limit, allowed_movie_days, allowed_series_limit,
                   allowed_series_days, required_of,
                   EXISTS (
                       SELECT 1 FROM passwords WHERE passwords.user_id = accounts.id)
                   AND NOT EXISTS (
                       SELECT 1
                         FROM second_factors
                        WHERE second_factors.user_id = accounts.id
                          AND confirmed_at IS NOT NULL) AS has_password_only
              FROM sessions
              JOIN accounts ON accounts.id = user_id
             CROSS JOIN second_factor_rule
             WHERE token_sha256 = $1
            """,
            digest,
        )
        return _holder(row) if row else None

    async def of_key(self, digest: bytes) -> Holder | None:
        row = await self._database.fetchrow(
            """
            SELECT api_keys.id, user_id, accounts.name, role, granted, suspended,
                   scope, expires_at,
                   coalesce(last_used_at, api_keys.created_at - interval '1 day')
                   AS last_seen_at,
                   max_rating_age,
                   allowed_movie_limit, allowed_movie_days, allowed_series_limit,
                   allowed_series_days,
                   'nobody' AS required_of, false AS has_password_only
              FROM api_keys
              JOIN accounts ON accounts.id = user_id
             WHERE secret_sha256 = $1
            """,
            digest,
        )
        return _holder(row) if row else None

    async def find(self, session_id: UUID) -> Session:
        row = await self._database.fetchrow(
            """
            SELECT sessions.id AS session_id, sessions.created_at AS began_at,
                   last_seen_at, expires_at, user_agent, address,
                   accounts.id, name, email, role, granted, suspended,
                   accounts.created_at, invited_by, version, kind, display_name, locale,
                   max_rating_age, library_ids, movie_limit, movie_days,
                   series_limit, series_days, allowed_movie_limit,
                   allowed_movie_days, allowed_series_limit, allowed_series_days
              FROM sessions
              JOIN accounts ON accounts.id = user_id
             WHERE sessions.id = $1
            """,
            session_id,
        )
        if row is None:
            raise SessionUnknown
        return _session(row)

    async def find_key(self, key_id: UUID) -> Session:
        row = await self._database.fetchrow(
            """
            SELECT $2::text || api_keys.id::text AS session_id,
                   api_keys.created_at AS began_at,
                   api_keys.created_at AS last_seen_at, expires_at,
                   api_keys.name AS user_agent, '' AS address,
                   accounts.id, accounts.name, email, role, granted, suspended,
                   accounts.created_at, invited_by, version, kind, display_name, locale,
                   max_rating_age, library_ids, movie_limit, movie_days,
                   series_limit, series_days, allowed_movie_limit,
                   allowed_movie_days, allowed_series_limit, allowed_series_days
              FROM api_keys
              JOIN accounts ON accounts.id = user_id
             WHERE api_keys.id = $1
            """,
            key_id,
            KEY_SESSION,
        )
        if row is None:
            raise SessionUnknown
        return _session(row)

    async def list_live(
        self,
        user_id: UUID,
        now: datetime,
        idle: timedelta,
        after: UUID | None,
        limit: int,
    ) -> list[Session]:
        rows = await self._database.fetch(
            """
            SELECT sessions.id AS session_id, sessions.created_at AS began_at,
                   last_seen_at, expires_at, user_agent, address,
                   accounts.id, name, email, role, granted, suspended,
                   accounts.created_at, invited_by, version, kind, display_name, locale,
                   max_rating_age, library_ids, movie_limit, movie_days,
                   series_limit, series_days, allowed_movie_limit,
                   allowed_movie_days, allowed_series_limit, allowed_series_days
              FROM sessions
              JOIN accounts ON accounts.id = user_id
             WHERE user_id = $1
               AND sessions.id
                   < coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
               AND expires_at > $2
               AND last_seen_at > $3
             ORDER BY sessions.id DESC
             LIMIT $5
            """,
            user_id,
            now,
            now - idle,
            after,
            limit,
        )
        return [_session(row) for row in rows]

    async def end(
        self, session_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> bool:
        async with self._database.transaction() as conn:
            return await _end(conn, session_id, user_id, now, by)

    async def end_and_revoke(
        self, session_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        async with self._database.transaction() as conn:
            await _end(conn, session_id, user_id, now, by)
            await let_go(conn, user_id, now, by)

    async def end_others(
        self, kept: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        async with self._database.transaction() as conn:
            ended = await end_sessions(conn, user_id, now, but=kept)
            await record_ended(conn, ended, now, by)

    async def see(self, seen: Mapping[UUID, datetime]) -> None:
        """Write down when sessions and keys were last used. One whose row somebody
        holds is left for its next use."""
        await self._database.execute(
            """
              WITH free AS (
                   SELECT id
                     FROM api_keys
                    WHERE id = ANY($1::uuid[])
                      FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE api_keys
               SET last_used_at = greatest(last_used_at, seen.at)
              FROM unnest($1::uuid[], $2::timestamptz[]) AS seen (id, at)
              JOIN free ON free.id = seen.id
             WHERE api_keys.id = seen.id
            """,
            list(seen),
            list(seen.values()),
        )
        await self._database.execute(
            """
              WITH free AS (
                   SELECT id
                     FROM sessions
                    WHERE id = ANY($1::uuid[])
                      FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE sessions
               SET last_seen_at = greatest(last_seen_at, seen.at)
              FROM unnest($1::uuid[], $2::timestamptz[]) AS seen (id, at)
              JOIN free ON free.id = seen.id
             WHERE sessions.id = seen.id
            """,
            list(seen),
            list(seen.values()),
        )

    async def forget_over(self, now: datetime, idle: timedelta) -> int:
        """Delete some sessions that are over; how many those were."""
        return int(
            await self._database.fetchval(
                """
                  WITH over AS (
                       SELECT id
                         FROM sessions
                        WHERE expires_at <= $1 OR last_seen_at <= $2
                        LIMIT $3
                          FOR UPDATE SKIP LOCKED),
                       gone AS (
                       DELETE FROM sessions
                        USING over
                        WHERE sessions.id = over.id
                       RETURNING sessions.id)
                SELECT count(id) FROM gone
                """,
                now,
                now - idle,
                _BATCH,
            )
        )


def _holder(row: asyncpg.Record) -> Holder:
    return Holder(
        id=row["id"],
        user_id=row["user_id"],
        name=row["name"],
        role=row["role"],
        granted=row["granted"],
        suspended=row["suspended"],
        scope=row["scope"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
        required_of=Requirement(row["required_of"]),
        has_password_only=row["has_password_only"],
        max_rating_age=row["max_rating_age"],
        movie_quota=quota(row["allowed_movie_limit"], row["allowed_movie_days"]),
        series_quota=quota(row["allowed_series_limit"], row["allowed_series_days"]),
    )


def _session(row: asyncpg.Record) -> Session:
    return Session(
        id=str(row["session_id"]),
        user=user_of(row),
        created_at=row["began_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
        device=Device(row["user_agent"], row["address"]),
    )


async def _end(
    conn: "asyncpg.Connection[asyncpg.Record]",
    session_id: UUID,
    user_id: UUID,
    now: datetime,
    by: Actor,
) -> bool:
    ended = await conn.fetchval(
        "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id",
        session_id,
        user_id,
    )
    if ended is None:
        return False
    await outbox.write(conn, events.session_ended(str(session_id), user_id, now))
    await record(conn, Entry(Action.SESSION_ENDED, now, by, f"session:{session_id}"))
    return True
