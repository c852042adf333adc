"""Sources that are media servers, in Postgres, their tokens sealed."""

from datetime import datetime
from uuid import UUID

import structlog

from kit import idempotency, outbox
from kit.caller import Caller, Once
from kit.clock import Clock
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.media.domain.operator import Sealing
from services.media.domain.serving import MissingCountChanged
from services.media.domain.sources import ServerSide, Source
from services.media.store.sources import (
    ROOM,
    TAGS,
    Connection,
    lock,
    one_per_place,
    read_earlier,
    read_source,
    source_event,
)

log = structlog.get_logger()


class PostgresServerSources:
    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    async def add(self, source: Source, token: str, by: Caller, once: Once) -> Source:
        assert source.server is not None  # noqa: S101 - it is a server's
        identity = source.server.identity
        with one_per_place(source):
            async with self._database.transaction() as conn:
                claimed = await idempotency.claim(
                    conn, by.user_id, once, str(source.id)
                )
                if claimed != str(source.id):
                    return await read_earlier(conn, claimed)
                await conn.execute(
                    """
                    INSERT INTO sources
                           (id, name, path, priority, created_at, asked_at, due_at,
                            kind, token_sealed, library_keys, machine_id,
                            server_name, server_version)
                    VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8, $9, $10, $11)
                    """,
                    source.id,
                    source.name,
                    source.place,
                    source.priority,
                    source.created_at,
                    source.server.kind.value,
                    self._sealed(token, source.id),
                    source.server.library_keys,
                    identity.machine_id,
                    identity.name,
                    identity.version,
                )
                event = source_event("added", source.id, source.name, source.created_at)
                await outbox.write(conn, event)
        return source

    async def read(self, source_id: UUID) -> tuple[Source, str]:
        async with self._database.transaction() as conn:
            source = await read_source(conn, source_id)
            sealed = await conn.fetchval(
                "SELECT token_sealed FROM sources WHERE id = $1", source_id
            )
        return source, "" if sealed is None else unsealed(self._seal, sealed, source_id)

    async def change(
        self, source_id: UUID, changed: Source, token: str, version: int
    ) -> Source:
        now = self._clock.now()
        with one_per_place(changed):
            async with self._database.transaction() as conn:
                await lock(conn, source_id, version)
                await conn.execute(
                    """
                    UPDATE sources
                       SET name = $2, priority = $3, version = version + 1
                     WHERE id = $1
                    """,
                    source_id,
                    changed.name,
                    changed.priority,
                )
                if changed.server is not None:
                    await self._change_server(conn, changed, changed.server, token, now)
                event = source_event("changed", source_id, changed.name, now)
                await outbox.write(conn, event)
                return await read_source(conn, source_id)

    async def confirm(
        self, source_id: UUID, missing_count: int, if_version: int
    ) -> Source:
        async with self._database.transaction() as conn:
            await lock(conn, source_id, if_version)
            confirmed = await conn.fetchval(
                """
                UPDATE sources
                   SET confirmed_count = missing_count, asked_at = $3,
                       version = version + 1
                 WHERE id = $1 AND missing_count = $2 AND missing_count > 0
                RETURNING id
                """,
                source_id,
                missing_count,
                self._clock.now(),
            )
            if confirmed is None:
                raise MissingCountChanged(
                    "Not so many items are missing now. Look at the source again.",
                    field="missing_count",
                )
            return await read_source(conn, source_id)

    async def sealing(self) -> Sealing:
        count = await self._database.fetchval(
            """
            SELECT count(id)
              FROM sources
             WHERE substring(token_sealed FOR length($1::bytea)) <> $1::bytea
            """,
            self._seal.head,
        )
        return Sealing(int(count), self._seal.key_id)

    async def reseal(self) -> None:
        """Seal anew what another key than the present one has sealed."""
        rows = await self._database.fetch(
            "SELECT id, token_sealed FROM sources WHERE token_sealed IS NOT NULL"
        )
        for row in rows:
            if self._seal.is_current(row["token_sealed"]):
                continue
            token = unsealed(self._seal, row["token_sealed"], row["id"])
            if token:
                await self._database.execute(
                    """
                    UPDATE sources
                       SET token_sealed = $3
                     WHERE id = $1 AND token_sealed = $2
                    """,
                    row["id"],
                    row["token_sealed"],
                    self._sealed(token, row["id"]),
                )

    async def _change_server(
        self,
        conn: Connection,
        changed: Source,
        server: ServerSide,
        token: str,
        now: datetime,
    ) -> None:
        """Whoever reads it meanwhile reads something else, and so has lost it."""
        sealed = self._sealed(token, changed.id) if token else None
        is_other = await conn.fetchval(
            """
            UPDATE sources
               SET path = $2, library_keys = $3,
                   token_sealed = coalesce($4, token_sealed), server_name = $5,
                   server_version = $6, asked_at = $7, scan_id = NULL,
                   leased_until = NULL, held_by = NULL, round_id = NULL,
                   full_read_at = NULL
             WHERE id = $1
               AND (path <> $2 OR library_keys <> $3 OR $4::bytea IS NOT NULL)
            RETURNING id
            """,
            changed.id,
            changed.place,
            server.library_keys,
            sealed,
            server.identity.name,
            server.identity.version,
            now,
        )
        if is_other is None or not server.library_keys:
            return
        gone = await conn.fetch(
            """
            DELETE FROM libraries
             WHERE source_id = $1 AND NOT folder = ANY ($2::bytea[])
            RETURNING id
            """,
            changed.id,
            [key.encode() for key in server.library_keys],
        )
        events = (
            outbox.Event(
                "library.changed",
                str(row["id"]),
                now,
                (ROOM,),
                TAGS,
                {"libraryId": str(row["id"]), "sourceId": str(changed.id)},
            )
            for row in gone
        )
        await outbox.write(conn, *events)

    def _sealed(self, token: str, source_id: UUID) -> bytes:
        return self._seal.seal(token.encode(), _place(source_id))


def unsealed(seal: Seal, sealed: bytes, source_id: UUID) -> str:
    """The token; empty when none of the keys opens it."""
    try:
        return seal.open(sealed, _place(source_id)).decode()
    except SealBroken as exc:
        log.warning("source_token_unreadable", source_id=str(source_id), error=str(exc))
        return ""


def _place(source_id: UUID) -> str:
    return f"source {source_id}"
