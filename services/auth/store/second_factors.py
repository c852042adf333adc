"""Second factors, in Postgres, their secrets sealed."""

import asyncio
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from kit import outbox
from kit.errors import Unavailable
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import (
    CodeWrong,
    SecondFactorExists,
    SecondFactorMissing,
    SecondFactorNeeded,
    SessionUnknown,
    UserChanged,
)
from services.auth.domain.second_factors import (
    Factor,
    Proof,
    Requirement,
    TimeStep,
)
from services.auth.domain.users import User
from services.auth.store import events
from services.auth.store.audit import record
from services.auth.store.session_rows import end_sessions

log = structlog.get_logger()

_BATCH = 200
_RESEAL_AGAIN_S = 60.0


class PostgresFactors:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def find(self, user_id: UUID) -> Factor | None:
        row = await self._database.fetchrow(
            """
            SELECT sealed_secret, offered_at, confirmed_at,
                   (SELECT count(code_sha256) FROM recovery_codes WHERE user_id = $1)
                   AS codes_left
              FROM second_factors
             WHERE user_id = $1
            """,
            user_id,
        )
        if row is None:
            return None
        secret = self._open(row["sealed_secret"], user_id)
        return Factor(secret, row["offered_at"], row["confirmed_at"], row["codes_left"])

    async def offer(self, user_id: UUID, secret: str, now: datetime) -> None:
        sealed = self._seal.seal(secret.encode(), _place(user_id))
        try:
            offered = await self._database.fetchval(
                """
                INSERT INTO second_factors AS kept (user_id, sealed_secret, offered_at)
                VALUES ($1, $2, $3)
                    ON CONFLICT (user_id) DO UPDATE
                   SET sealed_secret = $2,
                       offered_at = greatest($3, kept.offered_at + interval '1 us')
                 WHERE kept.confirmed_at IS NULL
                RETURNING user_id
                """,
                user_id,
                sealed,
                now,
            )
        except asyncpg.ForeignKeyViolationError as exc:
            raise SessionUnknown from exc
        if offered is None:
            raise SecondFactorExists

    async def confirm(
        self,
        user_id: UUID,
        offered_at: datetime,
        step: int,
        digests: list[bytes],
        session_id: UUID,
        now: datetime,
        by: Actor,
    ) -> None:
        async with self._database.transaction() as conn:
            # The row is locked first, as by whoever opens a session: none is opened
            # without a code behind the DELETE that ends the others.
            await conn.execute(
                "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id
            )
            confirmed = await conn.fetchval(
                """
                UPDATE second_factors
                   SET confirmed_at = $3, last_step = $4
                 WHERE user_id = $1 AND offered_at = $2 AND confirmed_at IS NULL
                RETURNING user_id
                """,
                user_id,
                offered_at,
                now,
                step,
            )
            if confirmed is None:
                raise SecondFactorExists
            still = await conn.fetchval(
                "SELECT id FROM sessions WHERE id = $1 AND user_id = $2",
                session_id,
                user_id,
            )
            if still is None:
                raise SessionUnknown
            await _keep_codes(conn, user_id, digests)
            await end_sessions(conn, user_id, now, but=session_id)
            await outbox.write(conn, events.second_factor_enabled(user_id, now))
            await record(conn, _entry(Action.SECOND_FACTOR_ENABLED, now, by, user_id))

    async def renew(
        self,
        user_id: UUID,
        proof: Proof,
        digests: list[bytes],
        now: datetime,
        by: Actor,
    ) -> None:
        async with self._database.transaction() as conn:
            await use(conn, user_id, proof)
            await conn.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
            await _keep_codes(conn, user_id, digests)
            await record(conn, _entry(Action.RECOVERY_CODES_RENEWED, now, by, user_id))

    async def disable(
        self, user_id: UUID, proof: Proof, now: datetime, by: Actor
    ) -> None:
        async with self._database.transaction() as conn:
            await use(conn, user_id, proof)
            await conn.execute("DELETE FROM second_factors WHERE user_id = $1", user_id)
            await outbox.write(conn, events.second_factor_disabled(user_id, now))
            await record(conn, _entry(Action.SECOND_FACTOR_DISABLED, now, by, user_id))

    async def remove(self, user: User, now: datetime, by: Actor) -> None:
        async with self._database.transaction() as conn:
            role = await conn.fetchrow(
                """
                SELECT role, permissions
                  FROM users
                  JOIN roles ON roles.name = role
                 WHERE id = $1
                   FOR SHARE OF users
                """,
                user.id,
            )
            if role is None or tuple(role) != (user.role, user.granted):
                raise UserChanged("Somebody has changed this user. Look again.")
            removed = await conn.fetchval(
                """
                DELETE FROM second_factors
                 WHERE user_id = $1 AND confirmed_at IS NOT NULL
                RETURNING user_id
                """,
                user.id,
            )
            if removed is None:
                raise SecondFactorMissing("This user has no second factor.")
            await outbox.write(conn, events.second_factor_disabled(user.id, now))
            await record(conn, _entry(Action.SECOND_FACTOR_DISABLED, now, by, user.id))

    async def requirement(self) -> Requirement:
        return Requirement(
            await self._database.fetchval("SELECT required_of FROM second_factor_rule")
        )

    async def require(self, of: Requirement, now: datetime, by: Actor) -> None:
        async with self._database.transaction() as conn:
            before = await conn.fetchval(
                "SELECT required_of FROM second_factor_rule FOR UPDATE"
            )
            await conn.execute(
                "UPDATE second_factor_rule SET required_of = $1", of.value
            )
            await outbox.write(conn, events.second_factor_required(of.value, now))
            await record(
                conn,
                Entry(
                    Action.SECOND_FACTOR_REQUIRED,
                    now,
                    by,
                    "house",
                    {"requiredOf": before},
                    {"requiredOf": of.value},
                ),
            )

    async def reseal(self) -> None:
        """Seal anew what another key than the present one has sealed: then that one
        is needed no more."""
        after = UUID(int=0)
        while True:
            rows = await self._database.fetch(
                """
                SELECT user_id, sealed_secret
                  FROM second_factors
                 WHERE user_id > $1
                 ORDER BY user_id
                 LIMIT $2
                """,
                after,
                _BATCH,
            )
            if not rows:
                return
            after = rows[-1]["user_id"]
            for row in rows:
                await self._renew(row["user_id"], row["sealed_secret"])

    async def _renew(self, user_id: UUID, sealed: bytes) -> None:
        if self._seal.is_current(sealed):
            return
        secret = self._open(sealed, user_id)
        if secret is None:
            return
        # An offer made meanwhile stays.
        await self._database.execute(
            """
            UPDATE second_factors
               SET sealed_secret = $3
             WHERE user_id = $1 AND sealed_secret = $2
            """,
            user_id,
            sealed,
            self._seal.seal(secret.encode(), _place(user_id)),
        )

    def _open(self, sealed: bytes, user_id: UUID) -> str | None:
        try:
            return self._seal.open(sealed, _place(user_id)).decode()
        except SealBroken as exc:
            log.error(  # noqa: TRY400 - it says itself what is wrong
                "second_factor_unreadable", user_id=str(user_id), error=str(exc)
            )
            return None


async def reseal_factors(factors: PostgresFactors) -> None:
    """Once, when the process starts: a key is changed by starting anew."""
    while True:
        try:
            return await factors.reseal()
        except Unavailable as exc:
            log.info("resealing_put_off", error=exc.reason)
        await asyncio.sleep(_RESEAL_AGAIN_S)


async def ensure_proven(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID, proof: Proof | None
) -> None:
    """Use the proof up. Raises CodeWrong when it was used before, and without one
    SecondFactorNeeded when the user has a second factor by now."""
    if proof is not None:
        await use(conn, user_id, proof)
        return
    asked = await conn.fetchval(
        """
        SELECT user_id
          FROM second_factors
         WHERE user_id = $1 AND confirmed_at IS NOT NULL
        """,
        user_id,
    )
    if asked is not None:
        raise SecondFactorNeeded


async def use(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID, proof: Proof
) -> None:
    """Of two with the same code at once, one finds it used. Raises CodeWrong."""
    if isinstance(proof, TimeStep):
        used = await conn.fetchval(
            """
            UPDATE second_factors
               SET last_step = $2
             WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2
            RETURNING user_id
            """,
            user_id,
            proof.number,
        )
    else:
        used = await conn.fetchval(
            """
            DELETE FROM recovery_codes
             WHERE user_id = $1 AND code_sha256 = $2
            RETURNING user_id
            """,
            user_id,
            proof.digest,
        )
    if used is None:
        raise CodeWrong


async def _keep_codes(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: UUID, digests: list[bytes]
) -> None:
    await conn.execute(
        """
        INSERT INTO recovery_codes (user_id, code_sha256)
        SELECT $1, unnest($2::bytea[])
        """,
        user_id,
        digests,
    )


def _entry(action: Action, at: datetime, by: Actor, user_id: UUID) -> Entry:
    return Entry(action, at, by, f"user:{user_id}")


def _place(user_id: UUID) -> str:
    return f"totp/{user_id}"
