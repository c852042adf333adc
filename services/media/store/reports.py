"""Reports of what is wrong with titles, in Postgres."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Once
from kit.postgres import Database
from services.media.domain.reports.errors import ReportMissing
from services.media.domain.reports.report import (
    Complaint,
    Removal,
    Report,
    ReportFilter,
    ReportState,
    Spot,
    Trouble,
    Turn,
)
from services.media.domain.reports.reporting import ReportCounts, ReportPlace
from services.media.domain.titles import Kind, TitleMissing
from services.media.store.people import note_name

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

ROOM = "reports"
TAG = "reports"

_REPORTS = """
    SELECT reports.id, title_id, state, trouble, season, episode, text, reported_by,
           requesters.name AS reported_by_name, created_at, updated_at, resolved_by,
           (SELECT count(comments.id)::integer
              FROM comments
             WHERE comments.report_id = reports.id) AS comment_count, version
      FROM reports
      JOIN requesters ON requesters.user_id = reports.reported_by
"""
_ONE = _REPORTS + "WHERE reports.id = $1"
_BEGINNING = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


class PostgresReports:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, complaint: Complaint, once: Once) -> Report:
        async with self._database.transaction() as conn:
            made = str(complaint.report_id)
            before = await idempotency.claim(conn, complaint.by.user_id, once, made)
            if before != made:
                return await _find(conn, UUID(before))
            await self._insert(conn, complaint)
            report = await _find(conn, complaint.report_id)
            await _tell(conn, "created", report, complaint.at, report.reported_by)
            return report

    async def find(self, report_id: UUID) -> Report:
        async with self._database.connection() as conn:
            return await _find(conn, report_id)

    async def newest(
        self, wanted: ReportFilter, size: int, after: ReportPlace | None
    ) -> Sequence[Report]:
        given: dict[str, object] = {
            "state": wanted.state.value if wanted.state else None,
            "reported_by": wanted.reported_by,
            "title_id": wanted.title_id,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        conditions = "".join(
            f" AND {name} = ${number}" for number, name in enumerate(chosen, start=4)
        )
        rows = await self._database.fetch(
            _REPORTS
            + "WHERE (created_at, reports.id) < ($1, $2)"
            + conditions
            + " ORDER BY created_at DESC, reports.id DESC LIMIT $3",
            *(after or _BEGINNING),
            size,
            *chosen.values(),
        )
        return [_report_of(row) for row in rows]

    async def counts(self, reported_by: str | None) -> ReportCounts:
        if reported_by is None:
            rows = await self._database.fetch(
                "SELECT state, count(id) AS count FROM reports GROUP BY state"
            )
        else:
            rows = await self._database.fetch(
                """
                SELECT state, count(id) AS count
                  FROM reports
                 WHERE reported_by = $1
                 GROUP BY state
                """,
                reported_by,
            )
        found = {row["state"]: int(row["count"]) for row in rows}
        return {state: found.get(state.value, 0) for state in ReportState}

    async def turn(self, turn: Turn) -> Report:
        async with self._database.transaction() as conn:
            turned = await conn.fetchval(
                """
                UPDATE reports
                   SET state = $2,
                       resolved_by = CASE $2 WHEN 'RESOLVED' THEN $4 ELSE '' END,
                       updated_at = greatest($6, created_at),
                       version = version + 1
                 WHERE id = $1 AND state = $3
                   AND ($5 OR reported_by = $4)
                   AND $7 IN (0, version)
                RETURNING id
                """,
                turn.report_id,
                turn.to.value,
                turn.to.other.value,
                turn.by.user_id,
                turn.is_for_any,
                turn.at,
                turn.if_version,
            )
            report = await _find(conn, turn.report_id)
            if turned is None:
                raise turn.refusal(report.reported_by, report.version)
            what = "resolved" if turn.to is ReportState.RESOLVED else "reopened"
            await _tell(conn, what, report, turn.at, turn.by.user_id)
            return report

    async def remove(self, removal: Removal) -> None:
        async with self._database.transaction() as conn:
            # Held until the end: whoever comments meanwhile finds it gone, or is seen.
            await conn.execute(
                "SELECT FROM reports WHERE id = $1 FOR UPDATE", removal.report_id
            )
            report = await _find(conn, removal.report_id)
            rows = await conn.fetch(
                "SELECT DISTINCT author FROM comments WHERE report_id = $1", report.id
            )
            removal.ensure_of(report, [row["author"] for row in rows])
            # Told while those who commented on it are known.
            by = removal.by.user_id
            await _tell(conn, "deleted", report, removal.at, by)
            await conn.execute("DELETE FROM reports WHERE id = $1", report.id)

    async def _insert(self, conn: Connection, complaint: Complaint) -> None:
        kind = await conn.fetchval(
            "SELECT kind FROM titles WHERE id = $1", complaint.title_id
        )
        if kind is None:
            raise TitleMissing("There is no such title.")
        complaint.spot.ensure_in(Kind(kind))
        await note_name(conn, complaint.by)
        await conn.execute(
            """
            INSERT INTO reports (id, title_id, trouble, season, episode, text,
                                 reported_by, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            """,
            complaint.report_id,
            complaint.title_id,
            complaint.trouble.value,
            complaint.spot.season,
            complaint.spot.episode,
            complaint.text,
            complaint.by.user_id,
            complaint.at,
        )


async def _find(conn: Connection, report_id: UUID) -> Report:
    row = await conn.fetchrow(_ONE, report_id)
    if row is None:
        raise ReportMissing
    return _report_of(row)


async def _tell(
    conn: Connection, what: str, report: Report, at: datetime, by: str
) -> None:
    row = await conn.fetchrow(
        """
        SELECT titles.name,
               ARRAY(SELECT DISTINCT author
                       FROM comments
                      WHERE report_id = $2
                      LIMIT 50) AS authors
          FROM titles
         WHERE titles.id = $1
        """,
        report.title_id,
        report.id,
    )
    name, authors = row or ("", [])
    concerned = sorted({report.reported_by, *authors})
    event = outbox.Event(
        type=f"report.{what}",
        key=str(report.id),
        at=at,
        rooms=(ROOM, *(f"user:{each}" for each in concerned)),
        tags=(TAG,),
        data={
            "reportId": str(report.id),
            "titleId": str(report.title_id),
            "titleName": name,
            "kind": report.trouble.value,
            "state": report.state.value,
            "reportedBy": report.reported_by,
            "by": by,
        },
    )
    await outbox.write(conn, event)


def _report_of(row: asyncpg.Record) -> Report:
    return Report(
        row["id"],
        row["title_id"],
        ReportState(row["state"]),
        Trouble(row["trouble"]),
        Spot(row["season"], row["episode"]),
        row["text"],
        row["reported_by"],
        row["reported_by_name"],
        row["created_at"],
        row["updated_at"],
        row["resolved_by"],
        row["comment_count"],
        row["version"],
    )
