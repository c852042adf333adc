"""Who waits for a request that somebody else made, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from services.media.domain.requests.media_request import MediaRequest

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def followers_of(conn: Connection, request: MediaRequest) -> list[str]:
    """Their user ids, who came first at first."""
    if not request.followers:
        return []
    rows = await conn.fetch(
        """
        SELECT user_id
          FROM request_followers
         WHERE request_id = $1
         ORDER BY since, user_id
        """,
        request.id,
    )
    return [row["user_id"] for row in rows]


async def follow(
    conn: Connection, request_ids: Sequence[UUID], user_id: str, now: datetime
) -> list[UUID]:
    """Have somebody follow requests that the caller holds; those that they did not
    follow yet."""
    rows = await conn.fetch(
        """
        WITH joined AS (
            INSERT INTO request_followers (request_id, user_id, since, asked_at)
            SELECT id, $2, $3, created_at
              FROM requests
             WHERE id = ANY ($1::uuid[])
                ON CONFLICT DO NOTHING
            RETURNING request_id
        )
        UPDATE requests
           SET followers = followers + 1
          FROM joined
         WHERE requests.id = joined.request_id
        RETURNING requests.id
        """,
        request_ids,
        user_id,
        now,
    )
    return [row["id"] for row in rows]


async def leave(conn: Connection, request_id: UUID, user_id: str) -> bool:
    """Have somebody follow a request no more, which the caller holds; whether they
    did."""
    left = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM request_followers
             WHERE request_id = $1 AND user_id = $2
            RETURNING request_id
        )
        UPDATE requests
           SET followers = followers - 1
          FROM gone
         WHERE requests.id = gone.request_id
        RETURNING requests.id
        """,
        request_id,
        user_id,
    )
    return left is not None


async def hand_over(conn: Connection, request_id: UUID, by: str, now: datetime) -> None:
    """Give a request that has followers, and that the caller holds, to the first of
    them, who has spent nothing on it."""
    await conn.execute(
        """
        WITH heir AS (
            DELETE FROM request_followers
             WHERE request_id = $1
               AND user_id = (SELECT user_id
                                FROM request_followers
                               WHERE request_id = $1
                               ORDER BY since, user_id
                               LIMIT 1)
            RETURNING request_id, user_id
        ), remembered AS (
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            SELECT requests.id, requests.state, requests.state, $2, 'handed over', $3
              FROM requests
              JOIN heir ON heir.request_id = requests.id
        )
        UPDATE requests
           SET requested_by = heir.user_id, asked_by = '', followers = followers - 1,
               movies_counted = 0, seasons_counted = 0, size_bytes = 0,
               updated_at = greatest($3, created_at), version = version + 1
          FROM heir
         WHERE requests.id = heir.request_id
        """,
        request_id,
        by,
        now,
    )
