"""What goes with somebody who is gone."""

import asyncpg

from kit.delivery.ledger import forget_target


async def forget_person(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: str
) -> None:
    """All that they were told or would be, how they wished it, and what waits for
    them."""
    await conn.execute("DELETE FROM people WHERE user_id = $1", user_id)
    await conn.execute("DELETE FROM notifications WHERE user_id = $1", user_id)
    await conn.execute(
        "DELETE FROM notification_preferences WHERE user_id = $1", user_id
    )
    await conn.execute("DELETE FROM held_groups WHERE user_id = $1", user_id)
    await conn.execute("DELETE FROM own_mail_tries WHERE owner = $1", user_id)
    targets = await conn.fetch(
        "DELETE FROM own_targets WHERE owner = $1 RETURNING id", user_id
    )
    for row in targets:
        await forget_target(conn, row["id"])
