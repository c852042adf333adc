"""Places that programs post to, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from kit import idempotency
from kit.caller import Caller, Once
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.media.domain.operator import Sealing
from services.media.domain.webhooks.proving import Lock, WebhookRefused
from services.media.domain.webhooks.sources import (
    Proof,
    WebhookKind,
    WebhookSource,
    WebhookSourceMade,
    WebhookSourceMissing,
    WebhookSourcesFull,
    hash_of,
)

log = structlog.get_logger()

# Whoever adds one waits for whoever else does.
_ADDING = 0x77686B73


class PostgresWebhookSources:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(
        self, source: WebhookSource, secret: str, most: int, by: Caller, once: Once
    ) -> None:
        made = str(source.id)
        async with self._database.transaction() as conn:
            claimed = await idempotency.claim(conn, by.user_id, once, made)
            if claimed != made:
                raise WebhookSourceMade(
                    f"It was made before, as {claimed}. Renew its secret."
                )
            await conn.execute("SELECT pg_advisory_xact_lock($1)", _ADDING)
            added = await conn.fetchval(
                """
                INSERT INTO webhook_sources
                       (id, name, kind, proof, secret_hash, secret_sealed, created_at)
                SELECT $1, $2, $3, $4, $5, $6, $7
                 WHERE (SELECT count(id) FROM webhook_sources) < $8
                RETURNING id
                """,
                source.id,
                source.name,
                source.kind.value,
                source.proof.value,
                hash_of(secret),
                self._sealed(secret, source.id, source.proof),
                source.created_at,
                most,
            )
            if added is None:
                raise WebhookSourcesFull(
                    f"There are {most} webhook sources. Delete one that is not used."
                )

    async def page(
        self, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[WebhookSource]:
        rows = await self._database.fetch(
            """
            SELECT id, name, kind, proof, created_at, last_delivery_at
              FROM webhook_sources
             WHERE (created_at, id) > (coalesce($1, '-infinity'::timestamptz), $2)
             ORDER BY created_at, id
             LIMIT $3
            """,
            *(after or (None, UUID(int=0))),
            limit,
        )
        return [_source(row) for row in rows]

    async def renew(self, source_id: UUID, secret: str) -> WebhookSource:
        row = await self._database.fetchrow(
            """
            UPDATE webhook_sources
               SET secret_hash = $2,
                   secret_sealed = CASE WHEN proof = 'HMAC' THEN $3::bytea END
             WHERE id = $1
            RETURNING id, name, kind, proof, created_at, last_delivery_at
            """,
            source_id,
            hash_of(secret),
            self._sealed(secret, source_id, Proof.HMAC),
        )
        if row is None:
            raise source_missing()
        return _source(row)

    async def remove(self, source_id: UUID) -> None:
        removed = await self._database.fetchval(
            "DELETE FROM webhook_sources WHERE id = $1 RETURNING id", source_id
        )
        if removed is None:
            raise source_missing()

    async def lock(self, source_id: UUID) -> Lock:
        row = await self._database.fetchrow(
            """
            SELECT proof, secret_hash, secret_sealed
              FROM webhook_sources
             WHERE id = $1
            """,
            source_id,
        )
        if row is None:
            raise WebhookRefused
        sealed = row["secret_sealed"]
        key = self._opened(sealed, source_id) if sealed is not None else b""
        return Lock(Proof(row["proof"]), row["secret_hash"], key)

    async def reseal(self) -> None:
        """Seal anew what another key than the present one has sealed."""
        rows = await self._database.fetch(
            """
            SELECT id, secret_sealed
              FROM webhook_sources
             WHERE secret_sealed IS NOT NULL
            """
        )
        for row in rows:
            sealed, source_id = row["secret_sealed"], row["id"]
            if self._seal.is_current(sealed):
                continue
            if key := self._opened(sealed, source_id):
                await self._database.execute(
                    """
                    UPDATE webhook_sources
                       SET secret_sealed = $3
                     WHERE id = $1 AND secret_sealed = $2
                    """,
                    source_id,
                    sealed,
                    self._seal.seal(key, _place(source_id)),
                )

    async def sealing(self) -> Sealing:
        count = await self._database.fetchval(
            """
            SELECT count(id)
              FROM webhook_sources
             WHERE substring(secret_sealed FOR length($1::bytea)) <> $1::bytea
            """,
            self._seal.head,
        )
        return Sealing(int(count), self._seal.key_id)

    def _sealed(self, secret: str, source_id: UUID, proof: Proof) -> bytes | None:
        if proof is not Proof.HMAC:
            return None
        return self._seal.seal(secret.encode(), _place(source_id))

    def _opened(self, sealed: bytes, source_id: UUID) -> bytes:
        """Empty when none of the keys opens it."""
        try:
            return self._seal.open(sealed, _place(source_id))
        except SealBroken as exc:
            log.warning(
                "webhook_secret_unreadable", source_id=str(source_id), error=str(exc)
            )
            return b""


def source_missing() -> WebhookSourceMissing:
    return WebhookSourceMissing("There is no such webhook source.")


def _place(source_id: UUID) -> str:
    return f"webhook source {source_id}"


def _source(row: asyncpg.Record) -> WebhookSource:
    return WebhookSource(
        row["id"],
        row["name"],
        WebhookKind(row["kind"]),
        Proof(row["proof"]),
        row["created_at"],
        row["last_delivery_at"],
    )
