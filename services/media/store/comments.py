"""Comments on requests and on reports, in Postgres."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Caller, Once
from kit.postgres import Database
from services.media.domain.commenting import (
    Comment,
    CommentMissing,
    CommentPlace,
    Remark,
    Thread,
    Topic,
)
from services.media.domain.requests.errors import NotYours
from services.media.store.people import note_name

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Whose it is, and what of it is told.
_SUBJECT = {
    Topic.REPORT: """
        SELECT ARRAY[subject.reported_by] AS owners, subject.title_id, titles.name
          FROM reports AS subject
          JOIN titles ON titles.id = subject.title_id
         WHERE subject.id = $1
    """,
    Topic.REQUEST: """
        SELECT subject.requested_by
               || ARRAY(SELECT user_id
                          FROM request_followers
                         WHERE request_id = subject.id) AS owners,
               subject.title_id, coalesce(titles.name, subject.words) AS name
          FROM requests AS subject
          LEFT JOIN titles ON titles.id = subject.title_id
         WHERE subject.id = $1
    """,
}
# Those who write take turns, so that events of one subject are told in order.
_IN_TURN = " FOR NO KEY UPDATE OF subject"
_COLUMNS = {Topic.REPORT: "report_id", Topic.REQUEST: "request_id"}
_ROOMS = {Topic.REPORT: "reports", Topic.REQUEST: "requests"}
# A report's card counts its comments; a request's does not.
_TAGS = {Topic.REPORT: ("reports",), Topic.REQUEST: ()}
_COMMENT = """
    SELECT comments.id, author, requesters.name AS author_name, text, created_at,
           edited_at
      FROM comments
      JOIN requesters ON requesters.user_id = comments.author
     WHERE [thread] = $1
"""
_PAGE = (
    _COMMENT
    + """
       AND (created_at, comments.id) > ($2, $3)
     ORDER BY created_at, comments.id
     LIMIT $4
    """
)
_ONE = _COMMENT + " AND comments.id = $2"
# Whose it is, is told of it while it is theirs.
_AUTHORS = """
    SELECT DISTINCT author
      FROM comments
     WHERE [thread] = $1 AND NOT is_owners
     LIMIT 50
"""
_BEGINNING = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


class PostgresComments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, thread: Thread, size: int, after: CommentPlace | None, by: Caller
    ) -> Sequence[Comment]:
        async with self._database.connection() as conn:
            await _subject(conn, thread, by, _SUBJECT[thread.topic])
            rows = await conn.fetch(
                _of(thread, _PAGE), thread.of, *(after or _BEGINNING), size
            )
        return [_comment_of(row) for row in rows]

    async def say(self, remark: Remark, once: Once) -> Comment:
        thread = remark.thread
        async with self._database.transaction() as conn:
            subject = await _held(conn, thread, remark.by)
            said = str(remark.comment_id)
            before = await idempotency.claim(conn, remark.by.user_id, once, said)
            if before != said:
                return await _find(conn, thread, UUID(before))
            await note_name(conn, remark.by)
            await conn.execute(
                """
                INSERT INTO comments (id, report_id, request_id, author, text,
                                      created_at, is_owners)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                remark.comment_id,
                thread.of if thread.topic is Topic.REPORT else None,
                thread.of if thread.topic is Topic.REQUEST else None,
                remark.by.user_id,
                remark.text,
                remark.at,
                remark.by.user_id in subject["owners"],
            )
            await self._tell(conn, "commented", remark, subject)
            return await _find(conn, thread, remark.comment_id)

    async def edit(self, remark: Remark) -> Comment:
        async with self._database.transaction() as conn:
            subject = await _held(conn, remark.thread, remark.by)
            await self._ensure_own(conn, remark, also_keepers=False)
            await conn.execute(
                """
                UPDATE comments
                   SET text = $2, edited_at = $3
                 WHERE id = $1
                """,
                remark.comment_id,
                remark.text,
                remark.at,
            )
            await self._tell(conn, "comment_edited", remark, subject)
            return await _find(conn, remark.thread, remark.comment_id)

    async def erase(self, remark: Remark) -> None:
        async with self._database.transaction() as conn:
            subject = await _held(conn, remark.thread, remark.by)
            await self._ensure_own(conn, remark, also_keepers=True)
            # Told while its author still is one of the commenters.
            await self._tell(conn, "comment_deleted", remark, subject)
            await conn.execute("DELETE FROM comments WHERE id = $1", remark.comment_id)

    async def _ensure_own(
        self, conn: Connection, remark: Remark, *, also_keepers: bool
    ) -> None:
        comment = await _find(conn, remark.thread, remark.comment_id)
        is_own = comment.author == remark.by.user_id
        if not is_own and not (also_keepers and remark.thread.is_kept_by(remark.by)):
            raise NotYours("Only who wrote a comment can change it.")

    async def _tell(
        self, conn: Connection, what: str, remark: Remark, subject: asyncpg.Record
    ) -> None:
        thread = remark.thread
        topic = thread.topic.value
        rows = await conn.fetch(_of(thread, _AUTHORS), thread.of)
        concerned = sorted({*subject["owners"], *(row["author"] for row in rows)})
        event = outbox.Event(
            type=f"{topic}.{what}",
            key=str(thread.of),
            at=remark.at,
            rooms=(_ROOMS[thread.topic], *(f"user:{each}" for each in concerned)),
            tags=_TAGS[thread.topic],
            data={
                f"{topic}Id": str(thread.of),
                "commentId": str(remark.comment_id),
                "titleId": str(subject["title_id"] or ""),
                "titleName": subject["name"],
                "by": remark.by.user_id,
            },
        )
        await outbox.write(conn, event)


async def _held(conn: Connection, thread: Thread, by: Caller) -> asyncpg.Record:
    """What is commented on, held until the transaction ends."""
    return await _subject(conn, thread, by, _SUBJECT[thread.topic] + _IN_TURN)


async def _subject(
    conn: Connection, thread: Thread, by: Caller, statement: str
) -> asyncpg.Record:
    row = await conn.fetchrow(statement, thread.of)
    if row is None:
        raise thread.missing()
    thread.ensure_shown(by, row["owners"])
    return row


def _of(thread: Thread, statement: str) -> str:
    return statement.replace("[thread]", _COLUMNS[thread.topic])


async def _find(conn: Connection, thread: Thread, comment_id: UUID) -> Comment:
    row = await conn.fetchrow(_of(thread, _ONE), thread.of, comment_id)
    if row is None:
        raise CommentMissing
    return _comment_of(row)


def _comment_of(row: asyncpg.Record) -> Comment:
    return Comment(
        row["id"],
        row["author"],
        row["author_name"],
        row["text"],
        row["created_at"],
        row["edited_at"],
    )
