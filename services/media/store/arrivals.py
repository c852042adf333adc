"""Requests whose titles have come to the shelf, in Postgres."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from services.media.domain.requests.states import MOVES, Step
from services.media.store.request_events import request_event

# Held shared by who asks and exclusively by who puts on the shelf, each until it
# commits. Without it, a title could be asked for and arrive at the same moment, and
# neither would see the other: the request would wait for ever.
SHELF_LOCK = 7_276_103


async def arrive(
    conn: "asyncpg.Connection[asyncpg.Record]",
    title_ids: Iterable[UUID],
    now: datetime,
) -> int:
    """Make the open requests available for which everything is there now; how many
    that were.

    Call it in the transaction that puts the items on the shelf, behind the items and
    as its last statement, once: what it locks is held until the commit.
    """
    titles = list(title_ids)
    if not titles:
        return 0
    await conn.execute("SELECT pg_advisory_xact_lock($1)", SHELF_LOCK)
    move = MOVES[Step.ARRIVE]
    rows = await conn.fetch(
        """
        WITH here AS (
            SELECT requests.id, requests.state
              FROM requests
             WHERE requests.title_id = ANY ($1::uuid[])
               AND requests.state IN ('PENDING', 'APPROVED', 'FAILED')
               AND is_on_shelf(requests.title_id, requests.seasons, requests.episodes,
                               requests.is_4k, requests.future_only,
                               requests.created_at)
             ORDER BY requests.id
               FOR UPDATE
        ), moved AS (
            UPDATE requests
               SET state = $2, failure = '',
                   updated_at = greatest($3, requests.created_at)
              FROM here
             WHERE requests.id = here.id
            RETURNING requests.id, requests.title_id, requests.requested_by,
                      requests.is_4k, requests.seasons
        ), remembered AS (
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            SELECT here.id, here.state, $2, '', '', $3
              FROM here
        )
        SELECT moved.id, moved.title_id, moved.requested_by, titles.name,
               moved.is_4k, moved.seasons,
               ARRAY(SELECT user_id
                       FROM request_followers
                      WHERE request_followers.request_id = moved.id
                      ORDER BY since, user_id) AS followers
          FROM moved
          JOIN titles ON titles.id = moved.title_id
         ORDER BY moved.id
        """,
        titles,
        move.to.value,
        now,
    )
    events = (
        request_event(
            "available",
            request_id=row["id"],
            title_id=row["title_id"],
            title_name=row["name"],
            requested_by=row["requested_by"],
            state=move.to,
            is_4k=row["is_4k"],
            seasons=row["seasons"],
            at=now,
            followers=row["followers"],
        )
        for row in rows
    )
    await outbox.write(conn, *events)
    return len(rows)
