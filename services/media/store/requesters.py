"""Who asked for something, and how far auth's events were followed, in Postgres."""

from datetime import datetime

import asyncpg

from kit import outbox
from kit.outbox import Event
from kit.postgres import Database
from services.media.store.telling.leaving import forget_person


class PostgresRequesters:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self) -> int:
        return int(await self._database.fetchval("SELECT place FROM auth_events"))

    async def forget(self, user_id: str, place: int, at: datetime) -> None:
        async with self._database.transaction() as conn:
            await _follow_no_more(conn, user_id)
            named = await conn.fetchval(
                """
                  WITH before AS (SELECT name FROM requesters WHERE user_id = $1),
                       forgotten AS (
                       INSERT INTO requesters (user_id, name, gone)
                       VALUES ($1, '', true)
                           ON CONFLICT (user_id) DO UPDATE
                          SET name = '', gone = true)
                SELECT name FROM before WHERE name <> ''
                """,
                user_id,
            )
            await conn.execute("DELETE FROM calendar_links WHERE user_id = $1", user_id)
            await conn.execute("DELETE FROM watchlist WHERE user_id = $1", user_id)
            await conn.execute(
                "DELETE FROM plex_watchlists WHERE user_id = $1", user_id
            )
            await conn.execute(
                "DELETE FROM plex_watchlist_titles WHERE user_id = $1", user_id
            )
            await conn.execute("DELETE FROM faces WHERE user_id = $1", user_id)
            await forget_person(conn, user_id)
            if named is not None:
                await outbox.write(conn, _forgotten(user_id, at))
            await _note(conn, place)

    async def doubt_user(self, user_id: str, at: datetime) -> None:
        await self._database.execute(
            """
            UPDATE plex_watchlists
               SET permissions = NULL,
                   doubted_until = greatest(doubted_until, $2)
             WHERE user_id = $1 AND seen_at < $2
            """,
            user_id,
            at,
        )

    async def doubt_role(self, role: str, at: datetime) -> None:
        await self._database.execute(
            """
            UPDATE plex_watchlists
               SET permissions = NULL,
                   doubted_until = greatest(doubted_until, $2)
             WHERE role = $1 AND seen_at < $2
            """,
            role,
            at,
        )

    async def note(self, place: int) -> None:
        async with self._database.connection() as conn:
            await _note(conn, place)


async def _follow_no_more(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: str
) -> None:
    await conn.execute(
        """
        WITH held AS MATERIALIZED (
            SELECT id
              FROM requests
             WHERE id IN (SELECT request_id
                            FROM request_followers
                           WHERE user_id = $1)
             ORDER BY id
               FOR NO KEY UPDATE
        ), gone AS (
            DELETE FROM request_followers
             USING held
             WHERE request_id = held.id AND user_id = $1
            RETURNING request_id
        )
        UPDATE requests
           SET followers = followers - 1
          FROM gone
         WHERE requests.id = gone.request_id
        """,
        user_id,
    )


async def _note(conn: "asyncpg.Connection[asyncpg.Record]", place: int) -> None:
    # Another replica may have followed further.
    await conn.execute("UPDATE auth_events SET place = $1 WHERE place < $1", place)


def _forgotten(user_id: str, at: datetime) -> Event:
    # Requests, titles and the dashboard show who asked, reports who wrote them.
    return Event(
        type="requester.forgotten",
        key=user_id,
        at=at,
        rooms=("requests",),
        tags=("requests", "titles", "reports"),
        data={"userId": user_id},
    )
