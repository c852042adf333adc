"""Users, in Postgres."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from kit.errors import VersionChanged
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry, Values, differing
from services.auth.domain.errors import EmailTaken, NameTaken, UserChanged, UserMissing
from services.auth.domain.sessions import Session
from services.auth.domain.users import User
from services.auth.store import events
from services.auth.store.audit import record

_TAKEN = {"users_name_key": NameTaken, "users_email_key": EmailTaken}


class PostgresUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, user_id: UUID) -> User:
        row = await self._database.fetchrow(
            """
            SELECT id, name, email, role, suspended, created_at, invited_by,
                   version
              FROM users
             WHERE id = $1
            """,
            user_id,
        )
        if row is None:
            raise UserMissing
        return User(**row)

    async def page(self, after: UUID | None, limit: int) -> list[User]:
        rows = await self._database.fetch(
            """
            SELECT id, name, email, role, suspended, created_at, invited_by,
                   version
              FROM users
             WHERE id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $2
            """,
            after,
            limit,
        )
        return [User(**row) for row in rows]

    async def change(
        self, before: User, after: User, if_version: int, now: datetime, by: Actor
    ) -> User:
        async with self._database.transaction() as conn:
            # What was decided was decided on `before`: nothing happens to a user who
            # is no longer so.
            try:
                version = await conn.fetchval(
                    """
                    UPDATE users
                       SET email = $2, role = $3, suspended = $4,
                           version = version + 1
                     WHERE id = $1
                       AND role = $5
                       AND suspended = $6
                       AND email IS NOT DISTINCT FROM $7
                       AND $8 IN (0, version)
                    RETURNING version
                    """,
                    after.id,
                    after.email,
                    after.role,
                    after.suspended,
                    before.role,
                    before.suspended,
                    before.email,
                    if_version,
                )
            except asyncpg.UniqueViolationError as exc:
                raise EmailTaken from exc
            if version is None:
                raise _changed_meanwhile(if_version)
            await outbox.write(conn, events.user_changed(after, now))
            differences = differing(_values(before), _values(after))
            await record(
                conn,
                Entry(Action.USER_CHANGED, now, by, f"user:{after.id}", *differences),
            )
            if after.suspended:
                await end_sessions(conn, after.id, now)
            return replace(after, version=version)

    async def remove(
        self, user: User, if_version: int, now: datetime, by: Actor
    ) -> None:
        async with self._database.transaction() as conn:
            # The row is locked first, as by whoever opens a session: none is opened
            # behind the DELETE that ends them all.
            still = await conn.fetchval(
                """
                SELECT id
                  FROM users
                 WHERE id = $1 AND role = $2 AND $3 IN (0, version)
                   FOR UPDATE
                """,
                user.id,
                user.role,
                if_version,
            )
            if still is None:
                raise _changed_meanwhile(if_version)
            await end_sessions(conn, user.id, now)
            await conn.execute("DELETE FROM users WHERE id = $1", user.id)
            await outbox.write(conn, events.user_removed(user, now))
            before: Values = {"role": user.role, "suspended": user.suspended}
            await record(
                conn, Entry(Action.USER_REMOVED, now, by, f"user:{user.id}", before)
            )


async def insert_user(
    conn: "asyncpg.Connection[asyncpg.Record]", user: User, password_hash: str | None
) -> None:
    """One without a password has another way in. Raises NameTaken and EmailTaken, and
    lets the violation of any other constraint through."""
    try:
        await conn.execute(
            """
            INSERT INTO users (id, name, email, role, suspended, created_at, invited_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            user.id,
            user.name,
            user.email,
            user.role,
            user.suspended,
            user.created_at,
            user.invited_by,
        )
    except asyncpg.UniqueViolationError as exc:
        if taken := _TAKEN.get(exc.constraint_name or ""):
            raise taken from exc
        raise
    if password_hash is not None:
        await conn.execute(
            "INSERT INTO passwords (user_id, hash, set_at) VALUES ($1, $2, $3)",
            user.id,
            password_hash,
            user.created_at,
        )
    await outbox.write(conn, events.user_created(user))


async def insert_session(
    conn: "asyncpg.Connection[asyncpg.Record]", session: Session, digest: bytes
) -> bool:
    """Whether the user is there and not suspended, and so has the session now."""
    # FOR SHARE waits for whoever is suspending or removing the user.
    opened = await conn.fetchval(
        """
        INSERT INTO sessions (id, user_id, token_sha256, created_at, last_seen_at,
                              expires_at, user_agent, address)
        SELECT $1, id, $3, $4, $4, $5, $6, $7
          FROM users
         WHERE id = $2 AND NOT suspended
           FOR SHARE
        RETURNING user_id
        """,
        UUID(session.id),
        session.user.id,
        digest,
        session.created_at,
        session.expires_at,
        session.device.user_agent,
        session.device.address,
    )
    if opened is None:
        return False
    started = events.session_started(session.id, session.user.id, session.created_at)
    await outbox.write(conn, started)
    await record(
        conn,
        Entry(
            Action.SESSION_STARTED,
            session.created_at,
            session.actor,
            f"session:{session.id}",
            after={"userAgent": session.device.user_agent},
        ),
    )
    return True


def _values(user: User) -> Values:
    return {"email": user.email, "role": user.role, "suspended": user.suspended}


async def end_sessions(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID, now: datetime
) -> set[UUID]:
    """The ids of those that there were."""
    rows = await conn.fetch(
        "DELETE FROM sessions WHERE user_id = $1 RETURNING id", user_id
    )
    ended = [events.session_ended(str(row["id"]), user_id, now) for row in rows]
    await outbox.write(conn, *ended)
    return {row["id"] for row in rows}


def _changed_meanwhile(if_version: int) -> Exception:
    if if_version:
        return VersionChanged()
    return UserChanged("Somebody else changed this user meanwhile. Look again.")
