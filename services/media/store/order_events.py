"""What is told of how far an order has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from kit.outbox import Event
from services.media.domain.fetching.progress import percent_of

# Not the tag of requests: lists of them say nothing of this, and need not be made anew
# with each percent.
_TAG = "orders"
_ROOM = "requests"


async def tell(
    conn: "asyncpg.Connection[asyncpg.Record]",
    request_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Tell how far orders have come, to who decides, who asked and who waits with
    them. Of one that is told again soon, only the newest matters."""
    if not request_ids:
        return
    rows = await conn.fetch(
        """
        SELECT orders.request_id, orders.state, requests.title_id,
               requests.requested_by, titles.name,
               ARRAY(SELECT user_id
                       FROM request_followers
                      WHERE request_followers.request_id = orders.request_id
                      ORDER BY since, user_id) AS followers,
               coming.downloads, coming.size_bytes, coming.left_bytes,
               coming.speed_bps, coming.ends_at, coming.is_stalled, coming.has_problems
          FROM orders
          JOIN requests ON requests.id = orders.request_id
          JOIN titles ON titles.id = requests.title_id
         CROSS JOIN LATERAL (
                SELECT count(download_id) AS downloads,
                       coalesce(sum(size_bytes), 0)::bigint AS size_bytes,
                       coalesce(sum(left_bytes), 0)::bigint AS left_bytes,
                       coalesce(sum(speed_bps), 0)::bigint AS speed_bps,
                       max(ends_at) AS ends_at,
                       coalesce(bool_and(is_stalled), false) AS is_stalled,
                       coalesce(bool_or(cardinality(problems) > 0), false)
                           AS has_problems
                  FROM order_downloads
                 WHERE order_downloads.request_id = orders.request_id) AS coming
         WHERE orders.request_id = ANY ($1::uuid[])
         ORDER BY orders.request_id
        """,
        list(request_ids),
    )
    await outbox.write(conn, *(_event(row, now) for row in rows))


def _event(row: asyncpg.Record, now: datetime) -> Event:
    ends_at: datetime | None = row["ends_at"]
    told = (row["requested_by"], *row["followers"])
    return Event(
        type="request.progress",
        key=str(row["request_id"]),
        at=now,
        rooms=(_ROOM, *(f"user:{each}" for each in told)),
        tags=(_TAG,),
        data={
            "requestId": str(row["request_id"]),
            "titleId": str(row["title_id"]),
            "titleName": row["name"],
            "order": row["state"],
            "downloads": row["downloads"],
            "percent": percent_of(row["size_bytes"], row["left_bytes"]),
            "speedBps": row["speed_bps"],
            "endsAt": ends_at.isoformat() if ends_at else "",
            "stalled": row["is_stalled"],
            "problems": row["has_problems"],
        },
    )
