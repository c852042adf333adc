"""Who reads watchlists at Plex, and what was found on them, in Postgres."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import outbox
from kit.ids import uuid7
from kit.postgres import Database
from kit.sealing import Seal
from services.media.domain.plex_watchlist.following import Outcome
from services.media.domain.plex_watchlist.watchlist import (
    AskFor,
    Claim,
    ReadingLost,
    Standing,
    SyncState,
)
from services.media.domain.titles import Kind
from services.media.domain.watchlists import WatchlistFull
from services.media.store.plex_watchlists import changed, unsealed
from services.media.store.watchlists import put_on_watchlist

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresFollowed:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def claim(self, now: datetime, until: datetime) -> Claim | None:
        claim_id = uuid7(now)
        row = await self._database.fetchrow(
            """
            UPDATE plex_watchlists
               SET claim_id = $2, leased_until = $3
              FROM requesters
             WHERE requesters.user_id = plex_watchlists.user_id
               AND plex_watchlists.user_id = (
                   SELECT user_id
                     FROM plex_watchlists
                    WHERE due_at <= $1
                      AND (leased_until IS NULL OR leased_until < $1)
                    ORDER BY due_at
                    LIMIT 1
                      FOR UPDATE SKIP LOCKED)
            RETURNING plex_watchlists.user_id, token_sealed, ask_movies, ask_series,
                      requesters.name, plex_watchlists.role, permissions,
                      plex_watchlists.facts, failures
            """,
            now,
            claim_id,
            until,
        )
        if row is None:
            return None
        return Claim(
            claim_id,
            row["user_id"],
            unsealed(self._seal, row["token_sealed"], row["user_id"]),
            AskFor(row["ask_movies"], row["ask_series"]),
            Standing(
                row["name"], row["role"], row["permissions"], json.loads(row["facts"])
            ),
            row["failures"],
        )

    async def take(
        self, claim: Claim, title_ids: Sequence[UUID], now: datetime
    ) -> None:
        async with self._database.transaction() as conn:
            # As who connects does: first the person, then what is theirs.
            await conn.execute(
                "SELECT FROM requesters WHERE user_id = $1 FOR NO KEY UPDATE",
                claim.user_id,
            )
            await _hold(conn, claim)
            rows = await conn.fetch(
                """
                INSERT INTO plex_watchlist_titles (user_id, title_id, found_at, ask_at)
                SELECT $1, title_id, $3, $3
                  FROM unnest($2::uuid[]) AS found (title_id)
                    ON CONFLICT (user_id, title_id) DO NOTHING
                RETURNING title_id
                """,
                claim.user_id,
                title_ids,
                now,
            )
            new = {row["title_id"] for row in rows}
            for place, title_id in enumerate(title_ids):
                if title_id not in new:
                    continue
                at = now + timedelta(microseconds=place)
                try:
                    await put_on_watchlist(conn, claim.user_id, title_id, at)
                except WatchlistFull:
                    break

    async def waiting(
        self, claim: Claim, kinds: Sequence[Kind], now: datetime, most: int
    ) -> Sequence[UUID]:
        rows = await self._database.fetch(
            """
            SELECT found.title_id
              FROM plex_watchlist_titles AS found
              JOIN titles ON titles.id = found.title_id
             WHERE found.user_id = $1
               AND found.ask_at <= $3
               AND titles.kind = ANY ($2::text[])
               AND NOT EXISTS (SELECT FROM requests
                                WHERE requests.title_id = found.title_id
                                  AND requests.requested_by = $1)
               AND EXISTS (SELECT FROM plex_watchlists
                            WHERE user_id = $1 AND claim_id = $5)
             ORDER BY found.ask_at, found.title_id
             LIMIT $4
            """,
            claim.user_id,
            [kind.value for kind in kinds],
            now,
            most,
            claim.id,
        )
        return [row["title_id"] for row in rows]

    async def settle(self, claim: Claim, title_id: UUID, outcome: str) -> None:
        await self._note(claim, title_id, outcome, None)

    async def put_off(
        self, claim: Claim, title_id: UUID, outcome: str, until: datetime
    ) -> None:
        await self._note(claim, title_id, outcome, until)

    async def finish(
        self, claim: Claim, outcome: Outcome, now: datetime, due: datetime | None
    ) -> None:
        async with self._database.transaction() as conn:
            before = await _hold(conn, claim)
            await conn.execute(
                """
                UPDATE plex_watchlists
                   SET state = $2, detail = $3, due_at = $4,
                       read_at = CASE WHEN $5::integer IS NULL THEN read_at ELSE $7 END,
                       entry_count = coalesce($5, entry_count),
                       unknown_count = CASE WHEN $5 IS NULL THEN unknown_count
                                            ELSE $6 END,
                       failures = CASE $2 WHEN 'AWAY' THEN failures + 1 ELSE 0 END,
                       claim_id = NULL, leased_until = NULL
                 WHERE user_id = $1
                """,
                claim.user_id,
                outcome.state.value,
                outcome.detail,
                due,
                outcome.entry_count,
                outcome.unknown_count,
                now,
            )
            if before is not outcome.state:
                event = changed(claim.user_id, outcome.state.value, now)
                await outbox.write(conn, event)

    async def _note(
        self, claim: Claim, title_id: UUID, outcome: str, ask_at: datetime | None
    ) -> None:
        await self._database.execute(
            """
            UPDATE plex_watchlist_titles
               SET outcome = $3, ask_at = $4
             WHERE user_id = $1 AND title_id = $2
            """,
            claim.user_id,
            title_id,
            outcome,
            ask_at,
        )


async def _hold(conn: Connection, claim: Claim) -> SyncState:
    """The claim, until the transaction ends. Raises ReadingLost."""
    state = await conn.fetchval(
        """
        SELECT state
          FROM plex_watchlists
         WHERE user_id = $1 AND claim_id = $2
           FOR UPDATE
        """,
        claim.user_id,
        claim.id,
    )
    if state is None:
        raise ReadingLost
    return SyncState(state)
