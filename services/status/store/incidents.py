"""Incidents, in Postgres."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.status.domain.incidents import Incident

_FROM_THE_TOP = (datetime.max.replace(tzinfo=UTC), UUID(int=0))


class PostgresIncidents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, limit: int, before: tuple[datetime, UUID] | None
    ) -> Sequence[Incident]:
        rows = await self._database.fetch(
            """
            SELECT incidents.id, monitor_id, monitors.name AS monitor_name,
                   incidents.detail, opened_at, closed_at
              FROM incidents
              JOIN monitors ON monitors.id = monitor_id
             WHERE (opened_at, incidents.id) < ($1, $2)
             ORDER BY opened_at DESC, incidents.id DESC
             LIMIT $3
            """,
            *(before or _FROM_THE_TOP),
            limit,
        )
        return [_incident(row) for row in rows]

    async def newest_open(
        self, limit: int, before: tuple[datetime, UUID] | None
    ) -> Sequence[Incident]:
        rows = await self._database.fetch(
            """
            SELECT incidents.id, monitor_id, monitors.name AS monitor_name,
                   incidents.detail, opened_at, closed_at
              FROM incidents
              JOIN monitors ON monitors.id = monitor_id
             WHERE closed_at IS NULL AND (opened_at, incidents.id) < ($1, $2)
             ORDER BY opened_at DESC, incidents.id DESC
             LIMIT $3
            """,
            *(before or _FROM_THE_TOP),
            limit,
        )
        return [_incident(row) for row in rows]


def _incident(row: asyncpg.Record) -> Incident:
    return Incident(**row)
