"""The catalogue in its orders, and what is like the shelf, in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from kit.postgres import Database
from services.media.domain.discover.discovering import InCatalog
from services.media.domain.discover.wanted import Sort, Wanted
from services.media.domain.presence import Facts
from services.media.domain.titles import Kind, Title
from services.media.store.posters import with_posters
from services.media.store.titles import facts_of, title_of

_WELL_KNOWN = 3000
_LOOKED_AT = 50

_COLUMNS = """
    SELECT id, kind, name, original_name, year, overview, genres, runtime_minutes,
           popularity, vote_average, vote_count, poster_path, tmdb_id, imdb_id,
           tvdb_id, original_language, standing,
"""
_FILTERED = """
       AND ($5::text IS NULL OR kind = $5)
       AND ($6::integer IS NULL OR year >= $6)
       AND ($7::integer IS NULL OR year <= $7)
       AND ($8::double precision IS NULL OR vote_average >= $8)
       AND ($9::double precision IS NULL OR vote_average <= $9)
"""
_OF_GENRE = "       AND genres @> ARRAY[$10::text]"
_ANY_GENRE = "       AND $10::text IS NULL"
_CARDS = with_posters(
    """
    SELECT page.id, page.kind, page.name, page.original_name, page.year, page.overview,
           page.genres, page.runtime_minutes, page.popularity, page.vote_average,
           page.vote_count, page.poster_path, page.tmdb_id, page.imdb_id, page.tvdb_id,
           page.original_language, page.place, page.standing,
           EXISTS (SELECT FROM items
                    WHERE items.title_id = page.id AND items.state = 'OK') AS on_shelf,
           requests.ids AS request_ids, requests.askers,
           requesters.name AS requested_by_name,
           [poster]
      FROM page
      LEFT JOIN LATERAL (
        SELECT array_agg(id ORDER BY created_at, id) AS ids,
               array_agg(requested_by ORDER BY created_at, id) AS askers
          FROM requests
         WHERE requests.title_id = page.id
           AND requests.state IN ('PENDING', 'APPROVED')
      ) AS requests ON true
      LEFT JOIN requesters ON requesters.user_id = requests.askers[1]
      [posters]
     ORDER BY page.place DESC, page.standing DESC, page.id DESC
    """,
    "page",
)
_ORDERS = {
    Sort.POPULARITY: """
           standing AS place
      FROM titles
     WHERE $2::double precision IS NOT NULL
       AND (standing, id) < ($3::real, $4::uuid)
    """,
    Sort.RATING: """
           vote_average AS place
      FROM titles
     WHERE (vote_count >= 100 OR (kind = 'series' AND vote_count = 0))
       AND (vote_average, standing, id) < ($2::double precision, $3::real, $4::uuid)
    """,
    Sort.NEWEST: """
           year AS place
      FROM titles
     WHERE year IS NOT NULL
       AND (year, standing, id) < ($2::double precision::integer, $3::real, $4::uuid)
    """,
}
_LIMITS = {
    Sort.POPULARITY: "\n     ORDER BY standing DESC, id DESC LIMIT $1",
    Sort.RATING: "\n     ORDER BY vote_average DESC, standing DESC, id DESC LIMIT $1",
    Sort.NEWEST: "\n     ORDER BY year DESC, standing DESC, id DESC LIMIT $1",
}
_PAGES = {
    (sort, has_genre): "WITH page AS ("
    + _COLUMNS
    + _ORDERS[sort]
    + _FILTERED
    + (_OF_GENRE if has_genre else _ANY_GENRE)
    + _LIMITS[sort]
    + ")\n"
    + _CARDS
    for sort in Sort
    for has_genre in (True, False)
}
_BEGINNING = InCatalog(1e9, 1e9, UUID(int=2**128 - 1))


class PostgresDiscoveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(
        self, wanted: Wanted, order: Sort, most: int, after: InCatalog | None
    ) -> Sequence[tuple[Title, Facts, InCatalog]]:
        behind = after or _BEGINNING
        rows = await self._database.fetch(
            _PAGES[order, bool(wanted.genre)],
            most,
            behind.value,
            behind.standing,
            behind.title_id,
            wanted.kind.value if wanted.kind else None,
            wanted.year_from or None,
            wanted.year_to or None,
            wanted.rating_from or None,
            wanted.rating_to or None,
            wanted.genre or None,
        )
        return [
            (
                title_of(row),
                facts_of(row),
                InCatalog(float(row["place"]), row["standing"], row["id"]),
            )
            for row in rows
        ]

    async def genres(self, kind: Kind) -> Sequence[str]:
        rows = await self._database.fetch(
            """
            SELECT DISTINCT unnest(genres) AS genre
              FROM (SELECT genres
                      FROM titles
                     WHERE kind = $1
                     ORDER BY standing DESC, id DESC
                     LIMIT $2) AS known
             ORDER BY genre
             LIMIT 200
            """,
            kind.value,
            _WELL_KNOWN,
        )
        return [row["genre"] for row in rows]

    async def newest(self, kind: Kind | None, most: int) -> Sequence[UUID]:
        rows = await self._database.fetch(
            """
            SELECT title_id
              FROM shelf_titles
             WHERE library_id = '00000000-0000-0000-0000-000000000000'
               AND ($1::text IS NULL OR kind = $1)
             ORDER BY added_at DESC, title_id DESC
             LIMIT $2
            """,
            kind.value if kind else None,
            most,
        )
        return [row["title_id"] for row in rows]

    async def akin(self, kind: Kind | None, most: int) -> Sequence[UUID]:
        rows = await self._database.fetch(
            """
            WITH newest AS (
                SELECT genres
                  FROM shelf_titles
                 WHERE library_id = '00000000-0000-0000-0000-000000000000'
                   AND ($1::text IS NULL OR kind = $1)
                 ORDER BY added_at DESC, title_id DESC
                 LIMIT $3
            ), liked AS (
                SELECT genre, count(genre) AS times
                  FROM newest
                 CROSS JOIN unnest(newest.genres) AS genre
                 GROUP BY genre
            ), known AS (
                SELECT id, lower(genres::text)::text[] AS genres, vote_average
                  FROM titles
                 WHERE $1::text IS NULL OR kind = $1
                 ORDER BY standing DESC, id DESC
                 LIMIT $4
            )
            SELECT known.id
              FROM known
             CROSS JOIN unnest(known.genres) AS mine (genre)
              JOIN liked ON liked.genre = mine.genre
             WHERE NOT EXISTS (
                       SELECT FROM shelf_titles
                        WHERE library_id = '00000000-0000-0000-0000-000000000000'
                          AND title_id = known.id)
             GROUP BY known.id, known.vote_average
             ORDER BY sum(liked.times) * known.vote_average DESC, known.id
             LIMIT $2
            """,
            kind.value if kind else None,
            most,
            _LOOKED_AT,
            _WELL_KNOWN,
        )
        return [row["id"] for row in rows]
