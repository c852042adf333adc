"""Wishes that become requests, in Postgres."""

from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Once
from kit.postgres import Database
from services.media.domain.requests.asking import Wish
from services.media.domain.requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
)
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import State
from services.media.domain.titles import Kind, TitleMissing
from services.media.store.arrivals import SHELF_LOCK
from services.media.store.request_cards import find_card
from services.media.store.request_events import request_event

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# Beside a hash of the title's id: who asks for a title has it for themselves.
_TITLE_LOCK = 7_276_106


class PostgresWishes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, wish: Wish, once: Once) -> MediaRequest:
        async with self._database.transaction() as conn:
            return await self._ask(conn, wish, once)

    async def _ask(self, conn: Connection, wish: Wish, once: Once) -> MediaRequest:
        asked_before = await idempotency.claim(
            conn, wish.by.user_id, once, str(wish.request_id)
        )
        if asked_before != str(wish.request_id):
            return await find_card(conn, UUID(asked_before), wish.by.user_id)
        kind = await self._kind(conn, wish.title_id)
        state = wish.begins_as(kind)
        await self._ensure_nobody_waits(conn, wish)
        await self._insert(conn, wish, kind, state)
        request = await find_card(conn, wish.request_id, wish.by.user_id)
        await outbox.write(
            conn,
            request_event(
                "created",
                request_id=request.id,
                title_id=wish.title_id,
                title_name=request.name,
                requested_by=request.requested_by,
                state=state,
                at=wish.at,
            ),
        )
        return request

    async def _kind(self, conn: Connection, title_id: UUID) -> Kind:
        """With the title for oneself and the shelf as it is, until the transaction
        ends: the next statement sees what happened while this one waited."""
        kind = await conn.fetchval(
            """
            SELECT kind, pg_advisory_xact_lock($2, hashtext(id::text)),
                   pg_advisory_xact_lock_shared($3)
              FROM titles
             WHERE id = $1
            """,
            title_id,
            _TITLE_LOCK,
            SHELF_LOCK,
        )
        if kind is None:
            raise TitleMissing("There is no such title.")
        return Kind(kind)

    async def _ensure_nobody_waits(self, conn: Connection, wish: Wish) -> None:
        waits = await conn.fetchval(
            """
            SELECT EXISTS (SELECT FROM requests
                            WHERE title_id = $1 AND state IN ('PENDING', 'APPROVED'))
            """,
            wish.title_id,
        )
        if waits:
            raise AlreadyRequested("Somebody has asked for this already.")

    async def _insert(
        self, conn: Connection, wish: Wish, kind: Kind, state: State
    ) -> None:
        made = await conn.fetchval(
            """
            WITH asker AS (
                INSERT INTO requesters AS known (user_id, name)
                VALUES ($3, $4)
                    ON CONFLICT (user_id) DO UPDATE SET name = excluded.name
                 WHERE known.name <> excluded.name AND NOT known.gone
            ), made AS (
                INSERT INTO requests (id, title_id, requested_by, state, seasons,
                                      created_at, updated_at, kind)
                SELECT $1, $2, $3, $5, $6, $7, $7, $8
                 WHERE NOT is_on_shelf($2, $6, '{}', false, false, $7)
                RETURNING id
            ), remembered AS (
                INSERT INTO request_history
                       (request_id, from_state, to_state, by_whom, reason, at)
                SELECT id, '', $5, $3, '', $7
                  FROM made
            )
            SELECT id FROM made
            """,
            wish.request_id,
            wish.title_id,
            wish.by.user_id,
            wish.by.name,
            state.value,
            wish.seasons,
            wish.at,
            kind.value,
        )
        if made is None:
            raise AlreadyAvailable("This is on the shelf already.")
