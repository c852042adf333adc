"""Passwords, and leave to choose them anew, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import (
    PasswordChanged,
    ResetMissing,
    SessionUnknown,
    UserMissing,
)
from services.auth.domain.resets import Reset
from services.auth.domain.roles import may_give
from services.auth.domain.sessions import SignedIn
from services.auth.domain.sign_in import Account
from services.auth.domain.users import User
from services.auth.store.audit import record
from services.auth.store.rows import user_of
from services.auth.store.session_rows import end_sessions, insert_session


class PostgresPasswords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def account_of(self, user_id: UUID) -> Account:
        row = await self._database.fetchrow(
            """
            SELECT accounts.id, accounts.name, email, role, granted, suspended,
                   accounts.created_at, invited_by, version, kind, display_name, locale,
                   max_rating_age, library_ids, movie_limit, movie_days,
                   series_limit, series_days, allowed_movie_limit,
                   allowed_movie_days, allowed_series_limit, allowed_series_days,
                   passwords.hash, passwords.set_at
              FROM accounts
              LEFT JOIN passwords ON passwords.user_id = accounts.id
             WHERE id = $1
            """,
            user_id,
        )
        if row is None:
            raise SessionUnknown
        return Account(user_of(row), row["hash"], row["set_at"])

    async def change(
        self, old: str, new: str, session_id: UUID, signed_in: SignedIn, by: Actor
    ) -> None:
        user_id, now = signed_in.session.user.id, signed_in.session.created_at
        async with self._database.transaction() as conn:
            # The row is locked first, as by whoever opens a session: none is opened
            # with the old password behind the DELETE that ends them all.
            if not await _hold(conn, user_id):
                raise SessionUnknown
            # Also when the clock has not moved, the time is another: by it a sign-in
            # tells one password from the next.
            changed = await conn.fetchval(
                """
                UPDATE passwords
                   SET hash = $3, set_at = greatest($4, set_at + interval '1 us')
                 WHERE user_id = $1 AND hash = $2
                RETURNING user_id
                """,
                user_id,
                old,
                new,
                now,
            )
            if changed is None:
                raise PasswordChanged(
                    "This password was changed just now. Is that you? Try again."
                )
            if session_id not in await end_sessions(conn, user_id, now):
                raise SessionUnknown
            await conn.execute(
                "DELETE FROM password_resets WHERE user_id = $1", user_id
            )
            if not await insert_session(conn, signed_in.session, signed_in.digest):
                raise SessionUnknown
            await record(
                conn, Entry(Action.PASSWORD_CHANGED, now, by, f"user:{user_id}")
            )


class PostgresResets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, reset: Reset, by: Actor) -> None:
        async with self._database.transaction() as conn:
            try:
                await conn.execute(
                    """
                    INSERT INTO password_resets (user_id, token_sha256, created_at,
                                                 expires_at, created_by)
                    VALUES ($1, $2, $3, $4, $5)
                        ON CONFLICT (user_id) DO UPDATE
                       SET token_sha256 = $2, created_at = $3, expires_at = $4,
                           created_by = $5
                    """,
                    reset.user_id,
                    reset.digest,
                    reset.created_at,
                    reset.expires_at,
                    reset.created_by,
                )
            except asyncpg.ForeignKeyViolationError as exc:
                raise UserMissing from exc
            await record(
                conn,
                Entry(
                    Action.PASSWORD_RESET_ISSUED,
                    reset.created_at,
                    by,
                    f"user:{reset.user_id}",
                ),
            )

    async def find(self, digest: bytes, now: datetime) -> User:
        row = await self._database.fetchrow(
            """
            SELECT accounts.id, accounts.name, email, role, granted, suspended,
                   accounts.created_at, invited_by, version, kind, display_name, locale,
                   max_rating_age, library_ids, movie_limit, movie_days,
                   series_limit, series_days, allowed_movie_limit,
                   allowed_movie_days, allowed_series_limit, allowed_series_days
              FROM password_resets
              JOIN accounts ON accounts.id = user_id
             WHERE token_sha256 = $1 AND expires_at > $2
            """,
            digest,
            now,
        )
        if row is None:
            raise ResetMissing
        return user_of(row)

    async def redeem(
        self,
        digest: bytes,
        user: User,
        password_hash: str,
        now: datetime,
        by: Actor,
    ) -> None:
        async with self._database.transaction() as conn:
            if await _hold(conn, user.id) != user.role:
                raise ResetMissing
            await _ensure_given(conn, digest, user.id, user.role)
            # Of two at once, one finds no row here.
            used = await conn.fetchrow(
                """
                DELETE FROM password_resets
                 WHERE token_sha256 = $1 AND user_id = $2 AND expires_at > $3
                RETURNING coalesce(created_by::text, 'operator') AS issued_by
                """,
                digest,
                user.id,
                now,
            )
            if used is None:
                raise ResetMissing
            await conn.execute(
                """
                INSERT INTO passwords AS kept (user_id, hash, set_at)
                VALUES ($1, $2, $3)
                    ON CONFLICT (user_id) DO UPDATE
                   SET hash = $2,
                       set_at = greatest($3, kept.set_at + interval '1 us')
                """,
                user.id,
                password_hash,
                now,
            )
            await end_sessions(conn, user.id, now)
            await record(
                conn,
                Entry(
                    Action.PASSWORD_RESET,
                    now,
                    by,
                    f"user:{user.id}",
                    after={"issuedBy": used["issued_by"]},
                ),
            )


async def _ensure_given(
    conn: "asyncpg.Connection[asyncpg.Record]", digest: bytes, user_id: UUID, role: str
) -> None:
    """Raises ResetMissing unless who made the reset may, by now, give this role."""
    row = await conn.fetchrow(
        """
        SELECT issuer.granted AS giver, roles.permissions AS granted,
               created_by IS NULL AND $3 = 'owner' AS by_operator
          FROM password_resets
          LEFT JOIN accounts AS issuer
            ON issuer.id = created_by AND NOT issuer.suspended
          JOIN roles ON roles.name = $3
         WHERE token_sha256 = $1 AND user_id = $2
        """,
        digest,
        user_id,
        role,
    )
    if row is None:
        raise ResetMissing
    if not row["by_operator"] and not may_give(row["granted"], row["giver"] or 0):
        raise ResetMissing


async def _hold(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID
) -> str | None:
    """Keep others from the user's row until the end; their role, if they are there."""
    role: str | None = await conn.fetchval(
        "SELECT role FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id
    )
    return role
