"""What people mean to watch, in Postgres."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import outbox
from kit.caller import Caller
from kit.postgres import Database
from services.media.domain.calendar.links import OwnerGone
from services.media.domain.titles import TitleMissing
from services.media.domain.watchlists import MOST_TITLES, Entry, WatchlistFull
from services.media.store.people import ensure_known, note_name

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_BEGINNING = Entry(UUID(int=2**128 - 1), datetime.max.replace(tzinfo=UTC))


class PostgresWatchlists:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, title_id: UUID, at: datetime, by: Caller) -> Entry:
        async with self._database.transaction() as conn:
            await note_name(conn, by)
            return await put_on_watchlist(conn, by.user_id, title_id, at)

    async def remove(self, title_id: UUID, at: datetime, by: Caller) -> None:
        async with self._database.transaction() as conn:
            gone = await conn.fetchval(
                """
                DELETE FROM watchlist
                 WHERE user_id = $1 AND title_id = $2
                RETURNING title_id
                """,
                by.user_id,
                title_id,
            )
            if gone is not None:
                await outbox.write(conn, _event("removed", by.user_id, title_id, at))

    async def page(
        self, user_id: str, size: int, after: Entry | None, *, is_anothers: bool = False
    ) -> Sequence[Entry]:
        last = after or _BEGINNING
        if is_anothers:
            async with self._database.connection() as conn:
                await ensure_known(conn, user_id)
        rows = await self._database.fetch(
            """
            SELECT title_id, added_at
              FROM watchlist
             WHERE user_id = $1 AND (added_at, title_id) < ($2, $3)
             ORDER BY added_at DESC, title_id DESC
             LIMIT $4
            """,
            user_id,
            last.added_at,
            last.title_id,
            size,
        )
        return [Entry(row["title_id"], row["added_at"]) for row in rows]


async def put_on_watchlist(
    conn: Connection, user_id: str, title_id: UUID, at: datetime
) -> Entry:
    """In the transaction that makes it so, of somebody whose name is noted. Raises what
    `Watchlists.add` raises."""
    # Those who add to one list take turns, so that they count right.
    is_gone = await conn.fetchval(
        "SELECT gone FROM requesters WHERE user_id = $1 FOR NO KEY UPDATE", user_id
    )
    if is_gone:
        raise OwnerGone("Your account was removed.")
    before = await conn.fetchval(
        "SELECT added_at FROM watchlist WHERE user_id = $1 AND title_id = $2",
        user_id,
        title_id,
    )
    if before is not None:
        return Entry(title_id, before)
    found = await conn.fetchval("SELECT true FROM titles WHERE id = $1", title_id)
    if found is None:
        raise TitleMissing("There is no such title.")
    added = await conn.fetchval(
        """
        INSERT INTO watchlist (user_id, title_id, added_at)
        SELECT $1, $2, $3
         WHERE (SELECT count(title_id) FROM watchlist WHERE user_id = $1) < $4
        RETURNING added_at
        """,
        user_id,
        title_id,
        at,
        MOST_TITLES,
    )
    if added is None:
        raise WatchlistFull
    await outbox.write(conn, _event("added", user_id, title_id, at))
    return Entry(title_id, at)


def _event(what: str, user_id: str, title_id: UUID, at: datetime) -> outbox.Event:
    return outbox.Event(
        type=f"watchlist.{what}",
        key=f"watchlist:{user_id}",
        at=at,
        rooms=(f"user:{user_id}",),
        tags=("watchlists",),
        data={"userId": user_id, "titleId": str(title_id)},
    )
