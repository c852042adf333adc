"""Titles, with what MediaNest has of them, in Postgres."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.pictures.glance import Glance
from services.media.domain.pictures.places import tmdb_version
from services.media.domain.presence import Facts
from services.media.domain.titles import Kind, Title, TitleMissing
from services.media.store.posters import poster_in, with_posters

_ONE = with_posters(
    """
    SELECT titles.id, kind, titles.name, original_name, year, overview, genres,
           cast_names, runtime_minutes, popularity, vote_average, vote_count,
           poster_path, tmdb_id, imdb_id, tvdb_id, original_language,
           EXISTS (SELECT FROM items
                    WHERE items.title_id = titles.id AND items.state = 'OK')
               AS on_shelf,
           requests.ids AS request_ids, requests.askers,
           requesters.name AS requested_by_name,
           [poster],
           block_of(titles.id) IS NOT NULL AS is_blocklisted,
           backdrops.path AS backdrop_path,
           backdrops.version AS backdrop_version,
           backdrops.color AS backdrop_color,
           backdrops.preview AS backdrop_preview
      FROM titles
      LEFT JOIN LATERAL (
        SELECT array_agg(id ORDER BY created_at, id) AS ids,
               array_agg(requested_by ORDER BY created_at, id) AS askers
          FROM requests
         WHERE requests.title_id = titles.id
           AND requests.state IN ('PENDING', 'APPROVED')
      ) AS requests ON true
      LEFT JOIN requesters ON requesters.user_id = requests.askers[1]
      LEFT JOIN backdrops ON backdrops.title_id = titles.id
      [posters]
     WHERE titles.id = $1
    """,
    "titles",
)
_CARDS = with_posters(
    """
    SELECT catalog_version.version,
           card.id, card.kind, card.name, card.original_name, card.year,
           card.overview, card.genres, card.runtime_minutes, card.popularity,
           card.vote_average, card.vote_count, card.poster_path, card.tmdb_id,
           card.imdb_id, card.tvdb_id, card.original_language,
           EXISTS (SELECT FROM items
                    WHERE items.title_id = card.id AND items.state = 'OK')
               AS on_shelf,
           requests.ids AS request_ids, requests.askers,
           requesters.name AS requested_by_name,
           [poster]
      FROM catalog_version
      LEFT JOIN (
        SELECT id, place
          FROM unnest($1::uuid[]) WITH ORDINALITY AS ours (id, place)
         UNION ALL
        SELECT same.id, cardinality($1::uuid[]) + theirs.place
          FROM unnest($2::text[], $3::integer[])
               WITH ORDINALITY AS theirs (kind, tmdb_id, place)
         CROSS JOIN LATERAL (
            SELECT id
              FROM titles
             WHERE titles.tmdb_id = theirs.tmdb_id
               AND titles.kind = theirs.kind
             ORDER BY standing DESC, id
             LIMIT 1
         ) AS same
      ) AS wanted ON true
      LEFT JOIN titles AS card ON card.id = wanted.id
      LEFT JOIN LATERAL (
        SELECT array_agg(id ORDER BY created_at, id) AS ids,
               array_agg(requested_by ORDER BY created_at, id) AS askers
          FROM requests
         WHERE requests.title_id = card.id
           AND requests.state IN ('PENDING', 'APPROVED')
      ) AS requests ON true
      LEFT JOIN requesters ON requesters.user_id = requests.askers[1]
      [posters]
     ORDER BY wanted.place
    """,
    "card",
)


class PostgresTitles:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_title(self, title_id: UUID) -> tuple[Title, Facts]:
        row = await self._database.fetchrow(
            _ONE,
            title_id,
        )
        if row is None:
            raise TitleMissing("There is no such title.")
        cast, backdrop = tuple(row["cast_names"]), _backdrop_in(row)
        title = title_of(row, cast=cast, backdrop=backdrop)
        return replace(title, is_blocklisted=row["is_blocklisted"]), facts_of(row)

    async def cards(
        self, title_ids: Sequence[UUID], listed: Sequence[tuple[Kind, int]] = ()
    ) -> tuple[int, Sequence[tuple[Title, Facts]]]:
        rows = await self._database.fetch(
            _CARDS,
            title_ids,
            [kind.value for kind, _ in listed],
            [tmdb_id for _, tmdb_id in listed],
        )
        cards = [
            (title_of(row), facts_of(row)) for row in rows if row["id"] is not None
        ]
        return rows[0]["version"], cards


def title_of(
    row: asyncpg.Record, cast: tuple[str, ...] = (), backdrop: Glance | None = None
) -> Title:
    return Title(
        id=row["id"],
        kind=Kind(row["kind"]),
        name=row["name"],
        original_name=row["original_name"],
        year=row["year"],
        overview=row["overview"],
        genres=tuple(row["genres"]),
        cast=cast,
        runtime_minutes=row["runtime_minutes"],
        popularity=row["popularity"],
        vote_average=row["vote_average"],
        vote_count=row["vote_count"],
        poster_path=row["poster_path"],
        tmdb_id=row["tmdb_id"],
        imdb_id=row["imdb_id"],
        tvdb_id=row["tvdb_id"],
        original_language=row["original_language"],
        poster=poster_in(row),
        backdrop=backdrop,
    )


def facts_of(row: asyncpg.Record) -> Facts:
    waiting = tuple(zip(row["askers"] or (), row["request_ids"] or (), strict=True))
    requested_by, request_id = waiting[0] if waiting else ("", None)
    return Facts(
        row["on_shelf"],
        request_id,
        requested_by,
        row["requested_by_name"] or "",
        waiting,
    )


def _backdrop_in(row: asyncpg.Record) -> Glance | None:
    version = tmdb_version(row["backdrop_path"] or "")
    if not version:
        return None
    if row["backdrop_version"] != version:
        return Glance(version)
    return Glance(version, row["backdrop_color"], row["backdrop_preview"])
