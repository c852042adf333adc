"""What scans write, in Postgres."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from kit import outbox
from kit.ids import uuid7
from kit.postgres import Database
from services.media.domain.matching import ItemKind, Match, ParsedName
from services.media.domain.scans import (
    Claim,
    SeenFile,
    Shelved,
    TopFolder,
    Unmatched,
    Walked,
)
from services.media.store import claims, shelving
from services.media.store.arrivals import arrive
from services.media.store.sources import ROOM, TAGS

_GONE_AT_ONCE = 2_000
# A batch of an import may be committed this much later than its titles say.
_LATE = timedelta(minutes=1)
# No path is as long.
_BEHIND_ALL = b"\xff" * 2001

CHANGED = """
    SELECT seen.file
      FROM unnest($2::bytea[], $3::bigint[], $4::bigint[])
           AS seen (file, size_bytes, modified_ns)
      LEFT JOIN items
        ON items.source_id = $1 AND items.file = seen.file
     WHERE items.id IS NULL
        OR items.size_bytes <> seen.size_bytes
        OR items.modified_ns <> seen.modified_ns
        OR items.look_again_at <= $5
    """
# The range has two ends in every case: with one of them open, a plan made for all
# cases would read to the end of the source each time.
GONE = """
    UPDATE items
       SET gone_in = $2
     WHERE source_id = $1
       AND file > $3
       AND file <= $4
       AND NOT EXISTS (SELECT
                         FROM unnest($5::bytea[]) AS seen (file)
                        WHERE seen.file = items.file)
    """


class PostgresScans:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, now: datetime, lease: timedelta) -> Claim | None:
        return await claims.take(self._database, now, lease)

    async def open_libraries(
        self, claim: Claim, tops: Sequence[TopFolder], now: datetime
    ) -> None:
        async with claims.writing(self._database, claim, now) as conn:
            made = await conn.fetch(
                """
                INSERT INTO libraries (id, source_id, folder, name, device)
                SELECT new.id, sources.id, new.folder,
                       coalesce(nullif(new.name, ''), sources.name), new.device
                  FROM unnest($2::uuid[], $3::bytea[], $4::text[], $5::text[])
                       AS new (id, folder, name, device)
                  JOIN sources ON sources.id = $1
                    ON CONFLICT (source_id, folder) DO NOTHING
                RETURNING id AS library_id
                """,
                claim.source_id,
                [uuid7(now) for _ in tops],
                [top.folder for top in tops],
                [top.folder.decode(errors="replace") for top in tops],
                [top.device for top in tops],
            )
            await outbox.write(conn, *library_events(made, claim, now))

    async def compare(
        self,
        claim: Claim,
        after: bytes,
        through: bytes | None,
        seen: Sequence[SeenFile],
        now: datetime,
    ) -> set[bytes]:
        files = [each.file for each in seen]
        async with claims.writing(self._database, claim, now) as conn:
            changed = await conn.fetch(
                CHANGED,
                claim.source_id,
                files,
                [each.size_bytes for each in seen],
                [each.modified_ns for each in seen],
                now,
            )
            await conn.execute(
                GONE,
                claim.source_id,
                claim.scan_id,
                after,
                _BEHIND_ALL if through is None else through,
                files,
            )
        return {row["file"] for row in changed}

    async def shelve(
        self, claim: Claim, items: Sequence[Shelved], now: datetime
    ) -> None:
        async with claims.writing(self._database, claim, now) as conn:
            rows = await shelving.write(conn, claim.source_id, items, now)
            await outbox.write(conn, *library_events(rows, claim, now))
            await arrive(conn, _playable(rows), now)

    async def unmatched(
        self, claim: Claim, after: UUID | None, limit: int
    ) -> list[Unmatched]:
        rows = await self._database.fetch(
            """
            SELECT id, kind, parsed_name, other_names, parsed_year, tmdb_id, tvdb_id,
                   imdb_id
              FROM items
             WHERE source_id = $1
               AND title_id IS NULL AND kind <> 'music' AND fixed_at IS NULL
               AND ($2::uuid IS NULL OR id > $2)
               AND EXISTS (SELECT
                             FROM titles
                            WHERE imported_at > (SELECT matched_at - $4::interval
                                                   FROM sources
                                                  WHERE id = $1))
             ORDER BY id
             LIMIT $3
            """,
            claim.source_id,
            after,
            limit,
            _LATE,
        )
        return [
            Unmatched(
                row["id"],
                ParsedName(
                    ItemKind(row["kind"]),
                    row["parsed_name"],
                    tuple(row["other_names"]),
                    row["parsed_year"],
                    tmdb_id=row["tmdb_id"],
                    tvdb_id=row["tvdb_id"],
                    imdb_id=row["imdb_id"],
                ),
            )
            for row in rows
        ]

    async def match(
        self, claim: Claim, matches: Mapping[UUID, Match], now: datetime
    ) -> None:
        async with claims.writing(self._database, claim, now) as conn:
            rows = await conn.fetch(
                """
                UPDATE items
                   SET title_id = matched.title_id, confidence = matched.confidence
                  FROM unnest($1::uuid[], $2::uuid[], $3::real[])
                       AS matched (id, title_id, confidence)
                 WHERE items.id = matched.id
                   AND items.title_id IS NULL
                RETURNING items.library_id, items.title_id, items.state
                """,
                list(matches),
                [match.title_id for match in matches.values()],
                [match.confidence for match in matches.values()],
            )
            await outbox.write(conn, *library_events(rows, claim, now))
            await arrive(conn, _playable(rows), now)

    async def finish(
        self, claim: Claim, walked: Walked, now: datetime, due: datetime
    ) -> None:
        while await self._forget_some(claim, now):
            pass
        async with claims.writing(self._database, claim, now) as conn:
            gone = await conn.fetch(
                """
                DELETE FROM libraries
                 WHERE source_id = $1
                   AND item_count = 0
                   AND NOT folder = ANY ($2::bytea[])
                RETURNING id AS library_id
                """,
                claim.source_id,
                [top.folder for top in walked.tops],
            )
            await outbox.write(conn, *library_events(gone, claim, now))
            await conn.execute(
                """
                UPDATE libraries
                   SET device = top.device
                  FROM unnest($2::bytea[], $3::text[]) AS top (folder, device)
                 WHERE libraries.source_id = $1
                   AND libraries.folder = top.folder
                   AND libraries.device <> top.device
                """,
                claim.source_id,
                [top.folder for top in walked.tops],
                [top.device for top in walked.tops],
            )
            await claims.end(conn, claim, "READY", "", now, due)

    async def give_up(
        self, claim: Claim, detail: str, now: datetime, due: datetime
    ) -> None:
        async with claims.writing(self._database, claim, now) as conn:
            await claims.end(conn, claim, "UNREACHABLE", detail, now, due)

    async def _forget_some(self, claim: Claim, now: datetime) -> bool:
        async with claims.writing(self._database, claim, now) as conn:
            rows = await conn.fetch(
                """
                DELETE FROM items
                 WHERE id IN (SELECT id
                                FROM items
                               WHERE source_id = $1 AND gone_in = $2
                               LIMIT $3)
                RETURNING library_id
                """,
                claim.source_id,
                claim.scan_id,
                _GONE_AT_ONCE,
            )
            await outbox.write(conn, *library_events(rows, claim, now))
        return bool(rows)


def library_events(
    rows: Iterable[asyncpg.Record], claim: Claim, now: datetime
) -> list[outbox.Event]:
    """One for each library that the rows are in."""
    libraries = sorted({str(row["library_id"]) for row in rows})
    return [
        outbox.Event(
            "library.changed",
            library_id,
            now,
            (ROOM,),
            TAGS,
            {"libraryId": library_id, "sourceId": str(claim.source_id)},
        )
        for library_id in libraries
    ]


def _playable(rows: Iterable[asyncpg.Record]) -> set[UUID]:
    """The titles that can be watched by these items."""
    return {
        row["title_id"]
        for row in rows
        if row["state"] == "OK" and row["title_id"] is not None
    }
