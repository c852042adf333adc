"""Makes a create with an Idempotency-Key happen once, however often it is sent."""

from datetime import timedelta

import asyncpg

from kit.caller import Once
from kit.errors import Refused

KEPT_FOR = timedelta(hours=24)
_FORGET_AT_ONCE = 5_000


class KeyReused(Refused):
    reason = "idempotency_key_reused"


async def claim(
    conn: "asyncpg.Connection[asyncpg.Record]",
    caller_id: str,
    once: Once,
    resource_id: str,
) -> str:
    """The id under which to create: `resource_id` when this is the first time, the
    earlier resource's id when the same was asked before.

    Runs in the transaction that creates, so that the claim and the resource are
    both there or neither. Of two at once, the second waits for the first to end.
    Raises KeyReused when the key came with something else before.
    """
    if not once.key:
        return resource_id
    claimed = await conn.fetchval(
        """
        INSERT INTO idempotency_keys (caller_id, key, fingerprint, resource_id)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (caller_id, key) DO NOTHING
        RETURNING resource_id
        """,
        caller_id,
        once.key,
        once.fingerprint,
        resource_id,
    )
    if claimed is not None:
        return resource_id
    earlier = await conn.fetchrow(
        """
        SELECT fingerprint, resource_id
          FROM idempotency_keys
         WHERE caller_id = $1 AND key = $2
        """,
        caller_id,
        once.key,
    )
    if earlier is None or earlier["fingerprint"] != once.fingerprint:
        raise KeyReused("This Idempotency-Key was used for something else.")
    return str(earlier["resource_id"])


async def settle(
    conn: "asyncpg.Connection[asyncpg.Record]",
    caller_id: str,
    once: Once,
    resource_id: str,
) -> None:
    """Have a claim that was just made name what was there already, where a create came
    to that instead of making anything."""
    if once.key:
        await conn.execute(
            """
            UPDATE idempotency_keys
               SET resource_id = $3
             WHERE caller_id = $1 AND key = $2
            """,
            caller_id,
            once.key,
            resource_id,
        )


async def forget_old(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Forget some of the keys older than a day; how many those were."""
    return int(
        await conn.fetchval(
            """
              WITH old AS (
                   SELECT caller_id, key
                     FROM idempotency_keys
                    WHERE created_at < now() - $1::interval
                    ORDER BY created_at
                    LIMIT $2
                      FOR UPDATE SKIP LOCKED),
                   gone AS (
                   DELETE FROM idempotency_keys AS kept
                    USING old
                    WHERE kept.caller_id = old.caller_id AND kept.key = old.key
                   RETURNING kept.key)
            SELECT count(key) FROM gone
            """,
            KEPT_FOR,
            _FORGET_AT_ONCE,
        )
    )
