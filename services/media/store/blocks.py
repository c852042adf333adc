"""The blocklist, in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Caller, Once
from kit.postgres import Database
from services.media.domain.blocking import (
    MOST_KEYWORDS,
    AlreadyBlocklisted,
    Ban,
    Block,
    BlocklistFull,
    BlockMissing,
    BlockOf,
    Obstacle,
)
from services.media.domain.titles import TitleMissing
from services.media.store.people import note_name

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Held by who adds a keyword until it commits, so that they count right.
_KEYWORDS_LOCK = 7_276_104
_BLOCKS = """
    SELECT id, title_id, keyword, reason, added_by, requesters.name AS added_by_name,
           added_at
      FROM blocks
      JOIN requesters ON requesters.user_id = blocks.added_by
"""
_OF = {
    None: "",
    BlockOf.TITLES: " AND title_id IS NOT NULL",
    BlockOf.KEYWORDS: " AND keyword IS NOT NULL",
}
_BEGINNING = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


async def blocks_of(
    conn: Connection, title_ids: Sequence[UUID]
) -> Mapping[UUID, Obstacle]:
    """Of these titles, those that nobody may ask for, and why. Call it in the
    transaction that asks."""
    rows = await conn.fetch(
        """
        SELECT asked.title_id, blocks.keyword, blocks.reason
          FROM unnest($1::uuid[]) AS asked (title_id)
          JOIN blocks ON blocks.id = block_of(asked.title_id)
        """,
        title_ids,
    )
    return {
        row["title_id"]: Obstacle(row["keyword"] or "", row["reason"]) for row in rows
    }


class PostgresBlocks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, ban: Ban, once: Once) -> Block:
        try:
            async with self._database.transaction() as conn:
                return await self._add(conn, ban, once)
        except asyncpg.UniqueViolationError as exc:
            raise AlreadyBlocklisted from exc
        except asyncpg.ForeignKeyViolationError as exc:
            raise TitleMissing("There is no such title.") from exc

    async def page(
        self, of: BlockOf | None, size: int, after: tuple[datetime, UUID] | None
    ) -> Sequence[Block]:
        rows = await self._database.fetch(
            _BLOCKS
            + "WHERE (added_at, id) < ($1, $2)"
            + _OF[of]
            + " ORDER BY added_at DESC, id DESC LIMIT $3",
            *(after or _BEGINNING),
            size,
        )
        return [_block_of(row) for row in rows]

    async def remove(self, block_id: UUID, at: datetime, by: Caller) -> None:
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                "DELETE FROM blocks WHERE id = $1 RETURNING title_id, keyword", block_id
            )
            if row is None:
                raise BlockMissing
            await outbox.write(
                conn,
                _event(
                    "removed", block_id, row["title_id"], row["keyword"] or "", at, by
                ),
            )

    async def _add(self, conn: Connection, ban: Ban, once: Once) -> Block:
        added = str(ban.block_id)
        before = await idempotency.claim(conn, ban.by.user_id, once, added)
        if before != added:
            return await _find(conn, UUID(before))
        if ban.keyword:
            await self._ensure_room(conn)
        await note_name(conn, ban.by)
        await conn.execute(
            """
            INSERT INTO blocks (id, title_id, keyword, keyword_key, reason, added_by,
                                added_at)
            VALUES ($1, $2, nullif($3, ''), nullif($4, ''), $5, $6, $7)
            """,
            ban.block_id,
            ban.title_id,
            ban.keyword,
            ban.keyword_key,
            ban.reason,
            ban.by.user_id,
            ban.at,
        )
        await outbox.write(
            conn,
            _event("added", ban.block_id, ban.title_id, ban.keyword, ban.at, ban.by),
        )
        return await _find(conn, ban.block_id)

    async def _ensure_room(self, conn: Connection) -> None:
        await conn.execute("SELECT pg_advisory_xact_lock($1)", _KEYWORDS_LOCK)
        count = await conn.fetchval(
            "SELECT count(keyword_key) FROM blocks WHERE keyword_key IS NOT NULL"
        )
        if count >= MOST_KEYWORDS:
            raise BlocklistFull


async def _find(conn: Connection, block_id: UUID) -> Block:
    row = await conn.fetchrow(_BLOCKS + "WHERE id = $1", block_id)
    if row is None:
        raise BlockMissing
    return _block_of(row)


def _event(
    what: str,
    block_id: UUID,
    title_id: UUID | None,
    keyword: str,
    at: datetime,
    by: Caller,
) -> outbox.Event:
    return outbox.Event(
        type=f"blocklist.{what}",
        key=str(block_id),
        at=at,
        rooms=("blocklist",),
        # Titles say whether they are on it.
        tags=("blocklist", "titles"),
        data={
            "blockId": str(block_id),
            "titleId": str(title_id or ""),
            "keyword": keyword,
            "by": by.user_id,
        },
    )


def _block_of(row: asyncpg.Record) -> Block:
    return Block(
        row["id"],
        row["title_id"],
        row["keyword"] or "",
        row["reason"],
        row["added_by"],
        row["added_by_name"],
        row["added_at"],
    )
