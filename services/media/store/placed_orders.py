"""Orders that are placed and looked after, in Postgres."""

from datetime import datetime
from uuid import uuid4

from kit.postgres import Database
from services.media.domain.fetching.orders import Claim
from services.media.domain.fulfilling.fulfiller import Entry
from services.media.store.orders import PostgresOrders, claim_of, wanted_of

_CLAIMED = wanted_of(
    """
    UPDATE orders
       SET claim_id = $1, claimed_until = $5
     WHERE request_id = (SELECT request_id
                           FROM orders
                          WHERE state = 'PLACED'
                            AND fulfiller_id IS NOT NULL
                            AND tried_at <= CASE WHEN missing_since IS NULL
                                                 THEN $2::timestamptz
                                                 ELSE $3::timestamptz END
                            AND tried_at <= $3
                            AND (claimed_until IS NULL OR claimed_until <= $4)
                          ORDER BY tried_at, request_id
                          LIMIT 1
                            FOR UPDATE SKIP LOCKED)
    RETURNING request_id, attempts, refusals, unanswered_since, tried_at, fulfiller_id,
              missing_since
    """
)


class PostgresPlacedOrders:
    def __init__(self, database: Database, orders: PostgresOrders) -> None:
        self._database = database
        self._orders = orders

    async def claim(
        self, looked: datetime, missed: datetime, now: datetime, until: datetime
    ) -> Claim | None:
        claim_id = uuid4()
        row = await self._database.fetchrow(
            _CLAIMED, claim_id, looked, missed, now, until
        )
        return None if row is None else claim_of(claim_id, row)

    async def there(self, claim: Claim, entry: Entry, now: datetime) -> None:
        await self._database.execute(
            """
            UPDATE orders
               SET remote_id = $2, slug = $3, tried_at = $4, missing_since = NULL,
                   claim_id = NULL, claimed_until = NULL
             WHERE claim_id = $1
            """,
            claim.claim_id,
            entry.remote_id,
            entry.slug,
            now,
        )

    async def missing(self, claim: Claim, now: datetime) -> None:
        await self._database.execute(
            """
            UPDATE orders
               SET tried_at = $2, missing_since = $2, claim_id = NULL,
                   claimed_until = NULL
             WHERE claim_id = $1
            """,
            claim.claim_id,
            now,
        )

    async def unknown(self, claim: Claim, now: datetime) -> None:
        await self._database.execute(
            """
            UPDATE orders
               SET tried_at = $2, claim_id = NULL, claimed_until = NULL
             WHERE claim_id = $1
            """,
            claim.claim_id,
            now,
        )

    async def fail(self, claim: Claim, words: str, now: datetime) -> bool:
        return await self._orders.fail(claim, words, now)
