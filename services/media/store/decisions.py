"""Decisions on requests, in Postgres."""

from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from kit import outbox
from kit.postgres import Database
from services.media.domain.requests.deciding import Decided, Decision
from services.media.domain.requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
    RequestMissing,
)
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import MOVES, State, Step
from services.media.domain.titles import Kind
from services.media.store.batches import decide_all
from services.media.store.blocks import blocks_of
from services.media.store.followers import followers_of, hand_over, leave
from services.media.store.fulfilling_kinds import ensure_gets
from services.media.store.request_cards import find_card
from services.media.store.request_events import event_of
from services.media.store.waiting import hold_title, is_there, others_waiting, wanted_in

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_WORDS = {Step.REOPEN: "reopened", Step.RETRY: "retried"}
_OPENS_AGAIN = frozenset({Step.REOPEN, Step.RETRY})


class PostgresDecisions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(self, decision: Decision) -> MediaRequest:
        move = MOVES[decision.step]
        async with self._database.transaction() as conn:
            if decision.step in _OPENS_AGAIN:
                await _ensure_free(conn, decision, move.of)
                await _ensure_not_blocked(conn, decision)
            if not await _step(conn, decision):
                raise await _refusal(conn, decision)
            await _ensure_fits(conn, decision)
            word = _WORDS.get(decision.step, move.to.value.lower())
            return await _told(conn, word, decision)

    async def take_back(self, decision: Decision) -> MediaRequest:
        async with self._database.transaction() as conn:
            held = await conn.fetchrow(
                """
                SELECT requested_by, state, followers
                  FROM requests
                 WHERE id = $1 AND $2 IN (0, version)
                   FOR NO KEY UPDATE
                """,
                decision.request_id,
                decision.if_version,
            )
            if held is None:
                raise await _refusal(conn, decision)
            user_id = decision.by.user_id
            if held["requested_by"] != user_id:
                if not await leave(conn, decision.request_id, user_id):
                    raise await _refusal(conn, decision)
                return await _told(conn, "unfollowed", decision)
            is_open = State(held["state"]) in MOVES[Step.CANCEL].of
            if is_open and held["followers"]:
                await hand_over(conn, decision.request_id, user_id, decision.at)
                return await _told(conn, "taken_over", decision)
            if not await _step(conn, decision):
                raise await _refusal(conn, decision)
            return await _told(conn, "canceled", decision)

    async def decide_all(self, decisions: Sequence[Decision]) -> Sequence[Decided]:
        async with self._database.transaction() as conn:
            return await decide_all(conn, decisions)


async def _step(conn: Connection, decision: Decision) -> bool:
    """The one conditional statement of each step, with its row of history; whether the
    request took it."""
    move, choices = MOVES[decision.step], decision.choices
    taken = await conn.fetchval(
        """
        WITH before AS (
            SELECT id, state
              FROM requests
             WHERE id = $1 AND state = ANY ($2::text[])
               AND $7 IN (0, version)
               AND ($8 <> 'cancel' OR requested_by = $4)
               FOR NO KEY UPDATE
        ), remembered AS (
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            SELECT id, state, $3, $4, $5, $6
              FROM before
        )
        UPDATE requests
           SET state = $3,
               decided_by = CASE $8 WHEN 'cancel' THEN decided_by
                                    WHEN 'reopen' THEN '' ELSE $4 END,
               decline_reason = CASE $3 WHEN 'DECLINED' THEN $5 ELSE '' END,
               failure = '',
               fulfiller_id = coalesce($9, fulfiller_id),
               profile_id = CASE WHEN $10 > 0 THEN $10
                                 WHEN $9::uuid IS NULL OR fulfiller_id = $9
                                 THEN profile_id ELSE 0 END,
               folder = CASE WHEN $11 <> '' THEN $11
                             WHEN $9::uuid IS NULL OR fulfiller_id = $9
                             THEN folder ELSE '' END,
               tags = coalesce(nullif($12::text[], '{}'), tags),
               updated_at = greatest($6, created_at),
               version = version + 1
          FROM before
         WHERE requests.id = before.id
        RETURNING requests.id
        """,
        decision.request_id,
        [state.value for state in move.of],
        move.to.value,
        decision.by.user_id,
        decision.reason,
        decision.at,
        decision.if_version,
        decision.step.value,
        choices.fulfiller_id,
        choices.profile_id,
        choices.folder,
        choices.tags,
    )
    return taken is not None


async def _ensure_fits(conn: Connection, decision: Decision) -> None:
    """Raises FulfillerUnfit for who gets no such thing."""
    if decision.choices.fulfiller_id is None:
        return
    kind = await conn.fetchval(
        "SELECT kind FROM requests WHERE id = $1", decision.request_id
    )
    if kind:
        await ensure_gets(conn, decision.choices, [Kind(kind)])


async def _told(conn: Connection, what: str, decision: Decision) -> MediaRequest:
    request = await find_card(conn, decision.request_id, decision.by.user_id)
    followers = await followers_of(conn, request)
    if what in {"unfollowed", "taken_over"}:
        followers = [*followers, decision.by.user_id]
    await outbox.write(conn, event_of(what, request, decision.at, followers))
    return request


async def _ensure_free(
    conn: Connection, decision: Decision, closed: frozenset[State]
) -> None:
    """Nobody waits for what would be waited for again, and it is not there. The title
    is held before the request is, and what the request is, is read behind both. Raises
    AlreadyAvailable and AlreadyRequested."""
    request_id = decision.request_id
    title_id = await conn.fetchval(
        "SELECT title_id FROM requests WHERE id = $1", request_id
    )
    if title_id is None:
        return
    await hold_title(conn, title_id)
    others = await others_waiting(conn, title_id, request_id)
    row = await conn.fetchrow(
        """
        SELECT created_at, is_4k, seasons, episodes, future_only
          FROM requests
         WHERE id = $1 AND state = ANY ($2::text[])
        """,
        request_id,
        [state.value for state in closed],
    )
    if row is None:
        return
    wanted = wanted_in(row)
    if await is_there(conn, title_id, wanted, row["created_at"]):
        raise AlreadyAvailable("This is on the shelf already. Watch it there.")
    for each in others:
        if wanted.overlaps(each.wanted):
            raise AlreadyRequested(
                "Somebody has asked for this again meanwhile. Decide on that request."
            )


async def _ensure_not_blocked(conn: Connection, decision: Decision) -> None:
    """What nobody may ask for is not opened again either. Raises Blocklisted."""
    title_id = await conn.fetchval(
        "SELECT title_id FROM requests WHERE id = $1 AND state = ANY ($2::text[])",
        decision.request_id,
        [state.value for state in MOVES[decision.step].of],
    )
    if title_id is None:
        return
    blocks = await blocks_of(conn, [title_id])
    if title_id in blocks:
        raise blocks[title_id].refusal(decision.by)


async def _refusal(conn: Connection, decision: Decision) -> Exception:
    row = await conn.fetchrow(
        """
        SELECT state, requested_by, version,
               EXISTS (SELECT FROM request_followers
                        WHERE request_id = requests.id AND user_id = $2) AS is_follower
          FROM requests
         WHERE id = $1
        """,
        decision.request_id,
        decision.by.user_id,
    )
    if row is None:
        return RequestMissing()
    return decision.refusal(
        State(row["state"]),
        row["requested_by"],
        row["version"],
        is_follower=row["is_follower"],
    )
