"""What is posted, as it comes in, in Postgres."""

from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.webhooks.deliveries import DeliveryReplayed, Posted
from services.media.domain.webhooks.proving import Lock, WebhookRefused
from services.media.domain.webhooks.receiving import WebhookTooOften
from services.media.store.webhook_sources import PostgresWebhookSources

_MINUTE = timedelta(minutes=1)
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresLetterbox:
    def __init__(self, database: Database, sources: PostgresWebhookSources) -> None:
        self._database = database
        self._sources = sources

    async def lock(self, source_id: UUID) -> Lock:
        return await self._sources.lock(source_id)

    async def keep(
        self, posted: Posted, since: datetime, most: int, *, again_is_replay: bool
    ) -> UUID:
        async with self._database.transaction() as conn:
            # Of two that post the same at once, one waits here for the other.
            source_id = await conn.fetchval(
                """
                UPDATE webhook_sources
                   SET last_delivery_at = greatest(last_delivery_at, $2)
                 WHERE id = $1
                RETURNING id
                """,
                posted.source_id,
                posted.at,
            )
            if source_id is None:
                raise WebhookRefused
            earlier = await self._repeated(conn, posted, since)
            if earlier is not None and again_is_replay:
                raise DeliveryReplayed("This very delivery came before.")
            if earlier is not None:
                return earlier
            await self._store(conn, posted, most)
            return posted.id

    async def _repeated(
        self, conn: Connection, posted: Posted, since: datetime
    ) -> UUID | None:
        found: UUID | None = await conn.fetchval(
            """
            UPDATE webhook_deliveries
               SET repeats = repeats + 1
             WHERE source_id = $1 AND digest = $2 AND received_at > $3
            RETURNING id
            """,
            posted.source_id,
            posted.digest,
            since,
        )
        return found

    async def _store(self, conn: Connection, posted: Posted, most: int) -> None:
        stored = await conn.fetchval(
            """
            INSERT INTO webhook_deliveries
                   (id, source_id, received_at, digest, content_type, payload, due_at)
            SELECT $1, $2, $3, $4, $5, $6, $3
             WHERE (SELECT count(id)
                      FROM webhook_deliveries
                     WHERE source_id = $2 AND received_at > $7) < $8
            RETURNING id
            """,
            posted.id,
            posted.source_id,
            posted.at,
            posted.digest,
            posted.content_type,
            posted.payload,
            posted.at - _MINUTE,
            most,
        )
        if stored is None:
            raise WebhookTooOften
