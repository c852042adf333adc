"""Codes that confirm people's mailboxes, and how often they are sent, in Postgres."""

import hmac
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from kit.errors import VersionChanged
from services.media.domain.telling.mailboxes import (
    MOST_GUESSES,
    MOST_TRIES,
    TRIES_WITHIN,
    Code,
    CodeWrong,
    TooManyTries,
    read_code,
)
from services.media.domain.telling.own_targets import OwnTarget

_FORGET_AT_ONCE = 5_000


async def count_try(
    conn: "asyncpg.Connection[asyncpg.Record]",
    target: OwnTarget,
    code: Code | None,
    now: datetime,
) -> None:
    """Raises TooManyTries and VersionChanged."""
    address = sha256(target.address.lower().encode()).digest()
    # Of two at once, the second counts the first.
    await conn.execute("LOCK TABLE own_mail_tries IN SHARE ROW EXCLUSIVE MODE")
    [counts] = await conn.fetch(
        """
        SELECT count(at) FILTER (WHERE owner = $1) AS by_owner,
               count(at) FILTER (WHERE address_hash = $2) AS to_address,
               min(at) AS oldest
          FROM own_mail_tries
         WHERE (owner = $1 OR address_hash = $2) AND at > $3
        """,
        target.owner,
        address,
        now - TRIES_WITHIN,
    )
    if max(counts["by_owner"], counts["to_address"]) >= MOST_TRIES:
        raise TooManyTries(counts["oldest"] + TRIES_WITHIN - now)
    await conn.execute(
        "INSERT INTO own_mail_tries (owner, address_hash, at) VALUES ($1, $2, $3)",
        target.owner,
        address,
        now,
    )
    if code is None:
        return
    # It is for the address that it goes to: if that is another by now, for none.
    kept = await conn.fetchval(
        """
        UPDATE own_targets
           SET code_hash = $4, code_until = $5, code_tries = 0
         WHERE owner = $1 AND id = $2 AND version = $3 AND NOT confirmed
        RETURNING id
        """,
        target.owner,
        target.id,
        target.version,
        _hash(target.id, code.text),
        code.until,
    )
    if kept is None:
        raise VersionChanged


async def give_code(
    conn: "asyncpg.Connection[asyncpg.Record]",
    target: OwnTarget,
    given: str,
    now: datetime,
) -> bool:
    """Whether it is the one; if so, the mailbox is confirmed. A guess more, if not."""
    expected = await conn.fetchval(
        """
        UPDATE own_targets
           SET code_tries = code_tries + 1
         WHERE id = $1 AND version = $2 AND code_until > $3 AND code_tries < $4
        RETURNING code_hash
        """,
        target.id,
        target.version,
        now,
        MOST_GUESSES,
    )
    if expected is None or not _is_it(target.id, given, expected):
        return False
    await conn.execute(
        """
        UPDATE own_targets
           SET confirmed = true, code_hash = NULL, code_until = NULL
         WHERE id = $1
        """,
        target.id,
    )
    return True


async def forget_tries(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Forget some of those that count no more; how many that were."""
    return int(
        await conn.fetchval(
            """
              WITH old AS (
                   SELECT ctid
                     FROM own_mail_tries
                    WHERE at < now() - 2 * $1::interval
                    ORDER BY at
                    LIMIT $2
                      FOR UPDATE SKIP LOCKED),
                   gone AS (
                   DELETE FROM own_mail_tries
                    WHERE ctid = ANY (ARRAY(SELECT ctid FROM old))
                   RETURNING at)
            SELECT count(at) FROM gone
            """,
            TRIES_WITHIN,
            _FORGET_AT_ONCE,
        )
    )


def _is_it(target_id: UUID, given: str, expected: bytes) -> bool:
    try:
        code = read_code(given)
    except CodeWrong:
        return False
    return hmac.compare_digest(_hash(target_id, code), expected)


def _hash(target_id: UUID, code: str) -> bytes:
    return sha256(f"{target_id} {code}".encode()).digest()
