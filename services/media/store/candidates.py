"""Titles that files may be, in Postgres."""

from collections.abc import Sequence
from itertools import groupby

from kit.postgres import Database
from services.media.domain.matching import Candidate, ItemKind, Likeness, ParsedName
from services.media.domain.names import key_of


class PostgresCatalog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, names: list[ParsedName]) -> list[list[Candidate]]:
        asked = [
            (number, parsed)
            for number, parsed in enumerate(names)
            if parsed.kind is not ItemKind.MUSIC
        ]
        keys = [
            (number, parsed.kind.value, key_of(name), place, parsed.year)
            for number, parsed in asked
            for place, name in enumerate((parsed.name, *parsed.other_names))
        ]
        ids = [
            (number, parsed.kind.value, parsed.tmdb_id, parsed.tvdb_id, parsed.imdb_id)
            for number, parsed in asked
            if parsed.tmdb_id or parsed.tvdb_id or parsed.imdb_id
        ]
        # Of one name there may be dozens. With a year those that are near are
        # enough, without one a second is enough to know that it is not clear.
        rows = await self._database.fetch(
            """
            SELECT asked.number, 'id' AS likeness, found.id, found.year,
                   found.standing
              FROM unnest($6::integer[], $7::text[], $8::integer[], $9::integer[],
                          $10::text[])
                   AS asked (number, kind, tmdb_id, tvdb_id, imdb_id)
             CROSS JOIN LATERAL (
                SELECT id, year, standing
                  FROM titles
                 WHERE tmdb_id = nullif(asked.tmdb_id, 0) AND kind = asked.kind
                 UNION ALL
                SELECT id, year, standing
                  FROM titles
                 WHERE tvdb_id = nullif(asked.tvdb_id, 0) AND kind = asked.kind
                 UNION ALL
                SELECT id, year, standing
                  FROM titles
                 WHERE imdb_id = nullif(asked.imdb_id, '') AND imdb_id <> ''
                   AND kind = asked.kind
                 LIMIT 3
             ) AS found
             UNION ALL
            SELECT asked.number,
                   CASE asked.place WHEN 0 THEN 'name' ELSE 'other_name' END,
                   found.id, found.year, found.standing
              FROM unnest($1::integer[], $2::text[], $3::text[], $4::integer[],
                          $5::integer[])
                   AS asked (number, kind, key, place, year)
             CROSS JOIN LATERAL (
                SELECT alike.id, alike.year, alike.standing
                  FROM (SELECT id, year, standing
                          FROM titles
                         WHERE name_key = asked.key AND kind = asked.kind
                         UNION ALL
                        SELECT id, year, standing
                          FROM titles
                         WHERE original_key = asked.key AND original_key <> ''
                           AND kind = asked.kind) AS alike
                 WHERE asked.year = 0 OR asked.kind = 'series' OR alike.year IS NULL
                    OR alike.year BETWEEN asked.year - 1 AND asked.year + 1
                 ORDER BY alike.standing DESC, alike.id
                 LIMIT 12
             ) AS found
             ORDER BY 1
            """,
            *_columns(keys, 5),
            *_columns(ids, 5),
        )
        found: list[list[Candidate]] = [[] for _ in names]
        for number, group in groupby(rows, lambda row: row["number"]):
            found[number] = [
                Candidate(
                    row["id"], Likeness(row["likeness"]), row["year"], row["standing"]
                )
                for row in group
            ]
        return found


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[place] for row in rows] for place in range(width)]
