"""By what people are reached outside of the house, in Postgres."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from kit import idempotency
from kit.caller import Once
from kit.delivery.ledger import forget_target
from kit.delivery.message import TargetRefused
from kit.errors import VersionChanged
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.media.domain.operator import Sealing
from services.media.domain.telling.errors import PersonGone
from services.media.domain.telling.mailboxes import Code, CodeWrong
from services.media.domain.telling.own_targets import (
    MOST_EACH,
    OwnKind,
    OwnTarget,
    OwnTargetMissing,
    TooManyOwnTargets,
)
from services.media.store.telling.mailboxes import count_try, give_code

log = structlog.get_logger()


class PostgresOwnTargets:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(self, target: OwnTarget, once: Once) -> OwnTarget:
        async with self._database.transaction() as conn:
            # Held until the end: of two who add at once the second counts the first's,
            # and who is removed meanwhile is removed after this.
            is_gone = await conn.fetchval(
                """
                INSERT INTO requesters AS known (user_id, name)
                VALUES ($1, '')
                    ON CONFLICT (user_id) DO UPDATE SET user_id = known.user_id
                RETURNING gone
                """,
                target.owner,
            )
            if is_gone:
                raise PersonGone
            made = await idempotency.claim(conn, target.owner, once, str(target.id))
            if made != str(target.id):
                return await self._find(conn, target.owner, UUID(made))
            added = await conn.fetchval(
                """
                INSERT INTO own_targets
                       (id, owner, kind, name, sealed, created_at, confirmed)
                SELECT $1, $2, $3, $4, $5, $6, $8
                 WHERE (SELECT count(id) FROM own_targets WHERE owner = $2) < $7
                RETURNING id
                """,
                target.id,
                target.owner,
                target.kind.value,
                target.name,
                self._sealed(target),
                target.created_at,
                MOST_EACH,
                target.confirmed,
            )
            if added is None:
                raise TooManyOwnTargets
            return target

    async def all_of(self, owner: str) -> Sequence[OwnTarget]:
        rows = await self._database.fetch(
            """
            SELECT id, owner, kind, name, sealed, created_at, enabled, confirmed,
                   version
              FROM own_targets
             WHERE owner = $1
             ORDER BY created_at, id
             LIMIT $2
            """,
            owner,
            MOST_EACH,
        )
        return [self._target(row) for row in rows]

    async def find(self, owner: str, target_id: UUID) -> OwnTarget:
        async with self._database.connection() as conn:
            return await self._find(conn, owner, target_id)

    async def change(self, target: OwnTarget) -> OwnTarget:
        async with self._database.transaction() as conn:
            changed = await conn.fetchval(
                """
                UPDATE own_targets
                   SET name = $4, sealed = $5, enabled = $6,
                       confirmed = confirmed AND $7,
                       code_hash = CASE WHEN $7 THEN code_hash END,
                       code_until = CASE WHEN $7 THEN code_until END,
                       version = version + 1
                 WHERE owner = $1 AND id = $2 AND version = $3
                RETURNING id
                """,
                target.owner,
                target.id,
                target.version,
                target.name,
                self._sealed(target),
                target.enabled,
                target.confirmed,
            )
            found = await self._find(conn, target.owner, target.id)
        if changed is None:
            raise VersionChanged
        return found

    async def remove(self, owner: str, target_id: UUID) -> None:
        async with self._database.transaction() as conn:
            gone = await conn.fetchval(
                "DELETE FROM own_targets WHERE owner = $1 AND id = $2 RETURNING id",
                owner,
                target_id,
            )
            if gone is None:
                raise OwnTargetMissing
            await forget_target(conn, target_id)

    async def count_try(
        self, target: OwnTarget, code: Code | None, now: datetime
    ) -> None:
        async with self._database.transaction() as conn:
            await count_try(conn, target, code, now)

    async def confirm(self, target: OwnTarget, code: str, now: datetime) -> OwnTarget:
        # A wrong guess stays counted: it is said behind the transaction.
        async with self._database.transaction() as conn:
            found = await self._find(conn, target.owner, target.id)
            if found.version != target.version:
                raise VersionChanged
            if found.confirmed:
                return found
            is_right = await give_code(conn, found, code, now)
        if not is_right:
            raise CodeWrong
        return replace(found, confirmed=True)

    async def owned(self, target_id: UUID) -> OwnTarget | None:
        """Whoever's it is."""
        row = await self._database.fetchrow(
            """
            SELECT id, owner, kind, name, sealed, created_at, enabled, confirmed,
                   version
              FROM own_targets
             WHERE id = $1
            """,
            target_id,
        )
        if row is None:
            return None
        target = self._target(row)
        if not target.address:
            raise TargetRefused("How to reach it cannot be read any more: add it anew.")
        return target

    async def sealing(self) -> Sealing:
        count = await self._database.fetchval(
            """
            SELECT count(id)
              FROM own_targets
             WHERE substring(sealed FOR length($1::bytea)) <> $1::bytea
            """,
            self._seal.head,
        )
        return Sealing(int(count), self._seal.key_id)

    async def reseal(self) -> None:
        rows = await self._database.fetch("SELECT id, sealed FROM own_targets")
        for row in rows:
            if self._seal.is_current(row["sealed"]):
                continue
            try:
                opened = self._seal.open(row["sealed"], _place(row["id"]))
            except SealBroken as exc:
                log.warning(
                    "own_target_unreadable", target_id=str(row["id"]), error=str(exc)
                )
                continue
            await self._database.execute(
                "UPDATE own_targets SET sealed = $3 WHERE id = $1 AND sealed = $2",
                row["id"],
                row["sealed"],
                self._seal.seal(opened, _place(row["id"])),
            )

    async def _find(
        self,
        conn: "asyncpg.Connection[asyncpg.Record]",
        owner: str,
        target_id: UUID,
    ) -> OwnTarget:
        row = await conn.fetchrow(
            """
            SELECT id, owner, kind, name, sealed, created_at, enabled, confirmed,
                   version
              FROM own_targets
             WHERE owner = $1 AND id = $2
            """,
            owner,
            target_id,
        )
        if row is None:
            raise OwnTargetMissing
        return self._target(row)

    def _sealed(self, target: OwnTarget) -> bytes:
        written = json.dumps([target.address, target.secret])
        return self._seal.seal(written.encode(), _place(target.id))

    def _target(self, row: asyncpg.Record) -> OwnTarget:
        try:
            opened = self._seal.open(row["sealed"], _place(row["id"]))
            address, secret = json.loads(opened)
        except SealBroken:
            # By a key that is not here any more: it is shown, and can be removed.
            address, secret = "", ""
        return OwnTarget(
            row["id"],
            row["owner"],
            OwnKind(row["kind"]),
            row["name"],
            row["created_at"],
            address,
            secret,
            row["enabled"],
            row["confirmed"],
            row["version"],
        )


def _place(target_id: UUID) -> str:
    return f"own target {target_id}"
