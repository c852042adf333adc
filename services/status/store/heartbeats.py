"""Heartbeats, in Postgres: a partition for each day."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from kit.postgres import Database
from services.status.domain.errors import MonitorMissing
from services.status.domain.heartbeats import Heartbeat
from services.status.domain.judging import State

log = structlog.get_logger()

_FROM_THE_TOP = datetime.max.replace(tzinfo=UTC)
_DAYS_AHEAD = 7
_LOOK_EVERY_S = 3600.0
_SPANS_AT_ONCE = 5_000


class PostgresHeartbeats:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, monitor_id: UUID, limit: int, before: datetime | None
    ) -> Sequence[Heartbeat]:
        async with self._database.connection() as conn:
            number = await conn.fetchval(
                "SELECT number FROM monitors WHERE id = $1", monitor_id
            )
            if number is None:
                raise MonitorMissing("There is no such monitor.")
            rows = await conn.fetch(
                """
                SELECT checked_at, state, latency_ms, detail
                  FROM heartbeats
                 WHERE monitor = $1 AND checked_at < $2
                 ORDER BY checked_at DESC
                 LIMIT $3
                """,
                number,
                before or _FROM_THE_TOP,
                limit,
            )
        return [
            Heartbeat(
                row["checked_at"],
                State(row["state"]),
                round(row["latency_ms"], 2),
                row["detail"],
            )
            for row in rows
        ]


class HeartbeatDays:
    """Makes the days of the heartbeats before they come, and drops them when they
    are old, with the spans that ended as long ago."""

    def __init__(self, database: Database, clock: Clock, kept_for: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept_for = kept_for

    async def prepare(self) -> None:
        """Have days from yesterday to a week ahead, and none that is too old. Raises
        Unavailable."""
        now = self._clock.now()
        await self._make((now - timedelta(days=1)).date())
        oldest = (now - self._kept_for).date()
        dropped = await self._database.fetchval(
            "SELECT drop_heartbeat_days($1)", oldest
        )
        if dropped:
            log.info("heartbeat_days_dropped", count=dropped, before=str(oldest))
        while await self._forget_spans(now - self._kept_for):
            pass

    async def run(self) -> None:
        """Prepare every hour, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.prepare()
            except Unavailable as exc:
                log.info("heartbeat_days_put_off", error=exc.reason)

    async def _forget_spans(self, before: datetime) -> int:
        # Monitor by monitor, as the index has them.
        return int(
            await self._database.fetchval(
                """
                WITH gone AS (
                    DELETE FROM state_spans
                     WHERE ctid = ANY (ARRAY(
                           SELECT old.ctid
                             FROM monitors
                            CROSS JOIN LATERAL (
                                  SELECT ctid
                                    FROM state_spans
                                   WHERE monitor_id = monitors.id
                                     AND ended_at < $1
                                   LIMIT $2) AS old
                            LIMIT $2))
                    RETURNING monitor_id
                )
                SELECT count(monitor_id) FROM gone
                """,
                before,
                _SPANS_AT_ONCE,
            )
        )

    async def _make(self, first: date) -> None:
        async with self._database.connection() as conn:
            for n in range(_DAYS_AHEAD + 2):
                await conn.execute(
                    "SELECT make_heartbeat_day($1)", first + timedelta(days=n)
                )
