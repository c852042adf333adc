"""Those who are known: auth told of them, or they have written something, and have the
name that they had when they last did. In Postgres."""

from enum import Enum

import asyncpg

from kit.caller import Caller
from services.media.domain.people import UserMissing


class Known(Enum):
    """What is known of somebody."""

    NOT = "not"
    HERE = "here"
    SUSPENDED = "suspended"
    GONE = "gone"


async def known_as(conn: "asyncpg.Connection[asyncpg.Record]", user_id: str) -> Known:
    if "\0" in user_id:
        return Known.NOT
    told = await conn.fetchval(
        """
        SELECT CASE WHEN known.gone THEN 'gone'
                    WHEN people.suspended THEN 'suspended'
                    WHEN people.user_id IS NULL AND known.user_id IS NULL THEN 'not'
                    ELSE 'here' END
          FROM (SELECT $1::text AS user_id) AS asked
          LEFT JOIN people ON people.user_id = asked.user_id
          LEFT JOIN requesters AS known ON known.user_id = asked.user_id
        """,
        user_id,
    )
    return Known(told)


async def ensure_known(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: str
) -> None:
    """Raises UserMissing."""
    if await known_as(conn, user_id) in {Known.NOT, Known.GONE}:
        raise UserMissing


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
