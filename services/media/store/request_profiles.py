"""The short list of profiles, in Postgres."""

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
from services.media.domain.request_profiles import (
    Place,
    ProfileDraft,
    RequestProfile,
    RequestProfileExists,
    RequestProfileMissing,
    TooManyRequestProfiles,
    keeps_list,
)
from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind
from services.media.store.fulfilling_kinds import ensure_gets

_ROOM = "request-profiles"
_TAG = "request-profiles"
_FIRST: Place = (-1, "", UUID(int=0))
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresProfiles:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        profile: RequestProfile,
        most: int,
        now: datetime,
        by: Caller,
        once: Once,
    ) -> RequestProfile:
        async with self._changing() as conn:
            claimed = await idempotency.claim(conn, by.user_id, once, str(profile.id))
            if claimed != str(profile.id):
                return await _read(conn, UUID(claimed))
            # Those who count take turns; who reads does not wait.
            await conn.execute(
                "LOCK TABLE request_profiles IN SHARE ROW EXCLUSIVE MODE"
            )
            if await conn.fetchval("SELECT count(id) FROM request_profiles") >= most:
                raise TooManyRequestProfiles(
                    f"There are {most} profiles. Delete one first."
                )
            await ensure_gets(conn, profile.draft.choices, [profile.draft.kind])
            await conn.execute(
                """
                INSERT INTO request_profiles
                       (id, created_at, name, kind, fulfiller_id, profile_id, folder,
                        tags, roles, user_ids, rank)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                profile.id,
                now,
                *_columns(profile.draft),
            )
            await outbox.write(conn, _event("added", profile, now))
            return profile

    async def find(self, profile_id: UUID) -> RequestProfile:
        async with self._database.connection() as conn:
            return await _read(conn, profile_id)

    async def page(
        self, kind: Kind | None, by: Caller, after: Place | None, limit: int
    ) -> Sequence[tuple[RequestProfile, Place]]:
        rows = await self._database.fetch(
            """
            SELECT id, name, kind, fulfiller_id, profile_id, folder, tags, roles,
                   user_ids, rank, version, lower(name) AS small_name
              FROM request_profiles
             WHERE (rank, lower(name), id) > ($1, $2, $3)
               AND ($4::text IS NULL OR kind = $4)
               AND ($5 OR $6 = ANY (roles) OR $7 = ANY (user_ids)
                    OR (roles = '{}' AND user_ids = '{}'))
             ORDER BY rank, lower(name), id
             LIMIT $8
            """,
            *(after or _FIRST),
            kind.value if kind else None,
            keeps_list(by),
            by.role,
            by.user_id,
            limit,
        )
        return [
            (_profile(row), (row["rank"], row["small_name"], row["id"])) for row in rows
        ]

    async def change(
        self,
        profile_id: UUID,
        if_version: int,
        now: datetime,
        decide: Callable[[ProfileDraft], ProfileDraft],
    ) -> RequestProfile:
        async with self._changing() as conn:
            # Who changes it meanwhile waits, and decides on what this one makes of it.
            await conn.execute(
                "SELECT id FROM request_profiles WHERE id = $1 FOR UPDATE", profile_id
            )
            before = await _read(conn, profile_id)
            if if_version not in {0, before.version}:
                raise VersionChanged
            after = decide(before.draft)
            if after == before.draft:
                return before
            if _appoints(after) != _appoints(before.draft):
                await ensure_gets(conn, after.choices, [after.kind])
            await conn.execute(
                """
                UPDATE request_profiles
                   SET name = $2, kind = $3, fulfiller_id = $4, profile_id = $5,
                       folder = $6, tags = $7, roles = $8, user_ids = $9, rank = $10,
                       version = version + 1
                 WHERE id = $1
                """,
                profile_id,
                *_columns(after),
            )
            profile = RequestProfile(profile_id, after, before.version + 1)
            await outbox.write(conn, _event("changed", profile, now))
            return profile

    async def remove(self, profile_id: UUID, if_version: int, now: datetime) -> None:
        async with self._changing() as conn:
            profile = await _read(conn, profile_id)
            removed = await conn.fetchval(
                """
                DELETE FROM request_profiles
                 WHERE id = $1 AND $2 IN (0, version)
                RETURNING id
                """,
                profile_id,
                if_version,
            )
            if removed is None:
                raise VersionChanged
            await outbox.write(conn, _event("removed", profile, now))

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Connection]:
        try:
            async with self._database.transaction() as conn:
                yield conn
        except asyncpg.UniqueViolationError as exc:
            if exc.constraint_name != "request_profiles_by_name":
                raise
            raise RequestProfileExists from exc


def _appoints(draft: ProfileDraft) -> tuple[UUID | None, Kind]:
    """Another one is looked at; one that was removed since is nobody's fault."""
    return draft.choices.fulfiller_id, draft.kind


async def _read(conn: Connection, profile_id: UUID) -> RequestProfile:
    row = await conn.fetchrow(
        """
        SELECT id, name, kind, fulfiller_id, profile_id, folder, tags, roles, user_ids,
               rank, version
          FROM request_profiles
         WHERE id = $1
        """,
        profile_id,
    )
    if row is None:
        raise RequestProfileMissing
    return _profile(row)


def _event(what: str, profile: RequestProfile, now: datetime) -> outbox.Event:
    return outbox.Event(
        type=f"request_profile.{what}",
        key=str(profile.id),
        at=now,
        rooms=(_ROOM,),
        tags=(_TAG,),
        data={"profileId": str(profile.id), "name": profile.draft.name},
    )


def _columns(draft: ProfileDraft) -> tuple[object, ...]:
    choices = draft.choices
    return (
        draft.name,
        draft.kind.value,
        choices.fulfiller_id,
        choices.profile_id,
        choices.folder,
        choices.tags,
        draft.roles,
        draft.user_ids,
        draft.rank,
    )


def _profile(row: asyncpg.Record) -> RequestProfile:
    choices = Choices(
        row["fulfiller_id"], row["profile_id"], row["folder"], tuple(row["tags"])
    )
    draft = ProfileDraft(
        row["name"],
        Kind(row["kind"]),
        choices,
        tuple(row["roles"]),
        tuple(row["user_ids"]),
        row["rank"],
    )
    return RequestProfile(row["id"], draft, row["version"])
