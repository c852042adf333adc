"""Monitors, in Postgres."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Once
from kit.errors import VersionChanged
from kit.postgres import Database
from services.status.domain.errors import MonitorExists, MonitorMissing
from services.status.domain.judging import State, shown
from services.status.domain.monitors import Monitor, Revision
from services.status.domain.plans import Plan
from services.status.domain.uptime import WINDOW, Uptime
from services.status.store import changes, events

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresBook:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, monitor_id: UUID, plan: Plan, now: datetime, owner_id: str, once: Once
    ) -> UUID:
        state = State.PAUSED if plan.paused else State.UNKNOWN
        try:
            async with self._database.transaction() as conn:
                known_as = await idempotency.claim(
                    conn, owner_id, once, str(monitor_id)
                )
                if known_as != str(monitor_id):
                    return UUID(known_as)
                await conn.execute(
                    """
                    INSERT INTO monitors (
                        id, name, url, interval_s, timeout_s, retries,
                        retry_interval_s, paused, state, created_at, changed_at,
                        next_check_at
                    )
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10)
                    """,
                    monitor_id,
                    *_columns(plan),
                    state,
                    now,
                )
                await changes.begin_spans(conn, [(monitor_id, now, state, None)])
                await outbox.write(
                    conn, events.of_monitor("monitor.added", monitor_id, plan.name, now)
                )
        except asyncpg.UniqueViolationError as exc:
            raise _taken(exc) from exc
        return monitor_id

    async def read(self, monitor_id: UUID, now: datetime) -> Monitor:
        row = await self._database.fetchrow(
            """
            SELECT id, name, url, interval_s, timeout_s, retries, retry_interval_s,
                   paused, state, detail, latency_ms, checked_at, changed_at,
                   created_at, version, known_until, up_s, down_s
              FROM monitors
             CROSS JOIN LATERAL uptime(id, $3, least($2, known_until))
             WHERE id = $1
            """,
            monitor_id,
            now,
            now - WINDOW,
        )
        if row is None:
            raise _missing()
        return _monitor(row, now)

    async def by_name(
        self, limit: int, after: str | None, now: datetime
    ) -> tuple[Sequence[Monitor], str | None]:
        rows = await self._database.fetch(
            """
            SELECT id, name, url, interval_s, timeout_s, retries, retry_interval_s,
                   paused, state, detail, latency_ms, checked_at, changed_at,
                   created_at, version, known_until, up_s, down_s, place
              FROM (SELECT id, name, url, interval_s, timeout_s, retries,
                           retry_interval_s, paused, state, detail, latency_ms,
                           checked_at, changed_at, created_at, version,
                           known_until, lower(name) AS place
                      FROM monitors
                     WHERE lower(name) > $1
                     ORDER BY lower(name)
                     LIMIT $2) AS page
             CROSS JOIN LATERAL uptime(id, $4, least($3, known_until))
             ORDER BY place
            """,
            after or "",
            limit + 1,
            now,
            now - WINDOW,
        )
        behind = rows[limit - 1]["place"] if len(rows) > limit else None
        return [_monitor(row, now) for row in rows[:limit]], behind

    async def revise(
        self,
        monitor_id: UUID,
        if_version: int,
        now: datetime,
        decide: Callable[[Plan], Revision],
    ) -> None:
        try:
            async with self._database.transaction() as conn:
                row = await conn.fetchrow(
                    """
                    SELECT name, url, interval_s, timeout_s, retries,
                           retry_interval_s, paused, state, version, known_until
                      FROM monitors
                     WHERE id = $1
                       FOR UPDATE
                    """,
                    monitor_id,
                )
                if row is None:
                    raise _missing()
                if if_version not in {0, row["version"]}:
                    raise VersionChanged
                revision = decide(_plan(row))
                if revision.is_change:
                    await _apply(conn, monitor_id, row, revision, now)
        except asyncpg.UniqueViolationError as exc:
            raise _taken(exc) from exc

    async def remove(self, monitor_id: UUID, if_version: int, now: datetime) -> None:
        async with self._database.transaction() as conn:
            name = await conn.fetchval(
                """
                DELETE FROM monitors
                 WHERE id = $1 AND $2 IN (0, version)
                RETURNING name
                """,
                monitor_id,
                if_version,
            )
            if name is None:
                raise await _refusal(conn, monitor_id)
            await outbox.write(
                conn, events.of_monitor("monitor.removed", monitor_id, name, now)
            )


async def _apply(
    conn: _Connection,
    monitor_id: UUID,
    before: Any,
    revision: Revision,
    now: datetime,
) -> None:
    await conn.execute(
        """
        UPDATE monitors
           SET name = $2, url = $3, interval_s = $4, timeout_s = $5, retries = $6,
               retry_interval_s = $7, paused = $8,
               next_check_at = CASE WHEN $9 THEN $11 ELSE next_check_at END,
               failures      = CASE WHEN $9 THEN 0 ELSE failures END,
               holder        = CASE WHEN $9 THEN NULL ELSE holder END,
               leased_until  = CASE WHEN $9 THEN NULL ELSE leased_until END,
               state         = coalesce($10::text, state),
               changed_at    = CASE WHEN $10 IS NULL THEN changed_at ELSE $11 END,
               detail        = CASE WHEN $10 IS NULL THEN detail ELSE '' END,
               known_until   = CASE WHEN $10 IS NULL THEN known_until END,
               version       = version + 1
         WHERE id = $1
        """,
        monitor_id,
        *_columns(revision.plan),
        revision.check_now,
        revision.state,
        now,
    )
    name = revision.plan.name
    news = [events.of_monitor("monitor.changed", monitor_id, name, now)]
    if revision.state is not None:
        previous = shown(State(before["state"]), before["known_until"], now)
        known_until = min(now, before["known_until"] or now)
        await changes.end_spans(conn, [(monitor_id, known_until)])
        if known_until < now:
            await changes.note_gaps(conn, [(monitor_id, known_until, now)])
        await changes.begin_spans(conn, [(monitor_id, now, revision.state, None)])
        change = events.Change(monitor_id, name, revision.state, previous, "", 0, now)
        news.append(events.of_change(change))
        closed = await changes.close_incidents(conn, [(monitor_id, now)])
        news.extend(
            events.of_incident("incident.closed", change, closed[i]) for i in closed
        )
    await outbox.write(conn, *news)


def _columns(plan: Plan) -> tuple[object, ...]:
    return (
        plan.name,
        plan.url,
        plan.interval_s,
        plan.timeout_s,
        plan.retries,
        plan.retry_interval_s,
        plan.paused,
    )


def _plan(row: Any) -> Plan:
    return Plan(
        row["name"],
        row["url"],
        row["interval_s"],
        row["timeout_s"],
        row["retries"],
        row["retry_interval_s"],
        row["paused"],
    )


def _monitor(row: Any, now: datetime) -> Monitor:
    return Monitor(
        row["id"],
        _plan(row),
        shown(State(row["state"]), row["known_until"], now),
        row["detail"],
        row["latency_ms"],
        row["checked_at"],
        row["changed_at"],
        row["created_at"],
        Uptime(row["up_s"], row["down_s"]),
        row["version"],
    )


async def _refusal(conn: _Connection, monitor_id: UUID) -> Exception:
    """Why a monitor was not removed."""
    there = await conn.fetchval("SELECT id FROM monitors WHERE id = $1", monitor_id)
    return _missing() if there is None else VersionChanged()


def _missing() -> MonitorMissing:
    return MonitorMissing("There is no such monitor.")


def _taken(exc: asyncpg.UniqueViolationError) -> Exception:
    if exc.constraint_name == "monitors_by_name":
        return MonitorExists("There is a monitor of this name.", field="name")
    return exc
