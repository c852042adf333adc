"""Puts files on the shelf, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from kit.ids import uuid7
from services.media.domain.scans import Shelved

# Between the names of one item on their way to Postgres, which takes no lists of
# lists. No name has one: they are names on one line.
_BETWEEN = "\n"


async def write(
    conn: "asyncpg.Connection[asyncpg.Record]",
    source_id: UUID,
    items: Sequence[Shelved],
    now: datetime,
) -> list[asyncpg.Record]:
    """Add the items, or bring them up to date: library_id, title_id and state of
    those. What could not be read keeps what is known of it."""
    unreadable = [each for each in items if each.look.look_again_in is not None]
    kept = await _keep(conn, source_id, unreadable, now)
    return await _put(
        conn,
        source_id,
        [each for each in items if each.look.file not in kept],
        now,
    )


async def _keep(
    conn: "asyncpg.Connection[asyncpg.Record]",
    source_id: UUID,
    items: Sequence[Shelved],
    now: datetime,
) -> set[bytes]:
    rows = await conn.fetch(
        """
        UPDATE items
           SET size_bytes = seen.size_bytes,
               modified_ns = seen.modified_ns,
               look_again_at = seen.look_again_at
          FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::timestamptz[])
               AS seen (file, size_bytes, modified_ns, look_again_at)
         WHERE items.source_id = $1
           AND items.file = seen.file
        RETURNING items.file
        """,
        source_id,
        [each.look.file for each in items],
        [each.look.size_bytes for each in items],
        [each.look.modified_ns for each in items],
        [
            now + each.look.look_again_in
            for each in items
            if each.look.look_again_in is not None
        ],
    )
    return {row["file"] for row in rows}


async def _put(
    conn: "asyncpg.Connection[asyncpg.Record]",
    source_id: UUID,
    items: Sequence[Shelved],
    now: datetime,
) -> list[asyncpg.Record]:
    rows = [_row(each, now) for each in items]
    return await conn.fetch(
        """
        INSERT INTO items
               (id, source_id, library_id, file, path, size_bytes, modified_ns,
                look_again_at, state, detail, kind, parsed_name, other_names,
                parsed_year, season, episode, tmdb_id, tvdb_id, imdb_id, title_id,
                confidence, duration_s, width, height, video_codec, audio_codec,
                added_at)
        SELECT new.id, $1, libraries.id, new.file, new.path, new.size_bytes,
               new.modified_ns, new.look_again_at, new.state, new.detail, new.kind,
               new.parsed_name, string_to_array(new.other_names, E'\\n'),
               new.parsed_year, new.season, new.episode, new.tmdb_id, new.tvdb_id,
               new.imdb_id, new.title_id, new.confidence, new.duration_s, new.width,
               new.height, new.video_codec, new.audio_codec, $2
          FROM unnest($3::uuid[], $4::bytea[], $5::bytea[], $6::text[],
                      $7::bigint[], $8::bigint[], $9::timestamptz[], $10::text[],
                      $11::text[], $12::text[], $13::text[], $14::text[],
                      $15::integer[], $16::integer[], $17::integer[],
                      $18::integer[], $19::integer[], $20::text[], $21::uuid[],
                      $22::real[], $23::double precision[], $24::integer[],
                      $25::integer[], $26::text[], $27::text[])
               AS new (id, folder, file, path, size_bytes, modified_ns,
                       look_again_at, state, detail, kind, parsed_name, other_names,
                       parsed_year, season, episode, tmdb_id, tvdb_id, imdb_id,
                       title_id, confidence, duration_s, width, height, video_codec,
                       audio_codec)
          JOIN libraries
            ON libraries.source_id = $1 AND libraries.folder = new.folder
            ON CONFLICT (source_id, file)
            DO UPDATE SET size_bytes = excluded.size_bytes,
                          modified_ns = excluded.modified_ns,
                          look_again_at = excluded.look_again_at,
                          state = excluded.state,
                          detail = excluded.detail,
                          kind = excluded.kind,
                          parsed_name = excluded.parsed_name,
                          other_names = excluded.other_names,
                          parsed_year = excluded.parsed_year,
                          season = excluded.season,
                          episode = excluded.episode,
                          tmdb_id = excluded.tmdb_id,
                          tvdb_id = excluded.tvdb_id,
                          imdb_id = excluded.imdb_id,
                          title_id = excluded.title_id,
                          confidence = excluded.confidence,
                          duration_s = excluded.duration_s,
                          width = excluded.width,
                          height = excluded.height,
                          video_codec = excluded.video_codec,
                          audio_codec = excluded.audio_codec
        RETURNING library_id, title_id, state
        """,
        source_id,
        now,
        *zip(*rows, strict=True) if rows else [()] * 25,
    )


def _row(item: Shelved, now: datetime) -> tuple[object, ...]:
    look, match = item.look, item.match
    name, media = look.name, look.media
    folder, slash, _ = look.file.partition(b"/")
    return (
        uuid7(now),
        folder if slash else b"",
        look.file,
        look.file.decode(errors="replace"),
        look.size_bytes,
        look.modified_ns,
        None if look.look_again_in is None else now + look.look_again_in,
        look.state.value,
        look.detail,
        name.kind.value,
        name.name,
        _BETWEEN.join(name.other_names),
        name.year,
        name.season,
        name.episode,
        name.tmdb_id,
        name.tvdb_id,
        name.imdb_id,
        match.title_id if match else None,
        match.confidence if match else 0.0,
        media.duration_s,
        media.width,
        media.height,
        media.video_codec,
        media.audio_codec,
    )
