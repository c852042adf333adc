"""The rules of requests, in Postgres."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Caller, Once
from kit.errors import VersionChanged
from kit.postgres import Database
from services.media.domain.requests.choices import Choices
from services.media.domain.rules.conditions import Conditions, TitleFacts
from services.media.domain.rules.errors import (
    RequestRuleExists,
    RequestRuleMissing,
    TooManyRequestRules,
)
from services.media.domain.rules.keeping import Move
from services.media.domain.rules.remembered import Known
from services.media.domain.rules.rule import Rule, RuleDraft
from services.media.domain.titles import Kind
from services.media.store.fulfilling_kinds import ensure_gets

_ROOM = "request-rules"
_TAG = "request-rules"
KNOWN = """
    SELECT version, kind, genres, original_language, year, vote_average
      FROM request_rules_version
      LEFT JOIN titles ON titles.id = $1
    """
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresRules:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, rule: Rule, most: int, by: Caller, once: Once) -> Rule:
        async with self._changing() as conn:
            claimed = await idempotency.claim(conn, by.user_id, once, str(rule.id))
            if claimed != str(rule.id):
                return await _read(conn, UUID(claimed))
            count = await conn.fetchval("SELECT count(id) FROM request_rules")
            if count >= most:
                raise TooManyRequestRules(
                    f"There are {most} rules. Delete one, or widen one, first."
                )
            await _ensure_fits(conn, rule.draft)
            await conn.execute(
                """
                INSERT INTO request_rules
                       (id, position, created_at, updated_at, name, enabled, approves,
                        fulfiller_id, profile_id, folder, tags, user_ids, roles, kinds,
                        is_4k, genres_any, genres_none, languages, year_from, year_to,
                        rating_from, rating_to, size_from_gb, size_to_gb)
                VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                        $15, $16, $17, $18, $19, $20, $21, $22, $23)
                """,
                rule.id,
                count + 1,
                rule.created_at,
                *_columns(rule.draft),
            )
            return await _told(conn, "added", rule.id, rule.created_at)

    async def find(self, rule_id: UUID) -> Rule:
        async with self._database.connection() as conn:
            return await _read(conn, rule_id)

    async def page(self, after: int, limit: int) -> tuple[Sequence[Rule], int]:
        rows = await self._database.fetch(
            """
            SELECT order_version, id, name, position, enabled, approves, fulfiller_id,
                   profile_id, folder, tags, user_ids, roles, kinds, is_4k, genres_any,
                   genres_none, languages, year_from, year_to, rating_from, rating_to,
                   size_from_gb, size_to_gb, created_at, updated_at, page.version
              FROM (SELECT version AS order_version FROM request_rules_version) AS now
              LEFT JOIN (SELECT id, name, position, enabled, approves, fulfiller_id,
                                profile_id, folder, tags, user_ids, roles, kinds,
                                is_4k, genres_any, genres_none, languages, year_from,
                                year_to, rating_from, rating_to, size_from_gb,
                                size_to_gb, created_at, updated_at, version
                           FROM request_rules
                          WHERE position > $1
                          ORDER BY position
                          LIMIT $2) AS page ON true
             ORDER BY position
            """,
            after,
            limit,
        )
        rules = [_rule(row) for row in rows if row["id"] is not None]
        return rules, rows[0]["order_version"]

    async def change(
        self,
        rule_id: UUID,
        if_version: int,
        now: datetime,
        decide: Callable[[RuleDraft], RuleDraft],
    ) -> Rule:
        async with self._changing() as conn:
            before = await _read(conn, rule_id)
            if if_version not in {0, before.version}:
                raise VersionChanged
            after = decide(before.draft)
            if after == before.draft:
                return before
            if _appoints(after) != _appoints(before.draft):
                await _ensure_fits(conn, after)
            await conn.execute(
                """
                UPDATE request_rules
                   SET updated_at = $2, name = $3, enabled = $4, approves = $5,
                       fulfiller_id = $6, profile_id = $7, folder = $8, tags = $9,
                       user_ids = $10, roles = $11, kinds = $12, is_4k = $13,
                       genres_any = $14, genres_none = $15, languages = $16,
                       year_from = $17, year_to = $18, rating_from = $19,
                       rating_to = $20, size_from_gb = $21, size_to_gb = $22,
                       version = version + 1
                 WHERE id = $1
                """,
                rule_id,
                now,
                *_columns(after),
            )
            return await _told(conn, "changed", rule_id, now)

    async def move(self, move: Move, now: datetime) -> Rule:
        async with self._changing() as conn:
            moved = await conn.fetchval(
                """
                WITH asked AS (
                    SELECT position AS was,
                           least($2, (SELECT count(id) FROM request_rules)) AS goes
                      FROM request_rules, request_rules_version AS order_of
                     WHERE id = $1
                       AND $3 IN (0, request_rules.version)
                       AND $4 IN (0, order_of.version)
                ), moved AS (
                    UPDATE request_rules
                       SET position = CASE WHEN id = $1 THEN goes
                                           WHEN was < goes THEN position - 1
                                           ELSE position + 1 END,
                           version    = CASE WHEN id = $1 THEN version + 1
                                             ELSE version END,
                           updated_at = CASE WHEN id = $1 THEN $5
                                             ELSE updated_at END
                      FROM asked
                     WHERE was <> goes
                       AND position BETWEEN least(was, goes) AND greatest(was, goes)
                )
                SELECT was <> goes FROM asked
                """,
                move.rule_id,
                move.position,
                move.if_version,
                move.if_order_version,
                now,
            )
            rule = await _read(conn, move.rule_id)
            if moved is None:
                raise VersionChanged
            return await _told(conn, "moved", rule.id, now) if moved else rule

    async def remove(self, rule_id: UUID, if_version: int, now: datetime) -> None:
        async with self._changing() as conn:
            rule = await _read(conn, rule_id)
            removed = await conn.fetchval(
                """
                DELETE FROM request_rules
                 WHERE id = $1 AND $2 IN (0, version)
                RETURNING position
                """,
                rule_id,
                if_version,
            )
            if removed is None:
                raise VersionChanged
            await conn.execute(
                "UPDATE request_rules SET position = position - 1 WHERE position > $1",
                removed,
            )
            await outbox.write(conn, _event("removed", rule, now))

    async def known(self, title_id: UUID) -> Known:
        row = await self._database.fetchrow(KNOWN, title_id)
        assert row is not None  # noqa: S101 - the row of the version is always there
        return Known(row["version"], _facts(row))

    async def all(self) -> tuple[int, Sequence[Rule]]:
        rows, version = await self.page(0, 2**31 - 1)
        return version, rows

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Connection]:
        """A transaction in which nobody else changes rules."""
        try:
            async with self._database.transaction() as conn:
                await conn.execute(
                    "SELECT version FROM request_rules_version FOR UPDATE"
                )
                yield conn
        except asyncpg.UniqueViolationError as exc:
            if exc.constraint_name != "request_rules_by_name":
                raise
            raise RequestRuleExists from exc


def _appoints(draft: RuleDraft) -> tuple[UUID | None, frozenset[Kind]]:
    """Another one is looked at; one that was removed since is nobody's fault."""
    return draft.choices.fulfiller_id, frozenset(draft.conditions.kinds)


async def _ensure_fits(conn: Connection, draft: RuleDraft) -> None:
    """Raises FulfillerUnfit, also where the rule is of both kinds."""
    await ensure_gets(conn, draft.choices, draft.conditions.kinds)


async def _read(conn: Connection, rule_id: UUID) -> Rule:
    row = await conn.fetchrow(
        """
        SELECT id, name, position, enabled, approves, fulfiller_id, profile_id, folder,
               tags, user_ids, roles, kinds, is_4k, genres_any, genres_none, languages,
               year_from, year_to, rating_from, rating_to, size_from_gb, size_to_gb,
               created_at, updated_at, version
          FROM request_rules
         WHERE id = $1
        """,
        rule_id,
    )
    if row is None:
        raise RequestRuleMissing
    return _rule(row)


async def _told(conn: Connection, what: str, rule_id: UUID, now: datetime) -> Rule:
    """The rule as it is now, which is told."""
    rule = await _read(conn, rule_id)
    await outbox.write(conn, _event(what, rule, now))
    return rule


def _event(what: str, rule: Rule, now: datetime) -> outbox.Event:
    return outbox.Event(
        type=f"request_rule.{what}",
        key=str(rule.id),
        at=now,
        rooms=(_ROOM,),
        tags=(_TAG,),
        data={"ruleId": str(rule.id), "name": rule.draft.name},
    )


def _columns(draft: RuleDraft) -> tuple[object, ...]:
    choices, when = draft.choices, draft.conditions
    return (
        draft.name,
        draft.enabled,
        draft.approves,
        choices.fulfiller_id,
        choices.profile_id,
        choices.folder,
        choices.tags,
        when.user_ids,
        when.roles,
        [kind.value for kind in when.kinds],
        when.is_4k,
        when.genres_any,
        when.genres_none,
        when.languages,
        when.year_from,
        when.year_to,
        when.rating_from,
        when.rating_to,
        when.size_from_gb,
        when.size_to_gb,
    )


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        id=row["id"],
        draft=RuleDraft(
            name=row["name"],
            enabled=row["enabled"],
            conditions=_conditions(row),
            approves=row["approves"],
            choices=Choices(
                row["fulfiller_id"],
                row["profile_id"],
                row["folder"],
                tuple(row["tags"]),
            ),
        ),
        position=row["position"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )


def _conditions(row: asyncpg.Record) -> Conditions:
    return Conditions(
        user_ids=tuple(row["user_ids"]),
        roles=tuple(row["roles"]),
        kinds=tuple(map(Kind, row["kinds"])),
        is_4k=row["is_4k"],
        genres_any=tuple(row["genres_any"]),
        genres_none=tuple(row["genres_none"]),
        languages=tuple(row["languages"]),
        year_from=row["year_from"],
        year_to=row["year_to"],
        rating_from=row["rating_from"],
        rating_to=row["rating_to"],
        size_from_gb=row["size_from_gb"],
        size_to_gb=row["size_to_gb"],
    )


def _facts(row: asyncpg.Record) -> TitleFacts | None:
    if row["kind"] is None:
        return None
    return TitleFacts(
        kind=Kind(row["kind"]),
        genres=tuple(row["genres"]),
        language=row["original_language"],
        year=row["year"],
        rating=row["vote_average"],
    )
