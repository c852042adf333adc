"""What goes with somebody who is gone."""

import asyncpg


async def forget_person(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: str
) -> None:
    """All that they were told or would be, and how they wished it."""
    await conn.execute("DELETE FROM people WHERE user_id = $1", user_id)
    await conn.execute("DELETE FROM notifications WHERE user_id = $1", user_id)
    await conn.execute(
        "DELETE FROM notification_preferences WHERE user_id = $1", user_id
    )
