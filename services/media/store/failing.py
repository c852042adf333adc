"""Requests that could not be got, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from services.media.domain.requests.states import MOVES, Step
from services.media.store.request_events import request_event


async def fail(
    conn: "asyncpg.Connection[asyncpg.Record]",
    request_id: UUID,
    words: str,
    now: datetime,
) -> bool:
    """Fail an approved request, for what somebody said of it. False: it is no longer
    approved, and nothing is done."""
    move = MOVES[Step.FAIL]
    row = await conn.fetchrow(
        """
        WITH before AS (
            SELECT id, state
              FROM requests
             WHERE id = $1 AND state = ANY ($2::text[])
               FOR UPDATE
        ), remembered AS (
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            SELECT id, state, $3, '', $4, $5
              FROM before
        ), failed AS (
            UPDATE requests
               SET state = $3, failure = $4,
                   updated_at = greatest($5, requests.created_at)
              FROM before
             WHERE requests.id = before.id
            RETURNING requests.id, requests.title_id, requests.requested_by,
                      requests.is_4k, requests.seasons
        )
        SELECT failed.id, failed.title_id, failed.requested_by, titles.name,
               failed.is_4k, failed.seasons,
               ARRAY(SELECT user_id
                       FROM request_followers
                      WHERE request_followers.request_id = failed.id
                      ORDER BY since, user_id) AS followers
          FROM failed
          JOIN titles ON titles.id = failed.title_id
        """,
        request_id,
        [state.value for state in move.of],
        move.to.value,
        words,
        now,
    )
    if row is None:
        return False
    event = request_event(
        "failed",
        request_id=row["id"],
        title_id=row["title_id"],
        title_name=row["name"],
        requested_by=row["requested_by"],
        state=move.to,
        is_4k=row["is_4k"],
        seasons=row["seasons"],
        at=now,
        followers=row["followers"],
        reason=words,
    )
    await outbox.write(conn, event)
    return True
