"""Watchlists at Plex that their owners have connected, in Postgres, their tokens
sealed."""

import json
from datetime import datetime

import structlog

from kit import outbox
from kit.caller import Caller
from kit.postgres import Database
from kit.sealing import Seal, SealBroken
from services.media.domain.calendar.links import OwnerGone
from services.media.domain.operator import Sealing
from services.media.domain.plex_watchlist.watchlist import (
    AskFor,
    Connected,
    PlexWatchlistMissing,
    SyncState,
)
from services.media.store.people import note_name

log = structlog.get_logger()


class PostgresPlexWatchlists:
    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def connect(
        self, token: str, ask_for: AskFor, at: datetime, by: Caller
    ) -> None:
        async with self._database.transaction() as conn:
            await note_name(conn, by)
            # Held until the end: who is removed meanwhile is removed after this.
            is_gone = await conn.fetchval(
                "SELECT gone FROM requesters WHERE user_id = $1 FOR NO KEY UPDATE",
                by.user_id,
            )
            if is_gone:
                raise OwnerGone("Your account was removed.")
            await conn.execute(
                """
                INSERT INTO plex_watchlists AS known
                       (user_id, token_sealed, state, ask_movies, ask_series, role,
                        permissions, facts, seen_at, due_at)
                VALUES ($1, $2, 'CONNECTED', $3, $4, $5, $6, $7, $8, $8)
                    ON CONFLICT (user_id) DO UPDATE
                   SET token_sealed = excluded.token_sealed, state = 'CONNECTED',
                       detail = '', ask_movies = excluded.ask_movies,
                       ask_series = excluded.ask_series, role = excluded.role,
                       permissions = CASE WHEN known.doubted_until > excluded.seen_at
                                          THEN NULL ELSE excluded.permissions END,
                       facts = excluded.facts,
                       seen_at = excluded.seen_at, due_at = excluded.due_at,
                       failures = 0, claim_id = NULL, leased_until = NULL
                """,
                by.user_id,
                self._sealed(token, by.user_id),
                ask_for.movies,
                ask_for.series,
                by.role,
                by.permissions,
                json.dumps(dict(by.facts)),
                at,
            )
            await outbox.write(conn, changed(by.user_id, "CONNECTED", at))

    async def find(self, user_id: str) -> Connected:
        row = await self._database.fetchrow(
            """
            SELECT state, ask_movies, ask_series, read_at, entry_count, unknown_count,
                   detail
              FROM plex_watchlists
             WHERE user_id = $1
            """,
            user_id,
        )
        if row is None:
            raise PlexWatchlistMissing
        return Connected(
            SyncState(row["state"]),
            AskFor(row["ask_movies"], row["ask_series"]),
            row["read_at"],
            row["entry_count"],
            row["unknown_count"],
            row["detail"],
        )

    async def change(self, ask_for: AskFor, at: datetime, by: Caller) -> None:
        async with self._database.transaction() as conn:
            state = await conn.fetchval(
                """
                UPDATE plex_watchlists
                   SET ask_movies = $2, ask_series = $3,
                       due_at = CASE WHEN due_at > $4 THEN $4 ELSE due_at END
                 WHERE user_id = $1
                RETURNING state
                """,
                by.user_id,
                ask_for.movies,
                ask_for.series,
                at,
            )
            if state is None:
                raise PlexWatchlistMissing
            await outbox.write(conn, changed(by.user_id, state, at))

    async def disconnect(self, user_id: str, at: datetime) -> None:
        async with self._database.transaction() as conn:
            gone = await conn.fetchval(
                "DELETE FROM plex_watchlists WHERE user_id = $1 RETURNING user_id",
                user_id,
            )
            if gone is not None:
                await outbox.write(conn, changed(user_id, "NOT_CONNECTED", at))

    async def seen(self, somebody: Caller, at: datetime) -> None:
        await self._database.execute(
            """
            UPDATE plex_watchlists
               SET role = $2, permissions = $3, facts = $4, seen_at = $5
             WHERE user_id = $1
               AND (doubted_until IS NULL OR doubted_until <= $5)
               AND (role, permissions, facts) IS DISTINCT FROM ($2, $3, $4::jsonb)
            """,
            somebody.user_id,
            somebody.role,
            somebody.permissions,
            json.dumps(dict(somebody.facts)),
            at,
        )

    async def sealing(self) -> Sealing:
        count = await self._database.fetchval(
            """
            SELECT count(user_id)
              FROM plex_watchlists
             WHERE substring(token_sealed FOR length($1::bytea)) <> $1::bytea
            """,
            self._seal.head,
        )
        return Sealing(int(count), self._seal.key_id)

    async def reseal(self) -> None:
        """Seal anew what another key than the present one has sealed."""
        rows = await self._database.fetch(
            "SELECT user_id, token_sealed FROM plex_watchlists"
        )
        for row in rows:
            if self._seal.is_current(row["token_sealed"]):
                continue
            token = unsealed(self._seal, row["token_sealed"], row["user_id"])
            if token:
                await self._database.execute(
                    """
                    UPDATE plex_watchlists
                       SET token_sealed = $3
                     WHERE user_id = $1 AND token_sealed = $2
                    """,
                    row["user_id"],
                    row["token_sealed"],
                    self._sealed(token, row["user_id"]),
                )

    def _sealed(self, token: str, user_id: str) -> bytes:
        return self._seal.seal(token.encode(), _place(user_id))


def unsealed(seal: Seal, sealed: bytes, user_id: str) -> str:
    """The token; empty when none of the keys opens it."""
    try:
        return seal.open(sealed, _place(user_id)).decode()
    except SealBroken as exc:
        log.warning("plex_watchlist_token_unreadable", user_id=user_id, error=str(exc))
        return ""


def changed(user_id: str, state: str, at: datetime) -> outbox.Event:
    return outbox.Event(
        type="plex_watchlist.changed",
        key=f"plex_watchlist:{user_id}",
        at=at,
        rooms=(f"user:{user_id}",),
        tags=(),
        data={"userId": user_id, "state": state},
    )


def _place(user_id: str) -> str:
    return f"plex watchlist {user_id}"
