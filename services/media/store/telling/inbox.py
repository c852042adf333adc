"""What people find behind their bell, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from kit.outbox import Event
from kit.postgres import Database
from services.media.domain.telling.errors import NotificationMissing
from services.media.domain.telling.inbox import Notification
from services.media.domain.telling.news import News
from services.media.domain.telling.planning import LONGEST_DETAIL

_BEGINNING = 2**63 - 1
_KEPT_DAYS = 90
_MOST_EACH = 1_000
_FORGET_AT_ONCE = 5_000


class PostgresInbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, user_id: str, size: int, after: int | None
    ) -> Sequence[Notification]:
        rows = await self._database.fetch(
            """
            SELECT notifications.id, place, news, title_id, notifications.request_id,
                   notifications.report_id, subject,
                   coalesce(left(comments.text, $4), detail) AS detail,
                   coalesce(name, '') AS who, notifications.created_at, read_at
              FROM notifications
              LEFT JOIN requesters ON requesters.user_id = by_whom
              LEFT JOIN comments ON comments.id = comment_id
             WHERE notifications.user_id = $1 AND place < $2
             ORDER BY place DESC
             LIMIT $3
            """,
            user_id,
            _BEGINNING if after is None else after,
            size,
            LONGEST_DETAIL,
        )
        return [_notification(row) for row in rows]

    async def newest_unread(
        self, user_id: str, size: int, after: int | None
    ) -> Sequence[Notification]:
        rows = await self._database.fetch(
            """
            SELECT notifications.id, place, news, title_id, notifications.request_id,
                   notifications.report_id, subject,
                   coalesce(left(comments.text, $4), detail) AS detail,
                   coalesce(name, '') AS who, notifications.created_at, read_at
              FROM notifications
              LEFT JOIN requesters ON requesters.user_id = by_whom
              LEFT JOIN comments ON comments.id = comment_id
             WHERE notifications.user_id = $1 AND read_at IS NULL
               AND place < $2
             ORDER BY place DESC
             LIMIT $3
            """,
            user_id,
            _BEGINNING if after is None else after,
            size,
            LONGEST_DETAIL,
        )
        return [_notification(row) for row in rows]

    async def unread(self, user_id: str) -> int:
        async with self._database.connection() as conn:
            return await _unread(conn, user_id)

    async def read(self, user_id: str, ids: Sequence[UUID], at: datetime) -> int:
        async with self._database.transaction() as conn:
            rows = await conn.fetch(
                """
                UPDATE notifications
                   SET read_at = $3
                 WHERE user_id = $1 AND id = ANY ($2::uuid[]) AND read_at IS NULL
                RETURNING id
                """,
                user_id,
                ids,
                at,
            )
            return await _tell_read(conn, user_id, len(rows), at)

    async def read_until(self, user_id: str, until: datetime, at: datetime) -> int:
        async with self._database.transaction() as conn:
            rows = await conn.fetch(
                """
                UPDATE notifications
                   SET read_at = $3
                 WHERE user_id = $1 AND created_at <= $2 AND read_at IS NULL
                RETURNING id
                """,
                user_id,
                until,
                at,
            )
            return await _tell_read(conn, user_id, len(rows), at)

    async def remove(self, user_id: str, notification_id: UUID, at: datetime) -> None:
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                """
                DELETE FROM notifications
                 WHERE user_id = $1 AND id = $2
                RETURNING read_at
                """,
                user_id,
                notification_id,
            )
            if row is None:
                raise NotificationMissing
            await _tell_read(conn, user_id, int(row["read_at"] is None), at)


async def forget_old(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Forget some of what is older than 90 days; how much that was."""
    return int(
        await conn.fetchval(
            """
              WITH old AS (
                   SELECT id
                     FROM notifications
                    WHERE created_at < now() - make_interval(days => $1)
                    ORDER BY created_at
                    LIMIT $2
                      FOR UPDATE SKIP LOCKED),
                   gone AS (
                   DELETE FROM notifications
                    USING old
                    WHERE notifications.id = old.id
                   RETURNING notifications.id)
            SELECT count(id) FROM gone
            """,
            _KEPT_DAYS,
            _FORGET_AT_ONCE,
        )
    )


async def forget_many(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Forget some of what is behind somebody's newest thousand; how much that was."""
    return int(
        await conn.fetchval(
            """
              WITH many AS (
                   SELECT user_id
                     FROM notifications
                    GROUP BY user_id
                   HAVING count(id) > $1),
                   numbered AS (
                   SELECT id,
                          row_number() OVER (
                              PARTITION BY user_id
                              ORDER BY place DESC) AS number
                     FROM notifications
                     JOIN many USING (user_id)),
                   gone AS (
                   DELETE FROM notifications
                    WHERE id IN (
                          SELECT id FROM numbered WHERE number > $1 LIMIT $2)
                   RETURNING id)
            SELECT count(id) FROM gone
            """,
            _MOST_EACH,
            _FORGET_AT_ONCE,
        )
    )


async def _unread(conn: "asyncpg.Connection[asyncpg.Record]", user_id: str) -> int:
    return int(
        await conn.fetchval(
            """
            SELECT count(id)
              FROM notifications
             WHERE user_id = $1 AND read_at IS NULL
            """,
            user_id,
        )
    )


async def _tell_read(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: str, count: int, at: datetime
) -> int:
    """How many are unread now; told to all that they look at it with, if any of them
    was until now."""
    left = await _unread(conn, user_id)
    if count:
        event = Event(
            type="notification.read",
            key=user_id,
            at=at,
            rooms=(f"user:{user_id}",),
            tags=(),
            data={"unread": left},
        )
        await outbox.write(conn, event)
    return left


def _notification(row: asyncpg.Record) -> Notification:
    return Notification(
        row["id"],
        row["place"],
        News(row["news"]),
        row["title_id"],
        row["request_id"],
        row["report_id"],
        row["subject"],
        row["detail"],
        row["who"],
        row["created_at"],
        row["read_at"],
    )
