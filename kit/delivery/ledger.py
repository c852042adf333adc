"""Deliveries, in Postgres: what waits, who works it off, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from kit.clock import Clock
from kit.delivery.message import (
    Delivery,
    DeliveryMissing,
    DeliveryState,
    LoggedDelivery,
    Sending,
)
from kit.delivery.written import LONGEST_KEY, clean, read, written
from kit.errors import Conflict
from kit.postgres import Database

GIVEN_UP_AFTER = timedelta(hours=24)
LEASE = timedelta(seconds=30)
"""A line is its holder's for so long, and for so long again after each message."""
_KEPT_FOR = timedelta(days=30)
_FORGET_AT_ONCE = 5_000
_LONGEST_WORDS = 500


class LineLost(Conflict):
    """It was held for too long, and somebody else has it."""

    reason = "delivery_line_lost"


@dataclass(frozen=True, slots=True)
class Line:
    """What waits for one target, held by one who works it off."""

    target_id: UUID
    held_by: UUID


class Deliveries:
    """Nothing that was enqueued is lost, and nothing is a second row."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._may_wait = False

    @property
    def database(self) -> Database:
        return self._database

    @property
    def may_wait(self) -> bool:
        """Whether this process has enqueued something since this was last asked."""
        said, self._may_wait = self._may_wait, False
        return said

    async def enqueue(
        self, conn: "asyncpg.Connection[asyncpg.Record]", *deliveries: Delivery
    ) -> int:
        """Write them down in the transaction of `conn`: they are delivered if that
        commits. How many of them are new; one whose target has its key is passed
        over. Raises ValueError for a key that is empty or over 200 characters."""
        if any(not 0 < len(each.dedupe_key) <= LONGEST_KEY for each in deliveries):
            raise ValueError(f"a dedupe key has 1 to {LONGEST_KEY} characters")
        # In one order: who makes lines at the same time waits, and nobody for another
        # who waits.
        targets = sorted({each.target_id for each in deliveries})
        await conn.execute(
            """
            INSERT INTO delivery_lines (target_id)
            SELECT unnest($1::uuid[])
                ON CONFLICT DO NOTHING
            """,
            targets,
        )
        rows = await conn.fetch(
            """
            INSERT INTO deliveries
                   (id, target_id, dedupe_key, message, created_at, asked_at)
            SELECT id, target_id, dedupe_key, message::jsonb, $5, $5
              FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
                   WITH ORDINALITY AS new (id, target_id, dedupe_key, message, number)
             ORDER BY number
                ON CONFLICT DO NOTHING
            RETURNING id
            """,
            [each.id for each in deliveries],
            [each.target_id for each in deliveries],
            [each.dedupe_key for each in deliveries],
            [written(each.message) for each in deliveries],
            self._clock.now(),
        )
        self._may_wait = True
        return len(rows)

    async def log(
        self, target_id: UUID, size: int, before: int | None = None
    ) -> Sequence[LoggedDelivery]:
        """At most so many of a target's deliveries of the last 30 days, the newest
        first, behind a place."""
        rows = await self._database.fetch(
            """
            SELECT id, place, target_id, message->>'event' AS event,
                   message->>'subject' AS subject, state, attempts, words, created_at,
                   ended_at
              FROM deliveries
             WHERE target_id = $1 AND place < coalesce($2, 9223372036854775807)
             ORDER BY place DESC
             LIMIT $3
            """,
            target_id,
            before,
            size,
        )
        return [_logged(row) for row in rows]

    async def try_again(self, target_id: UUID, delivery_id: UUID) -> LoggedDelivery:
        """Put a failed delivery back, with all its time, and try the target at once.
        Raises DeliveryMissing when it is not there or has not failed."""
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                """
                UPDATE deliveries
                   SET state = 'WAITING', attempts = 0, words = '', asked_at = $3,
                       ended_at = NULL
                 WHERE id = $2 AND target_id = $1 AND state = 'FAILED'
                RETURNING id, place, target_id, message->>'event' AS event,
                          message->>'subject' AS subject, state, attempts, words,
                          created_at, ended_at
                """,
                target_id,
                delivery_id,
                self._clock.now(),
            )
            if row is None:
                raise DeliveryMissing("There is no such delivery that has failed.")
            await conn.execute(
                """
                UPDATE delivery_lines
                   SET due_at = '-infinity', failures = 0, failing_since = NULL
                 WHERE target_id = $1
                """,
                target_id,
            )
        self._may_wait = True
        return _logged(row)

    async def claim(
        self, held_by: UUID, most: int, *, is_failing: bool
    ) -> Sequence[Line]:
        """Lines where something waits that is due, at most so many: of targets that
        failed at the last try, or of others."""
        now = self._clock.now()
        rows = await self._database.fetch(
            """
            WITH RECURSIVE waiting AS (
                SELECT (SELECT target_id
                          FROM deliveries
                         WHERE state = 'WAITING'
                         ORDER BY target_id
                         LIMIT 1) AS target_id
                 UNION ALL
                SELECT (SELECT deliveries.target_id
                          FROM deliveries
                         WHERE state = 'WAITING'
                           AND deliveries.target_id > waiting.target_id
                         ORDER BY deliveries.target_id
                         LIMIT 1)
                  FROM waiting
                 WHERE waiting.target_id IS NOT NULL
            ), due AS (
                SELECT target_id
                  FROM delivery_lines
                 WHERE target_id IN (SELECT target_id FROM waiting)
                   AND due_at <= $1
                   AND (failures > 0) = $4
                   AND (held_until IS NULL OR held_until < $1)
                 ORDER BY due_at
                 LIMIT $5
                   FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE delivery_lines AS line
               SET held_by = $2, held_until = $1::timestamptz + $3::interval
              FROM due
             WHERE line.target_id = due.target_id
            RETURNING line.target_id
            """,
            now,
            held_by,
            LEASE,
            is_failing,
            most,
        )
        return [Line(row["target_id"], held_by) for row in rows]

    async def waiting(self, line: Line, most: int) -> Sequence[Sending]:
        """What waits, in the order in which it was enqueued."""
        rows = await self._database.fetch(
            """
            SELECT id, created_at, message
              FROM deliveries
             WHERE target_id = $1 AND state = 'WAITING'
             ORDER BY place
             LIMIT $2
            """,
            line.target_id,
            most,
        )
        return [
            Sending(row["id"], row["created_at"], read(row["message"])) for row in rows
        ]

    async def end(
        self, line: Line, delivery_id: UUID, state: DeliveryState, words: str = ""
    ) -> None:
        """The target has it, or has refused it: either way it is there. Raises
        LineLost."""
        ended = await self._database.fetchval(
            """
            WITH held AS (
                UPDATE delivery_lines
                   SET held_until = $4::timestamptz + $6::interval, failures = 0,
                       failing_since = NULL
                 WHERE target_id = $1 AND held_by = $2
                RETURNING target_id)
            UPDATE deliveries
               SET state = $5, words = $7, attempts = attempts + 1, ended_at = $4
              FROM held
             WHERE deliveries.id = $3 AND deliveries.target_id = held.target_id
               AND state = 'WAITING'
            RETURNING id
            """,
            line.target_id,
            line.held_by,
            delivery_id,
            self._clock.now(),
            state.value,
            LEASE,
            clean(words, _LONGEST_WORDS),
        )
        if ended is None:
            raise LineLost("Somebody else delivers to this target by now.")

    async def put_off(
        self, line: Line, delivery_id: UUID, words: str, pause: timedelta
    ) -> int:
        """The target is away: leave it alone for a while, and give up what waits for
        longer than a day, if it is away for as long. How many that were. Raises
        LineLost."""
        now, said = self._clock.now(), clean(words, _LONGEST_WORDS)
        async with self._database.transaction() as conn:
            failing_since = await conn.fetchval(
                """
                UPDATE delivery_lines
                   SET due_at = $3, failures = failures + 1,
                       failing_since = coalesce(failing_since, $4),
                       held_by = NULL, held_until = NULL
                 WHERE target_id = $1 AND held_by = $2
                RETURNING failing_since
                """,
                line.target_id,
                line.held_by,
                now + pause,
                now,
            )
            if failing_since is None:
                raise LineLost("Somebody else delivers to this target by now.")
            await conn.execute(
                """
                UPDATE deliveries
                   SET attempts = attempts + 1, words = $2
                 WHERE id = $1
                """,
                delivery_id,
                said,
            )
            if failing_since > now - GIVEN_UP_AFTER:
                return 0
            given_up = await conn.fetch(
                """
                UPDATE deliveries
                   SET state = 'FAILED', ended_at = $2,
                       words = left('Given up after 24 hours. ' || $4, $5)
                 WHERE target_id = $1 AND state = 'WAITING' AND asked_at <= $3
                RETURNING id
                """,
                line.target_id,
                now,
                now - GIVEN_UP_AFTER,
                said,
                _LONGEST_WORDS,
            )
        return len(given_up)

    async def failures(self, line: Line) -> int:
        """How often the target has failed in a row."""
        count = await self._database.fetchval(
            "SELECT failures FROM delivery_lines WHERE target_id = $1", line.target_id
        )
        return int(count or 0)

    async def release(self, line: Line) -> None:
        """Let others have it, if it is still held."""
        await self._database.execute(
            """
            UPDATE delivery_lines
               SET held_by = NULL, held_until = NULL
             WHERE target_id = $1 AND held_by = $2
            """,
            line.target_id,
            line.held_by,
        )


async def forget_target(
    conn: "asyncpg.Connection[asyncpg.Record]", target_id: UUID
) -> None:
    """In the transaction in which the target ends."""
    await conn.execute("DELETE FROM delivery_lines WHERE target_id = $1", target_id)


async def forget_old(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Forget some of what ended more than 30 days ago; how much that was."""
    return int(
        await conn.fetchval(
            """
              WITH old AS (
                   SELECT id
                     FROM deliveries
                    WHERE state <> 'WAITING' AND ended_at < now() - $1::interval
                    ORDER BY ended_at
                    LIMIT $2
                      FOR UPDATE SKIP LOCKED),
                   gone AS (
                   DELETE FROM deliveries
                    USING old
                    WHERE deliveries.id = old.id
                   RETURNING deliveries.id)
            SELECT count(id) FROM gone
            """,
            _KEPT_FOR,
            _FORGET_AT_ONCE,
        )
    )


def _logged(row: asyncpg.Record) -> LoggedDelivery:
    return LoggedDelivery(
        row["id"],
        row["place"],
        row["target_id"],
        row["event"],
        row["subject"],
        DeliveryState(row["state"]),
        row["attempts"],
        row["words"],
        row["created_at"],
        row["ended_at"],
    )
