"""What sources tell by themselves, in Postgres."""

from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.hooks import NewsKind

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def note_everywhere(conn: Connection, kind: NewsKind) -> None:
    """Have every source read, and every server in full for a removal, in the
    transaction of `conn`."""
    await conn.execute(
        """
        WITH untold AS (
            SELECT id
              FROM sources
             WHERE news IS DISTINCT FROM 'WAITS'
                OR ($1 AND kind <> 'folder' AND removals IS DISTINCT FROM 'WAITS')
             ORDER BY id
               FOR NO KEY UPDATE
        )
        UPDATE sources
           SET news = 'WAITS',
               removals = CASE WHEN $1 AND kind <> 'folder' THEN 'WAITS'
                               ELSE removals END
          FROM untold
         WHERE sources.id = untold.id
        """,
        kind is NewsKind.REMOVAL,
    )


class PostgresNews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def folders(self, limit: int) -> dict[UUID, str]:
        rows = await self._database.fetch(
            """
            SELECT id, path
              FROM sources
             WHERE kind = 'folder'
             ORDER BY created_at, id
             LIMIT $1
            """,
            limit,
        )
        return {row["id"]: row["path"] for row in rows}

    async def note(self, source_id: UUID, kind: NewsKind) -> bool:
        # Of a hundred at once, the first one writes.
        noted = await self._database.fetchval(
            """
            UPDATE sources
               SET news = 'WAITS',
                   removals = CASE WHEN $2 THEN 'WAITS' ELSE removals END
             WHERE id = $1
               AND (news IS DISTINCT FROM 'WAITS'
                    OR ($2 AND removals IS DISTINCT FROM 'WAITS'))
            RETURNING id
            """,
            source_id,
            kind is NewsKind.REMOVAL,
        )
        return noted is not None
