"""What is waited for of a title, in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from services.media.domain.requests.episodes import packed, unpacked
from services.media.domain.requests.wanted import Wanted
from services.media.store.arrivals import SHELF_LOCK

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# Beside a hash of the title's id: who asks for a title has it for themselves.
_TITLE_LOCK = 7_276_106


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open request, held until the transaction ends."""

    id: UUID
    requested_by: str
    wanted: Wanted


async def hold_title(conn: Connection, title_id: UUID) -> None:
    """The title for oneself, and the shelf as it is, until the transaction ends: the
    next statement sees what happened while this one waited. For the order of locks see
    `hold_requester`."""
    await conn.execute(
        """
        SELECT pg_advisory_xact_lock($1, hashtext($2)),
               pg_advisory_xact_lock_shared($3)
        """,
        _TITLE_LOCK,
        str(title_id),
        SHELF_LOCK,
    )


async def is_there(
    conn: Connection, title_id: UUID, wanted: Wanted, asked_at: datetime
) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT is_on_shelf($1, $2, $3, $4, $5, $6)",
            title_id,
            wanted.seasons,
            packed(wanted.episodes),
            wanted.is_4k,
            wanted.future_only,
            asked_at,
        )
    )


async def there_or_waiting(
    conn: Connection, title_id: UUID, wanted: Wanted, asked_at: datetime
) -> tuple[bool, Sequence[Waiting]]:
    """Both in one question: who asks has others wait for the title meanwhile."""
    rows = await conn.fetch(
        """
        WITH held AS MATERIALIZED (
            SELECT id, requested_by, is_4k, seasons, episodes, future_only, created_at
              FROM requests
             WHERE title_id = $1 AND state IN ('PENDING', 'APPROVED')
             ORDER BY id
               FOR NO KEY UPDATE
        )
        SELECT is_on_shelf($1, $2, $3, $4, $5, $6) AS is_there, id, requested_by,
               is_4k, seasons, episodes, future_only
          FROM (VALUES (1)) AS title (number)
          LEFT JOIN held ON true
         ORDER BY created_at, id
        """,
        title_id,
        wanted.seasons,
        packed(wanted.episodes),
        wanted.is_4k,
        wanted.future_only,
        asked_at,
    )
    waiting = [
        Waiting(row["id"], row["requested_by"], wanted_in(row))
        for row in rows
        if row["id"] is not None
    ]
    return rows[0]["is_there"], waiting


async def others_waiting(
    conn: Connection, title_id: UUID, request_id: UUID
) -> Sequence[Waiting]:
    """Who else waits for the title, which the caller holds. Who came first at first.
    The request itself is held with them, open or closed: in its turn."""
    rows = await conn.fetch(
        """
        WITH held AS MATERIALIZED (
            SELECT id, requested_by, is_4k, seasons, episodes, future_only, created_at
              FROM requests
             WHERE title_id = $1 AND (state IN ('PENDING', 'APPROVED') OR id = $2)
             ORDER BY id
               FOR NO KEY UPDATE
        )
        SELECT id, requested_by, is_4k, seasons, episodes, future_only
          FROM held
         WHERE id <> $2
         ORDER BY created_at, id
        """,
        title_id,
        request_id,
    )
    return [Waiting(row["id"], row["requested_by"], wanted_in(row)) for row in rows]


def wanted_in(row: asyncpg.Record) -> Wanted:
    return Wanted(
        row["is_4k"],
        tuple(row["seasons"]),
        unpacked(row["episodes"]),
        row["future_only"],
    )
