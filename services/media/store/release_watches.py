"""What is watched for its days of release, in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.calendar.following import Told, Watch
from services.media.domain.calendar.releases import Release
from services.media.domain.titles import Kind
from services.media.store.arrivals import arrive

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_BATCH = 1000


class PostgresWatches:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def enrol(self, now: datetime) -> None:
        # Requests and series first: the films of a shelf are many, and seldom new.
        # Several processes do this at once: in one order here, and below none waits.
        await self._database.execute(
            """
            INSERT INTO release_watches AS known (title_id, is_ours, due_at)
            SELECT ours.title_id, true,
                   CASE WHEN ours.is_film THEN $1::timestamptz ELSE '-infinity' END
              FROM (SELECT title_id, kind = 'movie' AS is_film
                      FROM shelf_titles
                     WHERE library_id = '00000000-0000-0000-0000-000000000000'
                       AND NOT EXISTS (
                           SELECT FROM requests
                            WHERE requests.title_id = shelf_titles.title_id
                              AND requests.state IN ('PENDING', 'APPROVED'))
                     UNION ALL
                    SELECT DISTINCT title_id, false
                      FROM requests
                     WHERE state IN ('PENDING', 'APPROVED')
                       AND title_id IS NOT NULL) AS ours
             WHERE NOT EXISTS (SELECT FROM release_watches
                                WHERE release_watches.title_id = ours.title_id
                                  AND release_watches.is_ours)
             ORDER BY ours.title_id
             LIMIT $2
                ON CONFLICT (title_id) DO UPDATE SET is_ours = true
            """,
            now,
            _BATCH,
        )
        await self._database.execute(
            """
            WITH left_alone AS (
                SELECT title_id
                  FROM release_watches
                 WHERE is_ours
                   AND NOT EXISTS (
                       SELECT FROM shelf_titles
                        WHERE library_id = '00000000-0000-0000-0000-000000000000'
                          AND shelf_titles.title_id = release_watches.title_id)
                   AND NOT EXISTS (
                       SELECT FROM requests
                        WHERE requests.title_id = release_watches.title_id
                          AND requests.state IN ('PENDING', 'APPROVED'))
                 ORDER BY title_id
                 LIMIT $1
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE release_watches
               SET is_ours = false
              FROM left_alone
             WHERE release_watches.title_id = left_alone.title_id
            """,
            _BATCH,
        )
        await self._database.execute(
            """
            DELETE FROM release_watches
             WHERE title_id = ANY (ARRAY(
                       SELECT title_id
                         FROM release_watches
                        WHERE NOT is_ours
                          AND upcoming_until <= $1
                          AND collection_until <= $1
                        ORDER BY title_id
                        LIMIT $2
                          FOR UPDATE SKIP LOCKED))
               AND NOT is_ours
            """,
            now,
            _BATCH,
        )

    async def expect(
        self,
        kind: Kind,
        tmdb_ids: Sequence[int],
        now: datetime,
        upcoming_until: datetime,
        collection_until: datetime,
    ) -> None:
        await self._database.execute(
            """
            INSERT INTO release_watches AS known
                   (title_id, due_at, upcoming_until, collection_until)
            SELECT id, $3, $4, $5
              FROM titles
             WHERE tmdb_id = ANY ($2::integer[])
               AND kind = $1
               AND (year IS NULL OR year >= extract(year FROM $3::timestamptz))
             ORDER BY id
                ON CONFLICT (title_id) DO UPDATE
               SET upcoming_until = greatest(known.upcoming_until, $4),
                   collection_until = greatest(known.collection_until, $5)
             WHERE (known.upcoming_until, known.collection_until)
                   IS DISTINCT FROM (greatest(known.upcoming_until, $4),
                                     greatest(known.collection_until, $5))
            """,
            kind.value,
            tmdb_ids,
            now,
            upcoming_until,
            collection_until,
        )

    async def claim(self, now: datetime, until: datetime) -> Watch | None:
        row = await self._database.fetchrow(
            """
            UPDATE release_watches
               SET leased_until = $2
             WHERE title_id = (SELECT title_id
                                 FROM release_watches
                                WHERE due_at <= $1 AND leased_until <= $1
                                ORDER BY due_at, title_id
                                LIMIT 1
                                  FOR UPDATE SKIP LOCKED)
            RETURNING title_id, leased_until
            """,
            now,
            until,
        )
        return None if row is None else Watch(row["title_id"], row["leased_until"])

    async def keep(
        self, watch: Watch, told: Told, due_at: datetime, at: datetime
    ) -> None:
        async with self._database.transaction() as conn:
            held = await conn.fetchval(
                """
                UPDATE release_watches
                   SET due_at = $3, leased_until = '-infinity'
                 WHERE title_id = $1 AND leased_until = $2
                RETURNING title_id
                """,
                watch.title_id,
                watch.leased_until,
                due_at,
            )
            if held is None:
                return
            await _keep_days(conn, watch.title_id, told.releases, at)
            if await _keep_sizes(conn, watch.title_id, told.aired):
                await arrive(conn, [watch.title_id], at)

    async def put_off(self, watch: Watch, due_at: datetime) -> None:
        await self._database.execute(
            """
            UPDATE release_watches
               SET due_at = $3, leased_until = '-infinity'
             WHERE title_id = $1 AND leased_until = $2
            """,
            watch.title_id,
            watch.leased_until,
            due_at,
        )


async def _keep_days(
    conn: Connection, title_id: UUID, releases: Sequence[Release], at: datetime
) -> None:
    kinds = [each.kind.value for each in releases]
    seasons = [each.season for each in releases]
    episodes = [each.episode for each in releases]
    await conn.execute(
        """
        DELETE FROM releases
         WHERE title_id = $1
           AND (kind, season, episode) NOT IN (
               SELECT kind, season, episode
                 FROM unnest($2::text[], $3::integer[], $4::integer[])
                      AS told (kind, season, episode))
        """,
        title_id,
        kinds,
        seasons,
        episodes,
    )
    await conn.execute(
        """
        INSERT INTO releases AS known
               (title_id, kind, season, episode, day, name, changed_at)
        SELECT $1, kind, season, episode, day, name, $7
          FROM unnest($2::text[], $3::integer[], $4::integer[], $5::date[],
                      $6::text[])
               AS told (kind, season, episode, day, name)
            ON CONFLICT (title_id, kind, season, episode) DO UPDATE
           SET day = excluded.day, name = excluded.name,
               changed_at = excluded.changed_at
         WHERE (known.day, known.name) <> (excluded.day, excluded.name)
        """,
        title_id,
        kinds,
        seasons,
        episodes,
        [each.day for each in releases],
        [each.name for each in releases],
        at,
    )


async def _keep_sizes(
    conn: Connection, title_id: UUID, aired: Mapping[int, int]
) -> bool:
    """Whether anything was another before."""
    gone = await conn.fetch(
        """
        DELETE FROM season_sizes
         WHERE title_id = $1 AND season <> ALL ($2::integer[])
        RETURNING season
        """,
        title_id,
        list(aired),
    )
    changed = await conn.fetch(
        """
        INSERT INTO season_sizes AS known (title_id, season, aired)
        SELECT $1, season, aired
          FROM unnest($2::integer[], $3::integer[]) AS told (season, aired)
            ON CONFLICT (title_id, season) DO UPDATE
           SET aired = excluded.aired
         WHERE known.aired <> excluded.aired
        RETURNING season
        """,
        title_id,
        list(aired),
        list(aired.values()),
    )
    return bool(gone or changed)
