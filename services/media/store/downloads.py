"""What is being downloaded of what was ordered, in Postgres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.fetching.progress import Change, Followed, Place, Progress
from services.media.domain.requests.episodes import unpacked
from services.media.store.order_events import tell


class PostgresDownloads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def worth_a_look(self) -> Collection[UUID]:
        rows = await self._database.fetch(
            """
            SELECT id
              FROM fulfillers
             WHERE EXISTS (SELECT
                             FROM orders
                            WHERE orders.fulfiller_id = fulfillers.id
                              AND orders.state IN ('PLACED', 'UNANSWERED'))
                OR EXISTS (SELECT
                             FROM order_downloads
                             JOIN orders
                               ON orders.request_id = order_downloads.request_id
                            WHERE orders.fulfiller_id = fulfillers.id)
            """
        )
        return {row["id"] for row in rows}

    async def known(self, fulfiller_id: UUID) -> Mapping[Place, Progress]:
        rows = await self._database.fetch(
            """
            SELECT order_downloads.request_id, download_id, name,
                   order_downloads.state, size_bytes, left_bytes, speed_bps, ends_at,
                   is_stalled, problems, season, episodes, client,
                   order_downloads.changed_at
              FROM order_downloads
              JOIN orders ON orders.request_id = order_downloads.request_id
             WHERE orders.fulfiller_id = $1
            """,
            fulfiller_id,
        )
        found = [progress_of(row) for row in rows]
        return {each.place: each for each in found}

    async def followed(
        self, fulfiller_id: UUID, remote_ids: Collection[int]
    ) -> Sequence[Followed]:
        if not remote_ids:
            return []
        rows = await self._database.fetch(
            """
            SELECT orders.request_id, orders.remote_id, requests.seasons,
                   requests.episodes
              FROM orders
              JOIN requests ON requests.id = orders.request_id
             WHERE orders.fulfiller_id = $1
               AND orders.remote_id = ANY ($2::integer[])
               AND orders.state IN ('PLACED', 'ARRIVED')
            """,
            fulfiller_id,
            list(remote_ids),
        )
        return [
            Followed(
                row["request_id"],
                row["remote_id"],
                frozenset(row["seasons"]),
                frozenset(unpacked(row["episodes"])),
            )
            for row in rows
        ]

    async def note(self, fulfiller_id: UUID, changed: Change, now: datetime) -> None:
        concerned = {each.request_id for each in changed.told}
        concerned |= {request_id for request_id, _ in changed.gone}
        async with self._database.transaction() as conn:
            # Locked before anything of theirs, as who ends them does.
            rows = await conn.fetch(
                """
                SELECT request_id
                  FROM orders
                 WHERE request_id = ANY ($1::uuid[]) AND fulfiller_id = $2
                   AND state IN ('PLACED', 'ARRIVED')
                 ORDER BY request_id
                   FOR UPDATE
                """,
                list(concerned),
                fulfiller_id,
            )
            held = {row["request_id"] for row in rows}
            await conn.execute(
                """
                DELETE FROM order_downloads
                 USING unnest($1::uuid[], $2::text[]) AS gone (request_id, download_id)
                 WHERE order_downloads.request_id = gone.request_id
                   AND order_downloads.download_id = gone.download_id
                """,
                [request_id for request_id, _ in changed.gone],
                [download_id for _, download_id in changed.gone],
            )
            await conn.executemany(
                """
                INSERT INTO order_downloads AS known
                       (request_id, download_id, name, state, size_bytes, left_bytes,
                        speed_bps, ends_at, is_stalled, problems, season, episodes,
                        client, changed_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                    ON CONFLICT (request_id, download_id) DO UPDATE
                   SET name = $3, state = $4, size_bytes = $5, left_bytes = $6,
                       speed_bps = $7, ends_at = $8, is_stalled = $9, problems = $10,
                       season = $11, episodes = $12, client = $13, changed_at = $14
                """,
                [
                    (
                        each.request_id,
                        each.download_id,
                        each.name,
                        each.state,
                        each.size_bytes,
                        each.left_bytes,
                        each.speed_bps,
                        each.ends_at,
                        each.is_stalled,
                        each.problems,
                        each.season,
                        each.episodes,
                        each.client,
                        each.changed_at,
                    )
                    for each in sorted(changed.told, key=lambda each: each.place)
                    if each.request_id in held
                ],
            )
            await tell(conn, sorted(held), now)

    async def unseen(self, fulfiller_id: UUID, since: datetime, words: str) -> None:
        await self._database.execute(
            """
            INSERT INTO fulfillers_unseen (fulfiller_id, since, words)
            SELECT id, $2, $3 FROM fulfillers WHERE id = $1
                ON CONFLICT (fulfiller_id) DO NOTHING
            """,
            fulfiller_id,
            since,
            words,
        )

    async def seen(self, fulfiller_id: UUID) -> None:
        await self._database.execute(
            "DELETE FROM fulfillers_unseen WHERE fulfiller_id = $1", fulfiller_id
        )


def progress_of(row: asyncpg.Record) -> Progress:
    return Progress(
        row["request_id"],
        row["download_id"],
        row["name"],
        row["state"],
        row["size_bytes"],
        row["left_bytes"],
        row["speed_bps"],
        row["ends_at"],
        row["is_stalled"],
        tuple(row["problems"]),
        row["season"],
        tuple(row["episodes"]),
        row["client"],
        row["changed_at"],
    )
