"""What was posted and what became of it, in Postgres."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.hooks import NewsKind
from services.media.domain.titles import Kind
from services.media.domain.webhooks.deliveries import (
    About,
    Claim,
    Delivery,
    DeliveryMissing,
    DeliveryState,
    DeliveryWaits,
    Done,
    Look,
)
from services.media.domain.webhooks.sources import WebhookKind
from services.media.store.news import note_everywhere
from services.media.store.webhook_sources import source_missing

_END = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
_FORGET_AT_ONCE = 1_000
_NEWS = {Look.LIBRARIES: NewsKind.LIBRARY, Look.REMOVALS: NewsKind.REMOVAL}
_NOTHING = About(is_movie=False)
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresDeliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, source_id: UUID, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[Delivery]:
        async with self._database.connection() as conn:
            rows = await conn.fetch(
                """
                SELECT one.id, state, received_at, event, outcome, attempts, repeats,
                       content_type, substring(payload FOR 4096) AS payload,
                       octet_length(payload) AS payload_bytes, title_id,
                       coalesce(titles.name, '') AS title_name, message
                  FROM webhook_deliveries AS one
                  LEFT JOIN titles ON titles.id = title_id
                 WHERE source_id = $1 AND (received_at, one.id) < ($2, $3)
                 ORDER BY received_at DESC, one.id DESC
                 LIMIT $4
                """,
                source_id,
                *(before or _END),
                limit,
            )
            if not rows and not await _is_source(conn, source_id):
                raise source_missing()
        return [_delivery(row) for row in rows]

    async def find(self, source_id: UUID, delivery_id: UUID) -> Delivery:
        async with self._database.connection() as conn:
            return await _find(conn, source_id, delivery_id)

    async def retry(
        self, source_id: UUID, delivery_id: UUID, now: datetime
    ) -> Delivery:
        async with self._database.transaction() as conn:
            again = await conn.fetchval(
                """
                UPDATE webhook_deliveries
                   SET state = 'WAITING', due_at = $3, begun = 0, looked = 0
                 WHERE source_id = $1 AND id = $2 AND state <> 'WAITING'
                RETURNING id
                """,
                source_id,
                delivery_id,
                now,
            )
            delivery = await _find(conn, source_id, delivery_id)
            if again is None:
                raise DeliveryWaits("It is about to be worked off anyway.")
            return delivery

    async def claim(self, now: datetime, lease: timedelta, most: int) -> Claim | None:
        row = await self._database.fetchrow(
            """
            WITH due AS (
                SELECT id
                  FROM webhook_deliveries
                 WHERE state = 'WAITING' AND due_at <= $1 AND begun < $3
                 ORDER BY due_at
                 LIMIT 1
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE webhook_deliveries AS one
               SET begun = begun + 1, attempts = attempts + 1,
                   due_at = $1 + $2::interval
              FROM due, webhook_sources
             WHERE one.id = due.id AND webhook_sources.id = one.source_id
            RETURNING one.id, webhook_sources.kind, payload, attempts, looked
            """,
            now,
            lease,
            most,
        )
        if row is None:
            await self._give_up(now, most)
            return None
        return Claim(
            row["id"],
            WebhookKind(row["kind"]),
            row["payload"],
            row["attempts"],
            row["looked"],
        )

    async def _give_up(self, now: datetime, most: int) -> None:
        await self._database.execute(
            """
            UPDATE webhook_deliveries
               SET state = 'FAILED', due_at = NULL,
                   outcome = 'Given up: it was begun too often, and never ended.'
             WHERE state = 'WAITING' AND due_at <= $1 AND begun >= $2
            """,
            now,
            most,
        )

    async def finish(self, claim: Claim, done: Done) -> None:
        said = done.said
        about = said.about or _NOTHING
        kind = Kind.MOVIE if about.is_movie else Kind.SERIES
        async with self._database.transaction() as conn:
            finished = await conn.fetchval(
                """
                UPDATE webhook_deliveries
                   SET state = $3, due_at = $4, event = $5, outcome = $6, message = $7,
                       begun = 0, looked = looked + 1,
                       title_id = coalesce(
                           (SELECT id FROM titles
                             WHERE kind = $8 AND tmdb_id = nullif($9::integer, 0)
                             ORDER BY id
                             LIMIT 1),
                           (SELECT id FROM titles
                             WHERE kind = $8 AND tvdb_id = nullif($10::integer, 0)
                             ORDER BY id
                             LIMIT 1))
                 WHERE id = $1 AND attempts = $2 AND state = 'WAITING'
                RETURNING id
                """,
                claim.id,
                claim.attempt,
                done.state.value,
                done.again_at,
                said.event,
                done.outcome,
                said.message,
                kind.value,
                about.tmdb_id,
                about.tvdb_id,
            )
            if finished is not None and said.look in _NEWS:
                await note_everywhere(conn, _NEWS[said.look])

    async def forget(self, before: datetime, most: int, spared: datetime) -> None:
        await self._database.execute(
            """
            DELETE FROM webhook_deliveries
             WHERE id = ANY (
                SELECT id
                  FROM (SELECT id, state, received_at,
                               row_number() OVER (PARTITION BY source_id
                                                  ORDER BY received_at DESC, id DESC)
                               AS place
                          FROM webhook_deliveries) AS placed
                 WHERE state <> 'WAITING'
                   AND received_at < $3
                   AND (received_at < $1 OR place > $2)
                 LIMIT $4)
            """,
            before,
            most,
            spared,
            _FORGET_AT_ONCE,
        )


async def _is_source(conn: Connection, source_id: UUID) -> bool:
    found = await conn.fetchval(
        "SELECT id FROM webhook_sources WHERE id = $1", source_id
    )
    return found is not None


async def _find(conn: Connection, source_id: UUID, delivery_id: UUID) -> Delivery:
    row = await conn.fetchrow(
        """
        SELECT one.id, state, received_at, event, outcome, attempts, repeats,
               content_type, payload, octet_length(payload) AS payload_bytes, title_id,
               coalesce(titles.name, '') AS title_name, message
          FROM webhook_deliveries AS one
          LEFT JOIN titles ON titles.id = title_id
         WHERE source_id = $1 AND one.id = $2
        """,
        source_id,
        delivery_id,
    )
    if row is None:
        raise DeliveryMissing("There is no such delivery.")
    return _delivery(row)


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        row["id"],
        DeliveryState(row["state"]),
        row["received_at"],
        row["event"],
        row["outcome"],
        row["attempts"],
        row["repeats"],
        row["content_type"],
        row["payload"],
        row["payload_bytes"],
        row["title_id"],
        row["title_name"],
        row["message"],
    )
