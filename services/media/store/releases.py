"""The calendar, in Postgres."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from kit.postgres import Database
from services.media.domain.calendar.releases import (
    Dated,
    Place,
    Release,
    ReleaseKind,
    Span,
)
from services.media.store.posters import with_posters
from services.media.store.titles import facts_of, title_of

_BEGINNING = Place(date.min, UUID(int=0), ReleaseKind.CINEMA, -1, -1)
PAGE = with_posters(
    """
    WITH page AS (
        SELECT releases.title_id, releases.kind AS release_kind,
               releases.season, releases.episode, releases.day,
               releases.name AS episode_name, releases.changed_at,
               watches.is_ours OR watches.collection_until > $3 AS is_followed
          FROM releases
          JOIN release_watches AS watches
            ON watches.title_id = releases.title_id
         WHERE releases.day BETWEEN $1 AND $2
           AND (releases.day, releases.title_id, releases.kind,
                releases.season, releases.episode)
               > ($4::date, $5::uuid, $6::text, $7::integer, $8::integer)
           AND ($9::text IS NULL
                OR (releases.kind = 'episode') = ($9 = 'series'))
           AND (NOT $10 OR watches.is_ours OR watches.collection_until > $3)
         ORDER BY releases.day, releases.title_id, releases.kind,
                  releases.season, releases.episode
         LIMIT $11
    )
    SELECT page.release_kind, page.season, page.episode, page.day,
           page.episode_name, page.changed_at, page.is_followed,
           card.id, card.kind, card.name, card.original_name, card.year,
           card.overview, card.genres, card.runtime_minutes, card.popularity,
           card.vote_average, card.vote_count, card.poster_path, card.tmdb_id,
           card.imdb_id, card.tvdb_id, card.original_language,
           EXISTS (SELECT FROM items
                    WHERE items.title_id = card.id AND items.state = 'OK')
               AS on_shelf,
           EXISTS (SELECT FROM items
                    WHERE items.title_id = card.id AND items.state = 'OK'
                      AND (page.release_kind <> 'episode'
                           OR items.season = page.season
                              AND items.episode = page.episode))
               AS is_there,
           requests.ids AS request_ids, requests.askers,
           requesters.name AS requested_by_name,
           [poster]
      FROM page
      JOIN titles AS card ON card.id = page.title_id
      LEFT JOIN LATERAL (
        SELECT array_agg(id ORDER BY created_at, id) AS ids,
               array_agg(requested_by ORDER BY created_at, id) AS askers
          FROM requests
         WHERE requests.title_id = card.id
           AND requests.state IN ('PENDING', 'APPROVED')
      ) AS requests ON true
      LEFT JOIN requesters ON requesters.user_id = requests.askers[1]
      [posters]
     ORDER BY page.day, page.title_id, page.release_kind, page.season,
              page.episode
    """,
    "card",
)


class PostgresReleases:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, span: Span, now: datetime, most: int, after: Place | None
    ) -> Sequence[Dated]:
        behind = after or _BEGINNING
        rows = await self._database.fetch(
            PAGE,
            span.since,
            span.until,
            now,
            behind.day,
            behind.title_id,
            behind.kind.value,
            behind.season,
            behind.episode,
            span.kind.value if span.kind else None,
            span.followed_only,
            most,
        )
        return [
            Dated(
                Release(
                    ReleaseKind(row["release_kind"]),
                    row["day"],
                    row["season"],
                    row["episode"],
                    row["episode_name"],
                ),
                title_of(row),
                facts_of(row),
                row["is_there"],
                row["is_followed"],
                row["changed_at"],
            )
            for row in rows
        ]
