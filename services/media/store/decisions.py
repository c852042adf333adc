"""Decisions on requests, in Postgres."""

from typing import TypeAlias

import asyncpg

from kit import outbox
from kit.postgres import Database
from services.media.domain.requests.deciding import Decision
from services.media.domain.requests.errors import RequestMissing
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import MOVES, State, Step
from services.media.store.followers import followers_of
from services.media.store.request_cards import find_card
from services.media.store.request_events import request_event

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresDecisions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(self, decision: Decision) -> MediaRequest:
        move = MOVES[decision.step]
        async with self._database.transaction() as conn:
            if decision.step is Step.CANCEL:
                taken = await self._take_back(conn, decision)
            else:
                taken = await self._rule_on(conn, decision)
            if not taken:
                raise await self._refusal(conn, decision)
            request = await find_card(conn, decision.request_id, decision.by.user_id)
            await outbox.write(
                conn,
                request_event(
                    move.to.value.lower(),
                    request_id=request.id,
                    title_id=request.title.id if request.title else None,
                    title_name=request.name,
                    requested_by=request.requested_by,
                    state=move.to,
                    at=decision.at,
                    followers=await followers_of(conn, request),
                ),
            )
            return request

    async def _rule_on(self, conn: Connection, decision: Decision) -> bool:
        move = MOVES[decision.step]
        taken = await conn.fetchval(
            """
            WITH before AS (
                SELECT id, state
                  FROM requests
                 WHERE id = $1 AND state = ANY ($2::text[])
                   AND $7 IN (0, version)
                   FOR UPDATE
            ), remembered AS (
                INSERT INTO request_history
                       (request_id, from_state, to_state, by_whom, reason, at)
                SELECT id, state, $3, $4, $5, $6
                  FROM before
            )
            UPDATE requests
               SET state = $3,
                   decided_by = $4,
                   decline_reason = $5,
                   failure = '',
                   updated_at = greatest($6, created_at),
                   version = version + 1
              FROM before
             WHERE requests.id = before.id
            RETURNING requests.id
            """,
            decision.request_id,
            [state.value for state in move.of],
            move.to.value,
            decision.by.user_id,
            decision.reason,
            decision.at,
            decision.if_version,
        )
        return taken is not None

    async def _take_back(self, conn: Connection, decision: Decision) -> bool:
        move = MOVES[decision.step]
        taken = await conn.fetchval(
            """
            WITH before AS (
                SELECT id, state
                  FROM requests
                 WHERE id = $1 AND state = ANY ($2::text[]) AND requested_by = $4
                   AND $6 IN (0, version)
                   FOR UPDATE
            ), remembered AS (
                INSERT INTO request_history
                       (request_id, from_state, to_state, by_whom, reason, at)
                SELECT id, state, $3, $4, '', $5
                  FROM before
            )
            UPDATE requests
               SET state = $3,
                   updated_at = greatest($5, created_at),
                   version = version + 1
              FROM before
             WHERE requests.id = before.id
            RETURNING requests.id
            """,
            decision.request_id,
            [state.value for state in move.of],
            move.to.value,
            decision.by.user_id,
            decision.at,
            decision.if_version,
        )
        return taken is not None

    async def _refusal(self, conn: Connection, decision: Decision) -> Exception:
        row = await conn.fetchrow(
            "SELECT state, requested_by, version FROM requests WHERE id = $1",
            decision.request_id,
        )
        if row is None:
            return RequestMissing()
        return decision.refusal(
            State(row["state"]), row["requested_by"], row["version"]
        )
