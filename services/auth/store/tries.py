"""Tries to sign in, counted in Postgres: a killed process or a second replica forgets
none of them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from kit import outbox
from kit.postgres import Database
from services.auth.domain.audit import Entry
from services.auth.domain.throttle import Scope, Tally, Try, Verdict, judge
from services.auth.store import events
from services.auth.store.audit import record

# Those who try the same wait for each other's rows, and while they do each has a
# connection that others need.
_AT_ONCE = 2
_BATCH = 1000


class PostgresTries:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def count(self, attempt: Try, now: datetime) -> Verdict:
        async with self._turns, self._database.transaction() as conn:
            verdict = judge(await _lock(conn, attempt, now), now)
            await _write(conn, verdict.tallies)
            return verdict

    async def give_back(self, attempt: Try) -> None:
        async with self._turns, self._database.transaction() as conn:
            tallies = await _read(conn, attempt)
            await _write(conn, [each.given_back() for each in tallies])

    async def welcome(self, attempt: Try, now: datetime) -> None:
        async with self._turns, self._database.transaction() as conn:
            tallies = await _read(conn, attempt)
            await _write(conn, [each.welcomed(now) for each in tallies])

    async def failed(self, attempt: Try, entries: Sequence[Entry]) -> None:
        async with self._turns, self._database.transaction() as conn:
            await record(conn, *entries)
            told = [
                events.sign_in_throttled(burst, attempt, entries[0].at)
                for burst in attempt.bursts
            ]
            await outbox.write(conn, *told)

    async def guessed(self, entry: Entry) -> None:
        async with self._turns, self._database.transaction() as conn:
            await record(conn, entry)
            await outbox.write(conn, events.tokens_guessed(entry.by.address, entry.at))

    async def forget_old(self, now: datetime) -> int:
        """Delete some tallies that do not count any more; how many those were."""
        return int(
            await self._database.fetchval(
                """
                  WITH old AS (
                       SELECT key
                         FROM sign_in_tries
                        WHERE forgotten_at <= $1
                        LIMIT $2
                          FOR UPDATE SKIP LOCKED),
                       gone AS (
                       DELETE FROM sign_in_tries
                        USING old
                        WHERE sign_in_tries.key = old.key
                       RETURNING sign_in_tries.key)
                SELECT count(key) FROM gone
                """,
                now,
                _BATCH,
            )
        )


async def _lock(
    conn: "asyncpg.Connection[asyncpg.Record]", attempt: Try, now: datetime
) -> list[Tally]:
    """The attempt's tallies, made where there are none, and ours until we commit."""
    # Locked by key, all alike: two who try the same never wait for each other in turn.
    rows = await conn.fetch(
        """
        INSERT INTO sign_in_tries AS tries (key, scope, user_id, address, forgotten_at)
        SELECT key, scope,
               CASE WHEN scope <> 'address' THEN $3::uuid END,
               CASE WHEN scope <> 'account' THEN $4 ELSE '' END,
               $5
          FROM unnest($1::bytea[], $2::text[]) AS given (key, scope)
         ORDER BY key
            ON CONFLICT (key) DO UPDATE
           SET user_id = excluded.user_id, address = excluded.address
        RETURNING key, scope, failures, refused, locked_until, known_until,
                  forgotten_at
        """,
        list(attempt.keys.values()),
        list(attempt.keys),
        attempt.user_id,
        attempt.address,
        now,
    )
    return [_tally(row) for row in rows]


async def _read(
    conn: "asyncpg.Connection[asyncpg.Record]", attempt: Try
) -> list[Tally]:
    """The tallies that the attempt was counted in, locked as by `_lock`."""
    rows = await conn.fetch(
        """
        SELECT key, scope, failures, refused, locked_until, known_until, forgotten_at
          FROM sign_in_tries
         WHERE key = ANY($1::bytea[])
         ORDER BY key
           FOR UPDATE
        """,
        [attempt.keys[scope] for scope in attempt.counted],
    )
    return [_tally(row) for row in rows]


async def _write(
    conn: "asyncpg.Connection[asyncpg.Record]", tallies: Sequence[Tally]
) -> None:
    await conn.executemany(
        """
        UPDATE sign_in_tries
           SET failures = $2, refused = $3, locked_until = $4, known_until = $5,
               forgotten_at = coalesce($6, forgotten_at)
         WHERE key = $1
        """,
        [
            (
                each.key,
                each.failures,
                each.refused,
                each.locked_until,
                each.known_until,
                each.forgotten_at,
            )
            for each in tallies
        ],
    )


def _tally(row: asyncpg.Record) -> Tally:
    return Tally(**{**row, "scope": Scope(row["scope"])})
