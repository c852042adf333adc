"""Who waits for a request that somebody else made, in Postgres."""

import asyncpg

from services.media.domain.requests.media_request import MediaRequest


async def followers_of(
    conn: "asyncpg.Connection[asyncpg.Record]", request: MediaRequest
) -> list[str]:
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
