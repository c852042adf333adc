"""Sessions as they begin and end, in the transaction of whatever makes them do so."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.sessions import MOST_SESSIONS, Session
from services.auth.store import events
from services.auth.store.audit import record

_NONE = UUID(int=0)


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
    ended = await _tell_ended(conn, rows, newest.user.id, newest.created_at)
    await record_ended(conn, ended, newest.created_at, newest.actor)


async def end_sessions(
    conn: "asyncpg.Connection[asyncpg.Record]",
    user_id: UUID,
    now: datetime,
    but: UUID = _NONE,
) -> set[UUID]:
    """End a user's sessions, all `but` one; the ids of those that have ended. What
    they end for is in the audit log, and not each of them."""
    rows = await conn.fetch(
        "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id",
        user_id,
        but,
    )
    return await _tell_ended(conn, rows, user_id, now)


async def record_ended(
    conn: "asyncpg.Connection[asyncpg.Record]",
    ended: set[UUID],
    now: datetime,
    by: Actor,
) -> None:
    """That nothing but the sessions themselves was to end."""
    targets = [f"session:{each}" for each in sorted(ended)]
    entries = [Entry(Action.SESSION_ENDED, now, by, target) for target in targets]
    await record(conn, *entries)


async def _tell_ended(
    conn: "asyncpg.Connection[asyncpg.Record]",
    rows: list[asyncpg.Record],
    user_id: UUID,
    now: datetime,
) -> set[UUID]:
    ended = {row["id"] for row in rows}
    told = [events.session_ended(str(each), user_id, now) for each in sorted(ended)]
    await outbox.write(conn, *told)
    return ended
