"""The house's targets, in Postgres, their secrets sealed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson
import structlog

from kit import idempotency
from kit.caller import Caller, Once
from kit.delivery.ledger import forget_target
from kit.delivery.message import Target, TargetRefused
from kit.delivery.settings import (
    APPRISE,
    EMAIL,
    AppriseSettings,
    MailSecurity,
    MailSettings,
    WebhookSettings,
)
from kit.errors import VersionChanged
from kit.http import UpstreamAway
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.media.domain.notifying.targets import (
    MOST_TARGETS,
    UNREADABLE,
    NotificationTarget,
    Settings,
    TargetMissing,
    TooManyTargets,
)
from services.media.domain.operator import Sealing

log = structlog.get_logger()

_SECRETS = frozenset({"secret", "authorization", "password"})
_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresNotificationTargets:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(
        self, target: NotificationTarget, by: Caller, once: Once
    ) -> NotificationTarget:
        plain, secrets = _parts(target.settings)
        async with self._database.transaction() as conn:
            claimed = await idempotency.claim(conn, by.user_id, once, str(target.id))
            if claimed != str(target.id):
                return await self._read(conn, UUID(claimed))
            # Whoever else adds one waits here, so that both count.
            await conn.execute(
                "LOCK TABLE notification_targets IN SHARE ROW EXCLUSIVE MODE"
            )
            added = await conn.fetchval(
                """
                INSERT INTO notification_targets
                       (id, name, enabled, event_types, kind, settings,
                        secrets_sealed, created_at)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8
                 WHERE (SELECT count(id) FROM notification_targets) < $9
                RETURNING id
                """,
                target.id,
                target.name,
                target.enabled,
                target.event_types,
                target.kind,
                plain,
                self._seal.seal(secrets, _place(target.id)),
                target.created_at,
                MOST_TARGETS,
            )
        if added is None:
            raise TooManyTargets(f"There are {MOST_TARGETS} targets already.")
        return target

    async def read(self, target_id: UUID) -> NotificationTarget:
        async with self._database.connection() as conn:
            return await self._read(conn, target_id)

    async def page(
        self, after: tuple[datetime, UUID] | None, size: int
    ) -> Sequence[NotificationTarget]:
        rows = await self._database.fetch(
            """
            SELECT id, name, enabled, event_types, kind, settings, secrets_sealed,
                   created_at, version
              FROM notification_targets
             WHERE (created_at, id) > (coalesce($1, '-infinity'::timestamptz), $2)
             ORDER BY created_at, id
             LIMIT $3
            """,
            *(after or (None, UUID(int=0))),
            size,
        )
        return [self._target(row) for row in rows]

    async def change(self, target: NotificationTarget) -> NotificationTarget:
        plain, secrets = _parts(target.settings)
        async with self._database.transaction() as conn:
            changed = await conn.fetchval(
                """
                UPDATE notification_targets
                   SET name = $3, enabled = $4, event_types = $5, kind = $6,
                       settings = $7, secrets_sealed = coalesce($8, secrets_sealed),
                       version = version + 1
                 WHERE id = $1 AND version = $2
                RETURNING id
                """,
                target.id,
                target.version,
                target.name,
                target.enabled,
                target.event_types,
                target.kind,
                plain,
                self._seal.seal(secrets, _place(target.id))
                if target.is_readable
                else None,
            )
            found = await self._read(conn, target.id)
        if changed is None:
            raise VersionChanged
        return found

    async def remove(self, target_id: UUID, if_version: int) -> None:
        async with self._database.transaction() as conn:
            removed = await conn.fetchval(
                """
                DELETE FROM notification_targets
                 WHERE id = $1 AND $2 IN (0, version)
                RETURNING id
                """,
                target_id,
                if_version,
            )
            if removed is None:
                await self._read(conn, target_id)
                raise VersionChanged
            await forget_target(conn, target_id)

    async def find(self, target_id: UUID) -> Target:
        """Who is told by what: see kit.delivery.engine.Targets."""
        try:
            found = await self.read(target_id)
        except TargetMissing as exc:
            raise TargetRefused("The target was removed.") from exc
        if not found.enabled:
            raise TargetRefused("The target is switched off.")
        if not found.is_readable:
            raise UpstreamAway(UNREADABLE)
        return found.target()

    async def sealing(self) -> Sealing:
        count = await self._database.fetchval(
            """
            SELECT count(id)
              FROM notification_targets
             WHERE substring(secrets_sealed FOR length($1::bytea)) <> $1::bytea
            """,
            self._seal.head,
        )
        return Sealing(int(count), self._seal.key_id)

    async def reseal(self) -> None:
        rows = await self._database.fetch(
            "SELECT id, secrets_sealed FROM notification_targets"
        )
        for row in rows:
            if self._seal.is_current(row["secrets_sealed"]):
                continue
            try:
                secrets = self._seal.open(row["secrets_sealed"], _place(row["id"]))
            except SealBroken as exc:
                log.warning(
                    "target_secrets_unreadable", target_id=row["id"], error=str(exc)
                )
                continue
            await self._database.execute(
                """
                UPDATE notification_targets
                   SET secrets_sealed = $3
                 WHERE id = $1 AND secrets_sealed = $2
                """,
                row["id"],
                row["secrets_sealed"],
                self._seal.seal(secrets, _place(row["id"])),
            )

    async def _read(self, conn: _Connection, target_id: UUID) -> NotificationTarget:
        row = await conn.fetchrow(
            """
            SELECT id, name, enabled, event_types, kind, settings, secrets_sealed,
                   created_at, version
              FROM notification_targets
             WHERE id = $1
            """,
            target_id,
        )
        if row is None:
            raise TargetMissing("There is no such target.")
        return self._target(row)

    def _target(self, row: asyncpg.Record) -> NotificationTarget:
        is_readable, secrets = True, b"{}"
        try:
            secrets = self._seal.open(row["secrets_sealed"], _place(row["id"]))
        except SealBroken as exc:
            log.warning(
                "target_secrets_unreadable", target_id=str(row["id"]), error=str(exc)
            )
            is_readable = False
        values = {**orjson.loads(row["settings"]), **orjson.loads(secrets)}
        return NotificationTarget(
            row["id"],
            row["name"],
            row["enabled"],
            tuple(row["event_types"]),
            _settings(row["kind"], values),
            row["created_at"],
            row["version"],
            is_readable,
        )


def _parts(settings: Settings) -> tuple[str, bytes]:
    """What is no secret, and what is."""
    values = asdict(settings)
    if isinstance(settings, MailSettings):
        values["security"] = settings.security.value
    secret = _SECRETS | ({"url"} if isinstance(settings, AppriseSettings) else set())
    plain = {name: value for name, value in values.items() if name not in secret}
    sealed = {name: value for name, value in values.items() if name in secret}
    return orjson.dumps(plain).decode(), orjson.dumps(sealed)


def _settings(kind: str, values: dict[str, Any]) -> Settings:
    if kind == APPRISE:
        return AppriseSettings(values.get("url", ""))
    if kind == EMAIL:
        values["security"] = MailSecurity(values["security"])
        values["recipients"] = tuple(values["recipients"])
        return MailSettings(**values)
    return WebhookSettings(**values)


def _place(target_id: UUID) -> str:
    return f"notification target {target_id}"
