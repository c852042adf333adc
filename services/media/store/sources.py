"""Sources, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Caller, Once
from kit.outbox import Event
from kit.postgres import Database
from services.media.domain.sources import (
    Source,
    SourceExists,
    SourceMissing,
    SourceState,
)

ROOM = "libraries"
TAGS = ("libraries", "titles")
_STATES = {"READY": SourceState.READY, "UNREACHABLE": SourceState.UNREACHABLE}


class PostgresSources:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, source: Source, by: Caller, once: Once) -> Source:
        try:
            async with self._database.transaction() as conn:
                claimed = await idempotency.claim(
                    conn, by.user_id, once, str(source.id)
                )
                if claimed != str(source.id):
                    return await _read(conn, UUID(claimed))
                await conn.execute(
                    """
                    INSERT INTO sources
                           (id, name, path, created_at, asked_at, due_at)
                    VALUES ($1, $2, $3, $4, $4, $4)
                    """,
                    source.id,
                    source.name,
                    source.path,
                    source.created_at,
                )
                event = source_event("added", source.id, source.name, source.created_at)
                await outbox.write(conn, event)
        except asyncpg.UniqueViolationError as exc:
            if exc.constraint_name != "sources_one_per_path":
                raise
            raise SourceExists(f"{source.path} is a source already.") from exc
        return source

    async def page(
        self, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Source]:
        rows = await self._database.fetch(
            """
            SELECT id, name, path, state, detail, scanned_at, created_at, asked_at
              FROM sources
             WHERE (created_at, id) > (coalesce($1, '-infinity'::timestamptz), $2)
             ORDER BY created_at, id
             LIMIT $3
            """,
            *(after or (None, UUID(int=0))),
            limit,
        )
        return [_source(row) for row in rows]

    async def ask_for_scan(self, source_id: UUID, now: datetime) -> Source:
        row = await self._database.fetchrow(
            """
            UPDATE sources
               SET asked_at = $2
             WHERE id = $1
            RETURNING id, name, path, state, detail, scanned_at, created_at, asked_at
            """,
            source_id,
            now,
        )
        if row is None:
            raise SourceMissing("There is no such source.")
        return _source(row)

    async def remove(self, source_id: UUID, now: datetime) -> None:
        async with self._database.transaction() as conn:
            name = await conn.fetchval(
                """
                DELETE FROM sources
                 WHERE id = $1
                RETURNING name
                """,
                source_id,
            )
            if name is None:
                raise SourceMissing("There is no such source.")
            await outbox.write(conn, source_event("removed", source_id, name, now))


def source_event(
    what: str, source_id: UUID, name: str, at: datetime, **data: outbox.Json
) -> Event:
    return Event(
        f"source.{what}",
        str(source_id),
        at,
        (ROOM,),
        TAGS,
        {"sourceId": str(source_id), "sourceName": name, **data},
    )


async def _read(conn: "asyncpg.Connection[asyncpg.Record]", source_id: UUID) -> Source:
    row = await conn.fetchrow(
        """
        SELECT id, name, path, state, detail, scanned_at, created_at, asked_at
          FROM sources
         WHERE id = $1
        """,
        source_id,
    )
    if row is None:
        raise SourceMissing("This source was added, and has been removed since.")
    return _source(row)


def _source(row: asyncpg.Record) -> Source:
    waits = row["asked_at"] is not None
    return Source(
        row["id"],
        row["name"],
        row["path"],
        SourceState.SCANNING if waits else _STATES[row["state"]],
        row["detail"],
        row["scanned_at"],
        row["created_at"],
    )
