"""Passwords, and leave to choose them anew, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.auth.domain.errors import (
    PasswordChanged,
    ResetMissing,
    SessionUnknown,
    UserMissing,
)
from services.auth.domain.resets import Reset
from services.auth.domain.sessions import SignedIn
from services.auth.domain.sign_in import Account
from services.auth.domain.users import User
from services.auth.store.users import end_sessions, insert_session


class PostgresPasswords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def account_of(self, user_id: UUID) -> Account:
        row = await self._database.fetchrow(
            """
            SELECT id, name, email, role, suspended, created_at, invited_by,
                   version, passwords.hash, passwords.set_at
              FROM users
              LEFT JOIN passwords ON passwords.user_id = users.id
             WHERE id = $1
            """,
            user_id,
        )
        if row is None:
            raise SessionUnknown
        found = dict(row)
        password_hash, set_at = found.pop("hash"), found.pop("set_at")
        return Account(User(**found), password_hash, set_at)

    async def change(
        self, old: str, new: str, session_id: UUID, signed_in: SignedIn
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


class PostgresResets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, reset: Reset) -> None:
        try:
            await self._database.execute(
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

    async def find(self, digest: bytes, now: datetime) -> User:
        row = await self._database.fetchrow(
            """
            SELECT id, name, email, role, suspended, users.created_at, invited_by,
                   version
              FROM password_resets
              JOIN users ON users.id = user_id
             WHERE token_sha256 = $1 AND expires_at > $2
            """,
            digest,
            now,
        )
        if row is None:
            raise ResetMissing
        return User(**row)

    async def redeem(
        self,
        digest: bytes,
        user: User,
        password_hash: str,
        issuer_roles: list[str],
        now: datetime,
    ) -> None:
        async with self._database.transaction() as conn:
            if await _hold(conn, user.id) != user.role:
                raise ResetMissing
            # Of two at once, one finds no row here.
            used = await conn.fetchval(
                """
                DELETE FROM password_resets AS reset
                 USING users AS issuer
                 WHERE token_sha256 = $1
                   AND user_id = $2
                   AND expires_at > $3
                   AND issuer.id = created_by
                   AND NOT issuer.suspended
                   AND issuer.role = ANY($4::text[])
                RETURNING user_id
                """,
                digest,
                user.id,
                now,
                issuer_roles,
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


async def _hold(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID
) -> str | None:
    """Keep others from the user's row until the end; their role, if they are there."""
    role: str | None = await conn.fetchval(
        "SELECT role FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id
    )
    return role
