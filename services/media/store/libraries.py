"""Libraries and their items, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.shelf import (
    Item,
    ItemState,
    Library,
    LibraryMissing,
    Media,
)
from services.media.domain.titles import Kind, Title

# The page is cut before the join: a plan that joins first would read all of a large
# library.
ITEMS_PAGE = """
    WITH page AS MATERIALIZED (
        SELECT id, library_id, path, state, detail, title_id, parsed_name,
               parsed_year, season, episode, duration_s, width, height,
               video_codec, audio_codec, size_bytes, added_at
          FROM items
         WHERE library_id = $1
           AND (added_at, id) < (coalesce($2, 'infinity'::timestamptz), $3)
         ORDER BY added_at DESC, id DESC
         LIMIT $4
    )
    SELECT page.id, page.library_id, page.path, page.state, page.detail,
           page.parsed_name, page.parsed_year, page.season, page.episode,
           page.duration_s, page.width, page.height, page.video_codec,
           page.audio_codec, page.size_bytes, page.added_at,
           titles.id AS title_id, titles.kind, titles.name,
           titles.original_name, titles.year, titles.genres,
           titles.runtime_minutes, titles.popularity, titles.vote_average,
           titles.vote_count, titles.poster_path, titles.tmdb_id,
           titles.imdb_id, titles.tvdb_id, titles.original_language
      FROM page
      LEFT JOIN titles ON titles.id = page.title_id
     ORDER BY page.added_at DESC, page.id DESC
    """


class PostgresLibraries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, after: tuple[str, UUID] | None, limit: int) -> list[Library]:
        rows = await self._database.fetch(
            """
            SELECT id, source_id, name, item_count, flagged_count
              FROM libraries
             WHERE (name COLLATE "C", id) > ($1, $2)
             ORDER BY name COLLATE "C", id
             LIMIT $3
            """,
            *(after or ("", UUID(int=0))),
            limit,
        )
        return [Library(**row) for row in rows]

    async def items(
        self, library_id: UUID, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Item]:
        rows = await self._database.fetch(
            ITEMS_PAGE,
            library_id,
            *(after or (None, UUID(int=2**128 - 1))),
            limit,
        )
        if not rows and not await self._exists(library_id):
            raise LibraryMissing("There is no such library.")
        return [_item(row) for row in rows]

    async def _exists(self, library_id: UUID) -> bool:
        found = await self._database.fetchval(
            """
            SELECT id
              FROM libraries
             WHERE id = $1
            """,
            library_id,
        )
        return found is not None


def _item(row: asyncpg.Record) -> Item:
    return Item(
        row["id"],
        row["library_id"],
        row["path"],
        ItemState(row["state"]),
        row["detail"],
        None if row["title_id"] is None else _title(row),
        row["parsed_name"],
        row["parsed_year"],
        row["season"],
        row["episode"],
        Media(
            row["duration_s"],
            row["width"],
            row["height"],
            row["video_codec"],
            row["audio_codec"],
        ),
        row["size_bytes"],
        row["added_at"],
    )


def _title(row: asyncpg.Record) -> Title:
    return Title(
        id=row["title_id"],
        kind=Kind(row["kind"]),
        name=row["name"],
        original_name=row["original_name"],
        year=row["year"],
        genres=tuple(row["genres"]),
        runtime_minutes=row["runtime_minutes"],
        popularity=row["popularity"],
        vote_average=row["vote_average"],
        vote_count=row["vote_count"],
        poster_path=row["poster_path"],
        tmdb_id=row["tmdb_id"],
        imdb_id=row["imdb_id"],
        tvdb_id=row["tvdb_id"],
        original_language=row["original_language"],
    )
