"""The catalogue by the provider's ids, in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from kit.postgres import Database
from services.media.domain.importing import Entry
from services.media.domain.names import key_of
from services.media.domain.presence import Facts
from services.media.domain.titles import Kind, Title
from services.media.store.posters import with_posters
from services.media.store.titles import facts_of, title_of

_NAMED = with_posters(
    """
    SELECT card.id, card.kind, card.name, card.original_name, card.year,
           card.overview, card.genres, card.runtime_minutes, card.popularity,
           card.vote_average, card.vote_count, card.poster_path, card.tmdb_id,
           card.imdb_id, card.tvdb_id, card.original_language,
           EXISTS (SELECT FROM items
                    WHERE items.title_id = card.id AND items.state = 'OK')
               AS on_shelf,
           requests.ids AS request_ids, requests.askers,
           requesters.name AS requested_by_name,
           [poster]
      FROM unnest($2::integer[]) WITH ORDINALITY AS wanted (tmdb_id, place)
     CROSS JOIN LATERAL (
        SELECT id, kind, name, original_name, year, overview, genres,
               runtime_minutes, popularity, vote_average, vote_count,
               poster_path, tmdb_id, imdb_id, tvdb_id, original_language
          FROM titles
         WHERE titles.tmdb_id = wanted.tmdb_id AND titles.kind = $1
         ORDER BY standing DESC, id
         LIMIT 1
     ) AS card
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


class PostgresProviderCards:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def named(
        self, kind: Kind, tmdb_ids: Sequence[int]
    ) -> Sequence[tuple[Title, Facts]]:
        rows = await self._database.fetch(
            _NAMED,
            kind.value,
            tmdb_ids,
        )
        return [(title_of(row), facts_of(row)) for row in rows]

    async def adopt(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        asked = [each for each in entries if each.kind and each.tmdb_id]
        rows = await self._database.fetch(
            """
            WITH told AS (
                SELECT kind, tmdb_id, key, year
                  FROM unnest($1::text[], $2::integer[], $3::text[], $4::integer[])
                       AS entry (kind, tmdb_id, key, year)
            ), new AS (
                SELECT kind, tmdb_id, key, year
                  FROM told
                 WHERE NOT EXISTS (SELECT FROM titles
                                    WHERE titles.tmdb_id = told.tmdb_id
                                      AND titles.kind = told.kind)
            ), adopted AS (
                UPDATE titles
                   SET tmdb_id = alike.tmdb_id
                  FROM (SELECT DISTINCT ON (same.id) same.id, new.tmdb_id
                          FROM new
                         CROSS JOIN LATERAL (
                            SELECT id
                              FROM titles
                             WHERE titles.name_key = new.key
                               AND titles.kind = new.kind
                               AND titles.tmdb_id IS NULL
                               AND titles.year BETWEEN new.year - 1 AND new.year + 1
                             ORDER BY abs(titles.year - new.year), standing DESC, id
                             LIMIT 1) AS same
                         ORDER BY same.id, new.tmdb_id) AS alike
                 WHERE titles.id = alike.id AND titles.tmdb_id IS NULL
                RETURNING titles.kind, titles.tmdb_id
            )
            SELECT kind, tmdb_id
              FROM new
            EXCEPT
            SELECT kind, tmdb_id
              FROM adopted
            """,
            [each.kind.value for each in asked if each.kind],
            [each.tmdb_id for each in asked],
            [key_of(each.name) for each in asked],
            [each.year for each in asked],
        )
        unknown = {(row["kind"], row["tmdb_id"]) for row in rows}
        return [
            each
            for each in asked
            if each.kind and (each.kind.value, each.tmdb_id) in unknown
        ]

    async def link(self, title_id: UUID, tmdb_id: int) -> None:
        await self._database.execute(
            """
            UPDATE titles
               SET tmdb_id = $2
             WHERE id = $1 AND tmdb_id IS NULL
            """,
            title_id,
            tmdb_id,
        )

    async def origin_of(self, kind: Kind, tmdb_id: int) -> str | None:
        found: str | None = await self._database.fetchval(
            """
            SELECT origin_key
              FROM titles
             WHERE tmdb_id = $2 AND kind = $1
             ORDER BY standing DESC, id
             LIMIT 1
            """,
            kind.value,
            tmdb_id,
        )
        return found

    async def has_backdrop(self, title_id: UUID, path: str) -> None:
        await self._database.execute(
            """
            INSERT INTO backdrops AS known (title_id, path)
            SELECT id, $2 FROM titles WHERE id = $1
                ON CONFLICT (title_id) DO UPDATE
               SET path = excluded.path
             WHERE known.path <> excluded.path
            """,
            title_id,
            path,
        )
