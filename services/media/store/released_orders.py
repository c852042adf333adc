"""Orders at a fulfiller that is removed, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.media.store.order_events import tell


async def release(
    conn: "asyncpg.Connection[asyncpg.Record]", fulfiller_id: UUID, now: datetime
) -> None:
    """Have nobody get what a fulfiller was to get, so that another one is chosen: what
    it had begins anew there, and who sends something to it now writes nothing more.

    Call it in the transaction that removes it. Nothing comes to it meanwhile.
    """
    await conn.execute("SELECT FROM fulfillers WHERE id = $1 FOR UPDATE", fulfiller_id)
    rows = await conn.fetch(
        """
        WITH before AS (
            SELECT request_id, state
              FROM orders
             WHERE fulfiller_id = $1
             ORDER BY request_id
               FOR UPDATE
        ), gone AS (
            DELETE FROM order_downloads
             USING before
             WHERE order_downloads.request_id = before.request_id
        ), released AS (
            UPDATE orders
               SET fulfiller_id = NULL, remote_id = NULL, slug = '', claim_id = NULL,
                   claimed_until = NULL
              FROM before
             WHERE orders.request_id = before.request_id
               AND before.state <> 'PLACED'
        )
        UPDATE orders
           SET state = 'WAITING', fulfiller_id = NULL, remote_id = NULL, slug = '',
               attempts = 0, refusals = 0, next_at = $2, tried_at = NULL,
               claim_id = NULL, claimed_until = NULL, changed_at = $2
          FROM before
         WHERE orders.request_id = before.request_id AND before.state = 'PLACED'
        RETURNING orders.request_id
        """,
        fulfiller_id,
        now,
    )
    await tell(conn, [row["request_id"] for row in rows], now)
