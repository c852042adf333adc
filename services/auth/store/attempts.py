"""Sign-ins and links that wait for an approval, in Postgres."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.auth.domain.attempts import Attempt, Begun
from services.auth.domain.errors import (
    AttemptExpired,
    AttemptMissing,
    AttemptsBusy,
    AttemptSpent,
    SessionUnknown,
)
from services.auth.domain.identities import Proof


class PostgresAttempts:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(self, begun: Begun, most: int, now: datetime) -> None:
        attempt = begun.attempt
        try:
            added = await self._database.fetchval(
                """
                INSERT INTO identity_attempts (id, provider, user_id, verifier_sha256,
                                               reference_sealed, expires_at)
                SELECT $1, $2, $3, $4, $5, $6
                 WHERE (SELECT count(id)
                          FROM (SELECT id
                                  FROM identity_attempts
                                 WHERE expires_at > $7
                                 LIMIT $8) AS open) < $8
                RETURNING id
                """,
                attempt.id,
                attempt.provider,
                attempt.user_id,
                begun.digest,
                self._seal.seal(attempt.reference.encode(), _place(attempt.id)),
                attempt.expires_at,
                now,
                most,
            )
        except asyncpg.ForeignKeyViolationError as exc:
            raise SessionUnknown from exc
        if added is None:
            raise AttemptsBusy("Too many are signing in. Try again in a while.")

    async def take_turn(
        self,
        attempt_id: UUID,
        digest: bytes,
        user_id: UUID | None,
        now: datetime,
        every: timedelta,
    ) -> Attempt | None:
        row = await self._database.fetchrow(
            """
            UPDATE identity_attempts
               SET asked_at = $4
             WHERE id = $1
               AND verifier_sha256 = $2
               AND user_id IS NOT DISTINCT FROM $3
               AND spent_at IS NULL
               AND expires_at > $4
               AND (asked_at IS NULL OR asked_at <= $5)
            RETURNING id, provider, user_id, reference_sealed, expires_at
            """,
            attempt_id,
            digest,
            user_id,
            now,
            now - every,
        )
        if row is None:
            await self._ensure_open(attempt_id, digest, user_id, now)
            return None
        fields = dict(row)
        sealed = fields.pop("reference_sealed")
        try:
            reference = self._seal.open(sealed, _place(attempt_id)).decode()
        except SealBroken as exc:
            # The key was taken away meanwhile.
            raise AttemptExpired from exc
        return Attempt(reference=reference, **fields)

    async def _ensure_open(
        self, attempt_id: UUID, digest: bytes, user_id: UUID | None, now: datetime
    ) -> None:
        row = await self._database.fetchrow(
            """
            SELECT spent_at, expires_at
              FROM identity_attempts
             WHERE id = $1
               AND verifier_sha256 = $2
               AND user_id IS NOT DISTINCT FROM $3
            """,
            attempt_id,
            digest,
            user_id,
        )
        if row is None:
            raise AttemptMissing
        if row["spent_at"] is not None:
            raise AttemptSpent
        if row["expires_at"] <= now:
            raise AttemptExpired


async def spend(
    conn: "asyncpg.Connection[asyncpg.Record]", proof: Proof, now: datetime
) -> None:
    """Spend the proof's attempt in the transaction of what it is good for. Of two at
    once, the second waits for the first to end. Raises AttemptSpent."""
    spent = await conn.fetchval(
        """
        UPDATE identity_attempts
           SET spent_at = $2
         WHERE id = $1 AND spent_at IS NULL
        RETURNING id
        """,
        proof.attempt_id,
        now,
    )
    if spent is None:
        raise AttemptSpent


def _place(attempt_id: UUID) -> str:
    return f"attempt {attempt_id}"
