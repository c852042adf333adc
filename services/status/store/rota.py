"""Turns and what became of them, in Postgres."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from kit import outbox
from kit.outbox import Event
from kit.postgres import Database
from services.status.domain.judging import LEASE_SLACK, State, Turn, Verdict
from services.status.store import changes, events

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_Lease = tuple[UUID, datetime]
"""A monitor, and until when: of one monitor a batch may hold two, when the lease ran
out before its sight could be written."""


class PostgresRota:
    """Replicas agree by conditional updates. Their clocks may differ by less than
    the slack of a lease; if by more, a check is made twice and counted once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, holder: UUID, limit: int, now: datetime, ahead: timedelta
    ) -> Sequence[Turn]:
        rows = await self._database.fetch(
            """
            WITH due AS MATERIALIZED (
                SELECT id
                  FROM monitors
                 WHERE NOT paused
                   AND next_check_at <= $3
                   AND (leased_until IS NULL OR leased_until < $2)
                 ORDER BY next_check_at
                 LIMIT $4
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE monitors
               SET holder = $1,
                   leased_until = greatest(next_check_at, $2)
                                + timeout_s * interval '1 second' + $5
              FROM due
             WHERE monitors.id = due.id
            RETURNING monitors.id, name, url, interval_s, timeout_s, retries,
                      retry_interval_s, state, failures, known_until,
                      next_check_at, leased_until
            """,
            holder,
            now,
            now + ahead,
            limit,
            LEASE_SLACK,
        )
        return [_turn(row) for row in rows]

    async def give_back(self, holder: UUID) -> None:
        await self._database.execute(
            """
            UPDATE monitors
               SET holder = NULL, leased_until = NULL
             WHERE holder = $1
            """,
            holder,
        )

    async def record(self, holder: UUID, verdicts: Sequence[Verdict]) -> None:
        if not any(each.is_change for each in verdicts):
            async with self._database.connection() as conn:
                await _record(conn, holder, verdicts)
            return
        async with self._database.transaction() as conn:
            kept = await _record(conn, holder, verdicts)
            changed = [
                each
                for each in verdicts
                if each.is_change and _lease(each.turn) in kept
            ]
            if changed:
                await outbox.write(conn, *await _change(conn, changed, kept))


async def _record(
    conn: _Connection, holder: UUID, verdicts: Sequence[Verdict]
) -> dict[_Lease, str]:
    """Write what was seen where the lease still stands: for those, the names."""
    rows = await conn.fetch(
        """
        WITH seen AS (
            SELECT id, lease, checked_at, state, changed, latency_ms, detail,
                   failures, next_check_at, known_until
              FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[],
                          $5::text[], $6::boolean[], $7::float8[], $8::text[],
                          $9::integer[], $10::timestamptz[], $11::timestamptz[])
                   AS seen (id, lease, checked_at, state, changed, latency_ms,
                            detail, failures, next_check_at, known_until)
        ), kept AS (
            UPDATE monitors
               SET state = seen.state,
                   detail = seen.detail,
                   latency_ms = CASE WHEN seen.state = 'up' THEN seen.latency_ms
                                     ELSE monitors.latency_ms END,
                   failures = seen.failures,
                   checked_at = seen.checked_at,
                   changed_at = CASE WHEN seen.changed THEN seen.checked_at
                                     ELSE monitors.changed_at END,
                   known_until = seen.known_until,
                   next_check_at = seen.next_check_at,
                   holder = NULL,
                   leased_until = NULL
              FROM seen
             WHERE monitors.id = seen.id
               AND monitors.holder = $1
               AND monitors.leased_until = seen.lease
            RETURNING monitors.id, number, name, seen.lease, seen.checked_at,
                      seen.latency_ms, seen.state, seen.detail
        ), beats AS (
            INSERT INTO heartbeats (checked_at, monitor, latency_ms, state, detail)
            SELECT checked_at, number, latency_ms, state, detail
              FROM kept
                ON CONFLICT (monitor, checked_at) DO NOTHING
        )
        SELECT id, lease, name FROM kept
        """,
        holder,
        [each.turn.monitor_id for each in verdicts],
        [each.turn.leased_until for each in verdicts],
        [each.sight.began_at for each in verdicts],
        [each.state for each in verdicts],
        [each.is_change for each in verdicts],
        [each.sight.latency_ms for each in verdicts],
        [each.sight.detail for each in verdicts],
        [each.failures for each in verdicts],
        [each.next_check_at for each in verdicts],
        [each.known_until for each in verdicts],
    )
    return {(row["id"], row["lease"]): row["name"] for row in rows}


async def _change(
    conn: _Connection, verdicts: Sequence[Verdict], names: dict[_Lease, str]
) -> list[Event]:
    """Write down the changes; the events that tell of them."""
    told = [
        events.Change(
            each.turn.monitor_id,
            names[_lease(each.turn)],
            each.state,
            each.previous,
            each.sight.detail,
            each.sight.latency_ms,
            each.sight.began_at,
        )
        for each in verdicts
    ]
    gaps = [
        (each.turn.monitor_id, each.gap_from, each.sight.began_at)
        for each in verdicts
        if each.gap_from
    ]
    began = {monitor_id: gap_from for monitor_id, gap_from, _ in gaps}
    await changes.end_spans(
        conn, [(each.monitor_id, began.get(each.monitor_id, each.at)) for each in told]
    )
    if gaps:
        await changes.note_gaps(conn, gaps)
    await changes.begin_spans(
        conn,
        [
            (each.turn.monitor_id, each.sight.began_at, each.state, each.counts)
            for each in verdicts
        ],
    )
    opened = await changes.open_incidents(
        conn,
        [(e.monitor_id, e.at, e.detail) for e in told if e.state is State.DOWN],
    )
    closed = await changes.close_incidents(
        conn, [(each.monitor_id, each.at) for each in told if each.state is State.UP]
    )
    news: list[Event] = []
    for each in told:
        news.append(events.of_change(each))
        if each.monitor_id in opened:
            incident_id = opened[each.monitor_id]
            news.append(events.of_incident("incident.opened", each, incident_id))
        if each.monitor_id in closed:
            incident_id = closed[each.monitor_id]
            news.append(events.of_incident("incident.closed", each, incident_id))
    return news


def _lease(turn: Turn) -> _Lease:
    return turn.monitor_id, turn.leased_until


def _turn(row: Any) -> Turn:
    return Turn(
        row["id"],
        row["name"],
        row["url"],
        timedelta(seconds=row["interval_s"]),
        timedelta(seconds=row["timeout_s"]),
        row["retries"],
        timedelta(seconds=row["retry_interval_s"]),
        State(row["state"]),
        row["failures"],
        row["known_until"],
        row["next_check_at"],
        row["leased_until"],
    )
