"""What a change of state leaves behind: spans and incidents. Each runs in the
transaction that changes the state."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit.ids import uuid7
from services.status.domain.judging import State

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Moment = tuple[UUID, datetime]
"""A monitor, and when."""


async def end_spans(conn: _Connection, moments: Sequence[Moment]) -> None:
    """End the open span of each monitor."""
    # A clock that was set back must not end a span before it began.
    await conn.execute(
        """
        UPDATE state_spans
           SET ended_at = greatest(began_at, moment.at)
          FROM unnest($1::uuid[], $2::timestamptz[]) AS moment (monitor_id, at)
         WHERE state_spans.monitor_id = moment.monitor_id AND ended_at = 'infinity'
        """,
        *_columns(moments, 2),
    )


async def begin_spans(
    conn: _Connection, spans: Sequence[tuple[UUID, datetime, State, str | None]]
) -> None:
    """Open a span for each (monitor, begin, state, what it counts as)."""
    await conn.execute(
        """
        INSERT INTO state_spans (monitor_id, began_at, state, counts)
        SELECT monitor_id, began_at, state, counts
          FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[])
               AS span (monitor_id, began_at, state, counts)
        """,
        *_columns(spans, 4),
    )


async def note_gaps(
    conn: _Connection, gaps: Sequence[tuple[UUID, datetime, datetime]]
) -> None:
    """Write down (monitor, from, to): nobody looked. Behind `end_spans`."""
    await conn.execute(
        """
        INSERT INTO state_spans (monitor_id, began_at, ended_at, state)
        SELECT monitor_id, began_at, ended_at, 'unknown'
          FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])
               AS gap (monitor_id, began_at, ended_at)
        """,
        *_columns(gaps, 3),
    )


async def open_incidents(
    conn: _Connection, downs: Sequence[tuple[UUID, datetime, str]]
) -> dict[UUID, UUID]:
    """Open an incident for each (monitor, when, detail) that has none open; the ids
    of the new ones by monitor."""
    incidents = [
        (uuid7(at), monitor_id, at, detail) for monitor_id, at, detail in downs
    ]
    rows = await conn.fetch(
        """
        INSERT INTO incidents (id, monitor_id, opened_at, detail)
        SELECT id, monitor_id, opened_at, detail
          FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[])
               AS down (id, monitor_id, opened_at, detail)
            ON CONFLICT (monitor_id) WHERE closed_at IS NULL DO NOTHING
        RETURNING monitor_id, id
        """,
        *_columns(incidents, 4),
    )
    return {row["monitor_id"]: row["id"] for row in rows}


async def close_incidents(
    conn: _Connection, moments: Sequence[Moment]
) -> dict[UUID, UUID]:
    """Close what is open; the ids by monitor."""
    rows = await conn.fetch(
        """
        UPDATE incidents
           SET closed_at = greatest(opened_at, moment.at)
          FROM unnest($1::uuid[], $2::timestamptz[]) AS moment (monitor_id, at)
         WHERE incidents.monitor_id = moment.monitor_id AND closed_at IS NULL
        RETURNING incidents.monitor_id, id
        """,
        *_columns(moments, 2),
    )
    return {row["monitor_id"]: row["id"] for row in rows}


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [[row[n] for row in rows] for n in range(count)]
