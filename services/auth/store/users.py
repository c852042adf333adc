"""Users, in Postgres."""

import re
from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from kit.errors import VersionChanged
from kit.postgres import Database
from services.auth.domain.errors import EmailTaken, NameTaken, UserChanged, UserMissing
from services.auth.domain.roles import grows
from services.auth.domain.sessions import MOST_SESSIONS, Session
from services.auth.domain.users import User
from services.auth.store import events
from services.auth.store.rows import limits, user_of

# What the index of words can be asked for at all.
_TRIGRAM = re.compile(r"[^\W_]{3}")
_WILD = re.compile(r"[\\%_]")
_TAKEN = {"users_name_key": NameTaken, "users_email_key": EmailTaken}


class PostgresUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, user_id: UUID) -> User:
        async with self._database.connection() as conn:
            return await find_user(conn, user_id)

    async def page(self, after: UUID | None, limit: int) -> list[User]:
        rows = await self._database.fetch(
            """
            SELECT id, name, email, role, granted, suspended, created_at, invited_by,
                   version, kind, display_name, locale, max_rating_age, library_ids,
                   movie_limit, movie_days, series_limit, series_days,
                   allowed_movie_limit, allowed_movie_days,
                   allowed_series_limit, allowed_series_days
              FROM accounts
             WHERE id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $2
            """,
            after,
            limit,
        )
        return [user_of(row) for row in rows]

    async def search(self, query: str, after: UUID | None, limit: int) -> list[User]:
        if not _TRIGRAM.search(query):
            return await self._beginning(query, after, limit)
        rows = await self._database.fetch(
            """
            SELECT id, name, email, role, granted, suspended, created_at, invited_by,
                   version, kind, display_name, locale, max_rating_age, library_ids,
                   movie_limit, movie_days, series_limit, series_days,
                   allowed_movie_limit, allowed_movie_days,
                   allowed_series_limit, allowed_series_days
              FROM accounts
             WHERE searched LIKE '%' || lower($1) || '%'
               AND id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $3
            """,
            _WILD.sub(r"\\\g<0>", query),
            after,
            limit,
        )
        return [user_of(row) for row in rows]

    async def _beginning(
        self, query: str, after: UUID | None, limit: int
    ) -> list[User]:
        # Names are ASCII: `~` and what is behind it is in none.
        rows = await self._database.fetch(
            """
            SELECT id, name, email, role, granted, suspended, created_at, invited_by,
                   version, kind, display_name, locale, max_rating_age, library_ids,
                   movie_limit, movie_days, series_limit, series_days,
                   allowed_movie_limit, allowed_movie_days,
                   allowed_series_limit, allowed_series_days
              FROM accounts
             WHERE lower(name::text) COLLATE "C" >= lower($1)
               AND lower(name::text) COLLATE "C" < lower($1) || '~'
               AND id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $3
            """,
            query,
            after,
            limit,
        )
        return [user_of(row) for row in rows]

    async def invitees(
        self, user_id: UUID, after: UUID | None, limit: int
    ) -> list[User]:
        rows = await self._database.fetch(
            """
            SELECT id, name, email, role, granted, suspended, created_at, invited_by,
                   version, kind, display_name, locale, max_rating_age, library_ids,
                   movie_limit, movie_days, series_limit, series_days,
                   allowed_movie_limit, allowed_movie_days,
                   allowed_series_limit, allowed_series_days
              FROM accounts
             WHERE invited_by = $1
               AND id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $3
            """,
            user_id,
            after,
            limit,
        )
        return [user_of(row) for row in rows]

    async def add(self, user: User) -> None:
        async with self._database.transaction() as conn:
            await insert_user(conn, user, None)

    async def change(
        self, before: User, after: User, if_version: int, now: datetime
    ) -> User:
        async with self._database.transaction() as conn:
            # What was decided was decided on `before` and on what the role grants:
            # nothing happens to a user who is no longer so.
            await _ensure_grants(conn, after)
            try:
                version = await conn.fetchval(
                    """
                    UPDATE users
                       SET email = $3, role = $4, suspended = $5, display_name = $6,
                           locale = $7, max_rating_age = $8, library_ids = $9,
                           movie_limit = $10, movie_days = $11, series_limit = $12,
                           series_days = $13, version = version + 1
                     WHERE id = $1 AND version = $2 AND $14 IN (0, version)
                    RETURNING version
                    """,
                    after.id,
                    before.version,
                    after.email,
                    after.role,
                    after.suspended,
                    after.display_name,
                    after.locale,
                    after.max_rating_age,
                    after.library_ids,
                    *limits(after.movie_quota, after.series_quota),
                    if_version,
                )
            except asyncpg.UniqueViolationError as exc:
                raise EmailTaken from exc
            if version is None:
                raise _changed_meanwhile(if_version)
            changed = await find_user(conn, after.id)
            await outbox.write(conn, events.user_changed(changed, now))
            if after.suspended or grows(before.granted, after.granted):
                await end_sessions(conn, after.id, now)
            return changed

    async def remove(self, user: User, if_version: int, now: datetime) -> None:
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


async def find_user(conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID) -> User:
    """Raises UserMissing."""
    row = await conn.fetchrow(
        """
        SELECT id, name, email, role, granted, suspended, created_at, invited_by,
               version, kind, display_name, locale, max_rating_age, library_ids,
               movie_limit, movie_days, series_limit, series_days,
               allowed_movie_limit, allowed_movie_days,
               allowed_series_limit, allowed_series_days
          FROM accounts
         WHERE id = $1
        """,
        user_id,
    )
    if row is None:
        raise UserMissing
    return user_of(row)


async def insert_user(
    conn: "asyncpg.Connection[asyncpg.Record]", user: User, password_hash: str | None
) -> None:
    """With a password, if they have one. Raises NameTaken and EmailTaken, and lets the
    violation of any other constraint through."""
    try:
        await conn.execute(
            """
            INSERT INTO users (id, name, email, role, suspended, created_at, invited_by,
                               kind, library_ids)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            user.id,
            user.name,
            user.email,
            user.role,
            user.suspended,
            user.created_at,
            user.invited_by,
            user.kind.value,
            user.library_ids,
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
    # The lock waits for whoever is suspending or removing the user, and makes those
    # who sign in at once take turns: the oldest session ends, and one for each.
    opened = await conn.fetchval(
        """
        INSERT INTO sessions (id, user_id, token_sha256, created_at, last_seen_at,
                              expires_at, user_agent, address)
        SELECT $1, id, $3, $4, $4, $5, $6, $7
          FROM users
         WHERE id = $2 AND NOT suspended AND kind = 'person'
           FOR NO KEY UPDATE
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
    await _end_oldest(conn, session)
    return True


async def _end_oldest(
    conn: "asyncpg.Connection[asyncpg.Record]", newest: Session
) -> None:
    rows = await conn.fetch(
        """
          WITH kept AS (
               SELECT id
                 FROM sessions
                WHERE user_id = $1
                ORDER BY id = $2 DESC, id DESC
                LIMIT $3)
        DELETE FROM sessions
         WHERE user_id = $1 AND id NOT IN (SELECT id FROM kept)
        RETURNING id
        """,
        newest.user.id,
        UUID(newest.id),
        MOST_SESSIONS,
    )
    await tell_ended(conn, rows, newest.user.id, newest.created_at)


async def end_sessions(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID, now: datetime
) -> None:
    """All of a user's."""
    rows = await conn.fetch(
        "DELETE FROM sessions WHERE user_id = $1 RETURNING id", user_id
    )
    await tell_ended(conn, rows, user_id, now)


async def tell_ended(
    conn: "asyncpg.Connection[asyncpg.Record]",
    rows: list[asyncpg.Record],
    user_id: UUID,
    now: datetime,
) -> None:
    """That the sessions in these rows are over."""
    ended = [events.session_ended(str(row["id"]), user_id, now) for row in rows]
    await outbox.write(conn, *ended)


async def _ensure_grants(
    conn: "asyncpg.Connection[asyncpg.Record]", user: User
) -> None:
    granted = await conn.fetchval(
        "SELECT permissions FROM roles WHERE name = $1 FOR SHARE", user.role
    )
    if granted != user.granted:
        raise UserChanged("Somebody else changed this role meanwhile. Look again.")


def _changed_meanwhile(if_version: int) -> Exception:
    if if_version:
        return VersionChanged()
    return UserChanged("Somebody else changed this user meanwhile. Look again.")
