"""Those who have written something, with the name that they had when they last did,
in Postgres."""

import asyncpg

from kit.caller import Caller


async def note_name(conn: "asyncpg.Connection[asyncpg.Record]", person: Caller) -> None:
    """Call it before what refers to them. One who is gone stays without a name."""
    await conn.execute(
        """
        INSERT INTO requesters AS known (user_id, name)
        VALUES ($1, $2)
            ON CONFLICT (user_id) DO UPDATE SET name = excluded.name
         WHERE known.name <> excluded.name AND NOT known.gone
        """,
        person.user_id,
        person.name,
    )
