"""The Radarrs and Sonarrs that are set up, in Postgres, their keys sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg
import structlog

from kit import idempotency, outbox
from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import VersionChanged
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.media.domain.fulfilling.errors import FulfillerMissing, FulfillersFull
from services.media.domain.fulfilling.fulfiller import FulfillerKind
from services.media.domain.fulfilling.setup import MOST_FULFILLERS, Setup
from services.media.domain.operator import Sealing
from services.media.domain.requests.choices import Choices
from services.media.store.released_orders import release

log = structlog.get_logger()

ROOM = "fulfillers"
_MISSING = "There is no such Radarr or Sonarr."
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresFulfillers:
    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock

    async def add(self, setup: Setup, api_key: str, by: Caller, once: Once) -> Setup:
        async with self._database.transaction() as conn:
            claimed = await idempotency.claim(conn, by.user_id, once, str(setup.id))
            if claimed != str(setup.id):
                return await _read_earlier(conn, claimed)
            await _lock(conn)
            count = await conn.fetchval("SELECT count(id) FROM fulfillers")
            if count >= MOST_FULFILLERS:
                raise FulfillersFull(f"There are {MOST_FULFILLERS} already.")
            await _make_room(conn, setup, setup.created_at)
            await conn.execute(
                """
                INSERT INTO fulfillers
                       (id, name, kind, address, key_sealed, is_4k, is_default,
                        is_anime, is_enabled, profile_id, folder, tags,
                        anime_profile_id, anime_folder, anime_tags, created_at)
                SELECT $1, $2, $3, $4, $5, $6,
                       $7 OR $9 AND NOT EXISTS (SELECT FROM fulfillers
                                                 WHERE kind = $3 AND is_4k = $6
                                                   AND is_default),
                       $8, $9, $10, $11, $12, $13, $14, $15, $16
                """,
                setup.id,
                setup.name,
                setup.kind.value,
                setup.address,
                self._sealed(api_key, setup.id),
                setup.is_4k,
                setup.is_default,
                setup.is_anime,
                setup.is_enabled,
                *_chosen(setup.standard),
                *_chosen(setup.anime),
                setup.created_at,
            )
            await outbox.write(conn, _event("added", setup, setup.created_at))
            return await _read(conn, setup.id)

    async def read(self, fulfiller_id: UUID) -> tuple[Setup, str]:
        row = await self._database.fetchrow(
            """
            SELECT id, name, kind, address, is_4k, is_default, is_anime, is_enabled,
                   profile_id, folder, tags, anime_profile_id, anime_folder,
                   anime_tags, created_at, version, key_sealed
              FROM fulfillers
             WHERE id = $1
            """,
            fulfiller_id,
        )
        if row is None:
            raise FulfillerMissing(_MISSING)
        return _setup(row), self._unsealed(row["key_sealed"], fulfiller_id)

    async def page(
        self, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Setup]:
        rows = await self._database.fetch(
            """
            SELECT id, name, kind, address, is_4k, is_default, is_anime, is_enabled,
                   profile_id, folder, tags, anime_profile_id, anime_folder,
                   anime_tags, created_at, version
              FROM fulfillers
             WHERE (created_at, id) > (coalesce($1, '-infinity'::timestamptz), $2)
             ORDER BY created_at, id
             LIMIT $3
            """,
            *(after or (None, UUID(int=0))),
            limit,
        )
        return [_setup(row) for row in rows]

    async def in_use(self) -> Sequence[tuple[Setup, str]]:
        rows = await self._database.fetch(
            """
            SELECT id, name, kind, address, is_4k, is_default, is_anime, is_enabled,
                   profile_id, folder, tags, anime_profile_id, anime_folder,
                   anime_tags, created_at, version, key_sealed
              FROM fulfillers
             WHERE is_enabled
             ORDER BY created_at, id
             LIMIT $1
            """,
            MOST_FULFILLERS,
        )
        return [
            (_setup(row), self._unsealed(row["key_sealed"], row["id"])) for row in rows
        ]

    async def change(self, changed: Setup, api_key: str, if_version: int) -> Setup:
        async with self._database.transaction() as conn:
            await _lock(conn)
            await _ensure_version(conn, changed.id, if_version)
            now = self._clock.now()
            await _make_room(conn, changed, now)
            await conn.execute(
                """
                UPDATE fulfillers
                   SET name = $2, address = $3, key_sealed = coalesce($4, key_sealed),
                       is_default = is_default OR $5 OR $7 AND NOT EXISTS (
                           SELECT FROM fulfillers AS other
                            WHERE other.kind = fulfillers.kind
                              AND other.is_4k = fulfillers.is_4k
                              AND other.is_default),
                       is_anime = $6, is_enabled = $7,
                       profile_id = $8, folder = $9, tags = $10,
                       anime_profile_id = $11, anime_folder = $12, anime_tags = $13,
                       version = version + 1
                 WHERE id = $1
                """,
                changed.id,
                changed.name,
                changed.address,
                self._sealed(api_key, changed.id) if api_key else None,
                changed.is_default,
                changed.is_anime,
                changed.is_enabled,
                *_chosen(changed.standard),
                *_chosen(changed.anime),
            )
            await outbox.write(conn, _event("changed", changed, now))
            return await _read(conn, changed.id)

    async def remove(self, fulfiller_id: UUID, if_version: int) -> None:
        async with self._database.transaction() as conn:
            await _lock(conn)
            now = self._clock.now()
            gone = await _ensure_version(conn, fulfiller_id, if_version)
            await release(conn, fulfiller_id, now)
            await conn.execute("DELETE FROM fulfillers WHERE id = $1", fulfiller_id)
            await outbox.write(conn, _event("removed", gone, now))
            if gone.is_default:
                heirs = await conn.fetch(
                    """
                    UPDATE fulfillers
                       SET is_default = true, version = version + 1
                     WHERE id = (SELECT id
                                   FROM fulfillers
                                  WHERE kind = $1 AND is_4k = $2
                                  ORDER BY is_enabled DESC, created_at, id
                                  LIMIT 1)
                    RETURNING id, name, kind, address, is_4k, is_default, is_anime,
                              is_enabled, profile_id, folder, tags, anime_profile_id,
                              anime_folder, anime_tags, created_at, version
                    """,
                    gone.kind.value,
                    gone.is_4k,
                )
                await _tell_changed(conn, heirs, now)

    async def sealing(self) -> Sealing:
        count = await self._database.fetchval(
            """
            SELECT count(id)
              FROM fulfillers
             WHERE substring(key_sealed FOR length($1::bytea)) <> $1::bytea
            """,
            self._seal.head,
        )
        return Sealing(int(count), self._seal.key_id)

    async def reseal(self) -> None:
        """Seal anew what another key than the present one has sealed."""
        rows = await self._database.fetch("SELECT id, key_sealed FROM fulfillers")
        for row in rows:
            if self._seal.is_current(row["key_sealed"]):
                continue
            if api_key := self._unsealed(row["key_sealed"], row["id"]):
                await self._database.execute(
                    """
                    UPDATE fulfillers
                       SET key_sealed = $3
                     WHERE id = $1 AND key_sealed = $2
                    """,
                    row["id"],
                    row["key_sealed"],
                    self._sealed(api_key, row["id"]),
                )

    def _sealed(self, api_key: str, fulfiller_id: UUID) -> bytes:
        return self._seal.seal(api_key.encode(), _place(fulfiller_id))

    def _unsealed(self, sealed: bytes, fulfiller_id: UUID) -> str:
        """The key; empty when none of ours opens it."""
        try:
            return self._seal.open(sealed, _place(fulfiller_id)).decode()
        except SealBroken as exc:
            log.warning(
                "fulfiller_key_unreadable",
                fulfiller_id=str(fulfiller_id),
                error=str(exc),
            )
            return ""


async def _lock(conn: Connection) -> None:
    """Who is the default is one question of all of them: one writer at a time."""
    await conn.execute("LOCK TABLE fulfillers IN SHARE ROW EXCLUSIVE MODE")


async def _make_room(conn: Connection, setup: Setup, now: datetime) -> None:
    """What it is to be, no other one of its kind is any more."""
    others = await conn.fetch(
        """
        UPDATE fulfillers
           SET is_default = is_default AND NOT $4, is_anime = is_anime AND NOT $5,
               version = version + 1
         WHERE kind = $1 AND is_4k = $2 AND id <> $3
           AND ((is_default AND $4) OR (is_anime AND $5))
        RETURNING id, name, kind, address, is_4k, is_default, is_anime, is_enabled,
                  profile_id, folder, tags, anime_profile_id, anime_folder, anime_tags,
                  created_at, version
        """,
        setup.kind.value,
        setup.is_4k,
        setup.id,
        setup.is_default,
        setup.is_anime,
    )
    await _tell_changed(conn, others, now)


async def _tell_changed(
    conn: Connection, rows: Sequence[asyncpg.Record], now: datetime
) -> None:
    events = [_event("changed", _setup(row), now) for row in rows]
    await outbox.write(conn, *events)


async def _ensure_version(
    conn: Connection, fulfiller_id: UUID, if_version: int
) -> Setup:
    setup = await _read(conn, fulfiller_id)
    if if_version not in {0, setup.version}:
        raise VersionChanged
    return setup


async def _read(conn: Connection, fulfiller_id: UUID) -> Setup:
    row = await conn.fetchrow(
        """
        SELECT id, name, kind, address, is_4k, is_default, is_anime, is_enabled,
               profile_id, folder, tags, anime_profile_id, anime_folder, anime_tags,
               created_at, version
          FROM fulfillers
         WHERE id = $1
        """,
        fulfiller_id,
    )
    if row is None:
        raise FulfillerMissing(_MISSING)
    return _setup(row)


async def _read_earlier(conn: Connection, claimed: str) -> Setup:
    try:
        return await _read(conn, UUID(claimed))
    except FulfillerMissing as exc:
        raise FulfillerMissing("It was added, and has been removed since.") from exc


def _setup(row: asyncpg.Record) -> Setup:
    return Setup(
        row["id"],
        row["name"],
        FulfillerKind(row["kind"]),
        row["address"],
        row["is_4k"],
        row["is_default"],
        row["is_anime"],
        row["is_enabled"],
        Choices(None, row["profile_id"], row["folder"], tuple(row["tags"])),
        Choices(
            None,
            row["anime_profile_id"],
            row["anime_folder"],
            tuple(row["anime_tags"]),
        ),
        row["created_at"],
        row["version"],
    )


def _chosen(choices: Choices) -> tuple[int, str, list[str]]:
    return choices.profile_id, choices.folder, list(choices.tags)


def _event(what: str, setup: Setup, at: datetime) -> outbox.Event:
    return outbox.Event(
        f"fulfiller.{what}",
        str(setup.id),
        at,
        (ROOM,),
        (),
        {"fulfillerId": str(setup.id), "fulfillerName": setup.name},
    )


def _place(fulfiller_id: UUID) -> str:
    return f"fulfiller {fulfiller_id}"
