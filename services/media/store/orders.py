"""Orders and who sends them, in Postgres.

An order is claimed by UPDATE, and each write asks for the claim again: whoever was
thought dead and wakes up writes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid4

import asyncpg
import structlog

from kit.postgres import Database
from services.media.domain.fetching.orders import Claim, OrderState, Wanted
from services.media.domain.fetching.patience import Tries
from services.media.domain.fulfilling.fulfiller import Entry
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.episodes import unpacked
from services.media.domain.titles import Kind
from services.media.store.failing import fail
from services.media.store.order_events import tell

log = structlog.get_logger()

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_WANTED = """
    SELECT requests.id, titles.kind, titles.name, titles.year, titles.tmdb_id,
           titles.tvdb_id, titles.genres, titles.original_language, requests.is_4k,
           requests.seasons, requests.episodes, requests.future_only,
           requests.fulfiller_id AS chosen_fulfiller_id, requests.profile_id,
           requests.folder, requests.tags, chosen.attempts, chosen.refusals,
           chosen.unanswered_since, chosen.tried_at, chosen.fulfiller_id,
           chosen.missing_since
      FROM chosen
      JOIN requests ON requests.id = chosen.request_id
      JOIN titles ON titles.id = requests.title_id
     ORDER BY requests.id
"""


def wanted_of(chosen: str) -> str:
    """The statement that reads what the orders are for that another one gives."""
    return "WITH chosen AS (" + chosen + ")" + _WANTED


_UNASSIGNED = wanted_of(
    """
    SELECT request_id, attempts, refusals, unanswered_since, tried_at, fulfiller_id,
           missing_since
      FROM orders
     WHERE fulfiller_id IS NULL
       AND state IN ('WAITING', 'UNANSWERED')
       AND next_at <= $1
       AND ($3::uuid IS NULL OR request_id > $3)
     ORDER BY request_id
     LIMIT $2
    """
)
_UNSERVED = wanted_of(
    """
    SELECT request_id, attempts, refusals, unanswered_since, tried_at, fulfiller_id,
           missing_since
      FROM orders
     WHERE state = 'NO_FULFILLER' AND ($2::uuid IS NULL OR request_id > $2)
     ORDER BY request_id
     LIMIT $1
    """
)
_CLAIMED = wanted_of(
    """
    UPDATE orders
       SET claim_id = $2, claimed_until = $4
     WHERE request_id = (SELECT request_id
                           FROM orders
                          WHERE fulfiller_id = $1
                            AND state IN ('WAITING', 'UNANSWERED')
                            AND next_at <= $3
                            AND (claimed_until IS NULL OR claimed_until <= $3)
                          ORDER BY next_at, request_id
                          LIMIT 1
                            FOR UPDATE SKIP LOCKED)
    RETURNING request_id, attempts, refusals, unanswered_since, tried_at, fulfiller_id,
              missing_since
    """
)


class PostgresOrders:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def unassigned(
        self, now: datetime, size: int, after: UUID | None
    ) -> Sequence[Wanted]:
        rows = await self._database.fetch(_UNASSIGNED, now, size, after)
        return [_wanted(row) for row in rows]

    async def unserved(self, size: int, after: UUID | None) -> Sequence[Wanted]:
        rows = await self._database.fetch(_UNSERVED, size, after)
        return [_wanted(row) for row in rows]

    async def assign(self, chosen: Mapping[UUID, UUID | None], now: datetime) -> None:
        try:
            await self._assign(chosen, now)
        except asyncpg.ForeignKeyViolationError:
            log.info("orders_not_assigned", reason="fulfiller_removed_meanwhile")

    async def _assign(self, chosen: Mapping[UUID, UUID | None], now: datetime) -> None:
        async with self._database.transaction() as conn:
            rows = await conn.fetch(
                """
                WITH before AS (
                    SELECT orders.request_id, orders.state, chosen.fulfiller_id
                      FROM orders
                      JOIN unnest($1::uuid[], $2::uuid[])
                           AS chosen (request_id, fulfiller_id)
                        ON chosen.request_id = orders.request_id
                     WHERE orders.fulfiller_id IS NULL
                       AND orders.state IN ('WAITING', 'NO_FULFILLER', 'UNANSWERED')
                       AND (orders.state <> 'NO_FULFILLER'
                            OR chosen.fulfiller_id IS NOT NULL)
                     ORDER BY orders.request_id
                       FOR UPDATE OF orders
                ), chosen AS (
                    SELECT request_id, fulfiller_id, state AS old_state,
                           CASE WHEN fulfiller_id IS NULL
                                THEN 'NO_FULFILLER' ELSE 'WAITING' END AS new_state
                      FROM before
                )
                UPDATE orders
                   SET fulfiller_id = chosen.fulfiller_id, state = chosen.new_state,
                       changed_at = CASE WHEN old_state = new_state THEN changed_at
                                         ELSE $3 END
                  FROM chosen
                 WHERE orders.request_id = chosen.request_id
                RETURNING orders.request_id, old_state <> new_state AS is_news
                """,
                list(chosen.keys()),
                list(chosen.values()),
                now,
            )
            news = [row["request_id"] for row in rows if row["is_news"]]
            await tell(conn, news, now)

    async def due(self, now: datetime) -> Sequence[UUID]:
        rows = await self._database.fetch(
            """
            SELECT id
              FROM fulfillers
             WHERE EXISTS (SELECT
                             FROM orders
                            WHERE orders.fulfiller_id = fulfillers.id
                              AND orders.state IN ('WAITING', 'UNANSWERED')
                              AND orders.next_at <= $1
                              AND (orders.claimed_until IS NULL
                                   OR orders.claimed_until <= $1))
            """,
            now,
        )
        return [row["id"] for row in rows]

    async def claim(
        self, fulfiller_id: UUID, now: datetime, until: datetime
    ) -> Claim | None:
        claim_id = uuid4()
        row = await self._database.fetchrow(
            _CLAIMED, fulfiller_id, claim_id, now, until
        )
        return None if row is None else claim_of(claim_id, row)

    async def placed(self, claim: Claim, entry: Entry, now: datetime) -> bool:
        async with self._database.transaction() as conn:
            request_id = await conn.fetchval(
                """
                UPDATE orders
                   SET state = 'PLACED', remote_id = $2, slug = $3, last_words = '',
                       attempts = attempts + 1, tried_at = $4, unanswered_since = NULL,
                       missing_since = NULL,
                       claim_id = NULL, claimed_until = NULL, changed_at = $4
                 WHERE claim_id = $1
                RETURNING request_id
                """,
                claim.claim_id,
                entry.remote_id,
                entry.slug,
                now,
            )
            return await _noted(conn, request_id, now)

    async def put_off(
        self,
        claim: Claim,
        tries: Tries,
        state: OrderState,
        words: str,
        now: datetime,
        until: datetime,
    ) -> bool:
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                """
                WITH before AS (
                    SELECT request_id, state
                      FROM orders
                     WHERE claim_id = $1
                       FOR UPDATE)
                UPDATE orders
                   SET state = $2, attempts = $3, refusals = $4, unanswered_since = $5,
                       tried_at = $6, last_words = $7, next_at = $8, claim_id = NULL,
                       claimed_until = NULL,
                       changed_at = CASE WHEN before.state = $2 THEN changed_at
                                         ELSE $9 END
                  FROM before
                 WHERE orders.request_id = before.request_id
                RETURNING orders.request_id, before.state <> $2 AS is_news
                """,
                claim.claim_id,
                state.value,
                tries.attempts,
                tries.refusals,
                tries.unanswered_since,
                tries.tried_at,
                words,
                until,
                now,
            )
            if row is not None and row["is_news"]:
                await tell(conn, [row["request_id"]], now)
            return row is not None

    async def fail(self, claim: Claim, words: str, now: datetime) -> bool:
        async with self._database.transaction() as conn:
            # The request first, as everybody locks it who changes it: its order is
            # changed by the trigger behind that.
            request_id = claim.wanted.request_id
            await conn.execute(
                "SELECT FROM requests WHERE id = $1 FOR UPDATE", request_id
            )
            held = await conn.fetchval(
                """
                UPDATE orders
                   SET last_words = $2, attempts = attempts + 1, tried_at = $3
                 WHERE claim_id = $1
                RETURNING request_id
                """,
                claim.claim_id,
                words,
                now,
            )
            return held is not None and await fail(conn, request_id, words, now)

    async def unassign(self, claim: Claim, now: datetime) -> bool:
        released = await self._database.fetchval(
            """
            UPDATE orders
               SET fulfiller_id = NULL, claim_id = NULL, claimed_until = NULL,
                   next_at = $2
             WHERE claim_id = $1
            RETURNING request_id
            """,
            claim.claim_id,
            now,
        )
        return released is not None

    async def hurry(self, fulfiller_id: UUID, now: datetime) -> int:
        rows = await self._database.fetch(
            """
            WITH late AS (
                SELECT request_id
                  FROM orders
                 WHERE fulfiller_id = $1 AND state = 'UNANSWERED' AND next_at > $2
                 ORDER BY request_id
                   FOR UPDATE)
            UPDATE orders
               SET next_at = $2
              FROM late
             WHERE orders.request_id = late.request_id
            RETURNING orders.request_id
            """,
            fulfiller_id,
            now,
        )
        return len(rows)


async def _noted(conn: Connection, request_id: UUID | None, now: datetime) -> bool:
    if request_id is not None:
        await tell(conn, [request_id], now)
    return request_id is not None


def claim_of(claim_id: UUID, row: asyncpg.Record) -> Claim:
    tries = Tries(
        row["attempts"], row["refusals"], row["unanswered_since"], row["tried_at"]
    )
    return Claim(
        claim_id, row["fulfiller_id"], _wanted(row), tries, row["missing_since"]
    )


def _wanted(row: asyncpg.Record) -> Wanted:
    return Wanted(
        row["id"],
        Kind(row["kind"]),
        row["name"],
        row["year"],
        row["tmdb_id"],
        row["tvdb_id"],
        tuple(row["genres"]),
        row["original_language"],
        row["is_4k"],
        tuple(row["seasons"]),
        unpacked(row["episodes"]),
        row["future_only"],
        Choices(
            row["chosen_fulfiller_id"],
            row["profile_id"],
            row["folder"],
            tuple(row["tags"]),
        ),
    )
