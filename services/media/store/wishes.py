"""Wishes that become requests, in Postgres."""

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Once
from kit.postgres import Database
from services.media.domain.requests.asking import Wish, requester_of
from services.media.domain.requests.episodes import packed
from services.media.domain.requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
    RequesterUnknown,
)
from services.media.domain.requests.limits import Requester
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.sizing import AskedTitle
from services.media.domain.requests.wanted import Wanted
from services.media.store.asked_titles import asked_title
from services.media.store.blocks import blocks_of
from services.media.store.followers import follow, followers_of
from services.media.store.fulfilling_kinds import ensure_gets
from services.media.store.people import Known, known_as
from services.media.store.quotas import ensure_room, hold_requester, remembered
from services.media.store.request_cards import find_card
from services.media.store.request_events import event_of
from services.media.store.waiting import Waiting, hold_title, there_or_waiting

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresWishes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def title(self, title_id: UUID) -> AskedTitle:
        return await asked_title(self._database, title_id)

    async def role_of(self, user_id: str) -> str:
        async with self._database.connection() as conn:
            return (await remembered(conn, Requester(user_id, ""))).role

    async def ask(self, wish: Wish, once: Once) -> MediaRequest:
        async with self._database.transaction() as conn:
            asked_before = await idempotency.claim(
                conn, wish.by.user_id, once, str(wish.request_id)
            )
            if asked_before != str(wish.request_id):
                return await find_card(conn, UUID(asked_before), wish.by.user_id)
            await _ensure_may_have(conn, wish)
            if wish.title is not None:
                await ensure_gets(conn, wish.thing.choices, [wish.title.kind])
            left, others = await _left(conn, wish)
            # Of all that is held, who asks is held last, and for the shortest time.
            requester = await _hold(conn, wish)
            followed = await _join(conn, wish, requester, left, others)
            if left is None:
                first = followed[0]
                await idempotency.settle(conn, wish.by.user_id, once, str(first.id))
                return first
            await _ensure_not_said(conn, wish, requester)
            await ensure_room(conn, requester, wish.cost(left), wish.at)
            await _insert(conn, wish, requester, left)
            request = await find_card(conn, wish.request_id, wish.by.user_id)
            await outbox.write(conn, event_of("created", request, wish.at))
            return request


async def _ensure_may_have(conn: Connection, wish: Wish) -> None:
    """Raises RequesterUnknown for another whom nobody knows, or who is suspended."""
    requester = requester_of(wish.thing, wish.by)
    if requester.user_id == wish.by.user_id:
        return
    match await known_as(conn, requester.user_id):
        case Known.NOT:
            words = "There is no such user. Name one of GET /v1/users by id."
        case Known.SUSPENDED:
            words = "This user is suspended. End that first."
        case _:
            return
    raise RequesterUnknown(words, field="requested_for.user_id")


async def _left(
    conn: Connection, wish: Wish
) -> tuple[Wanted | None, Sequence[Waiting]]:
    """What of the wish nobody waits for, and the requests for the rest of it."""
    title_id, left = wish.thing.title_id, wish.thing.wanted
    if title_id is None:
        return left, ()
    await hold_title(conn, title_id)
    is_there, waiting = await there_or_waiting(conn, title_id, left, wish.at)
    if is_there:
        raise AlreadyAvailable("This is on the shelf already. Watch it there.")
    blocks = await blocks_of(conn, [title_id])
    if title_id in blocks:
        raise blocks[title_id].refusal(wish.by)
    objection = wish.objection(
        await remembered(conn, requester_of(wish.thing, wish.by))
    )
    if objection is not None:
        raise objection
    others = []
    for each in waiting:
        less = left.without(each.wanted)
        if less == left:
            continue
        others.append(each)
        if less is None:
            return None, others
        left = less
    return left, others


async def _hold(conn: Connection, wish: Wish) -> Requester:
    """Who it is for; and who asks for them, first or second by their ids, as everybody
    holds two."""
    requester, asker = requester_of(wish.thing, wish.by), Requester.of(wish.by)
    both = {each.user_id: each for each in (asker, requester)}
    held = {
        user_id: await hold_requester(conn, both[user_id]) for user_id in sorted(both)
    }
    return held[requester.user_id]


async def _join(
    conn: Connection,
    wish: Wish,
    requester: Requester,
    left: Wanted | None,
    others: Sequence[Waiting],
) -> Sequence[MediaRequest]:
    """Have the requester follow others' requests; those that they did not follow yet.
    Raises AlreadyRequested when that is none, and nothing is left to ask for."""
    ids = [each.id for each in others if each.requested_by != requester.user_id]
    joined = await follow(conn, ids, requester.user_id, wish.at) if ids else []
    if left is None and not joined:
        raise AlreadyRequested("You have asked for this already: it is waited for.")
    followed = [
        await find_card(conn, request_id, requester.user_id)
        for request_id in ids
        if request_id in joined
    ]
    await outbox.write(
        conn,
        *[
            event_of("followed", each, wish.at, await followers_of(conn, each))
            for each in followed
        ],
    )
    return followed


async def _ensure_not_said(conn: Connection, wish: Wish, requester: Requester) -> None:
    if not wish.thing.words:
        return
    waits = await conn.fetchval(
        """
        SELECT EXISTS (SELECT FROM requests
                        WHERE requested_by = $1
                          AND state IN ('PENDING', 'APPROVED')
                          AND title_id IS NULL AND words = $2)
        """,
        requester.user_id,
        wish.thing.words,
    )
    if waits:
        raise AlreadyRequested("You have asked for this already: it is waited for.")


async def _insert(
    conn: Connection, wish: Wish, requester: Requester, left: Wanted
) -> None:
    cost, choices = wish.cost(left), wish.choices
    await conn.execute(
        """
        WITH made AS (
            INSERT INTO requests (id, title_id, requested_by, state, seasons,
                                  created_at, updated_at, kind, is_4k, episodes,
                                  future_only, words, asked_by, fulfiller_id,
                                  profile_id, folder, tags, movies_counted,
                                  seasons_counted, size_bytes)
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                    $15, $16, $17, $18, $19)
            RETURNING id
        )
        INSERT INTO request_history
               (request_id, from_state, to_state, by_whom, reason, at, rule_ids)
        SELECT id, '', $4, $20, '', $6, $21
          FROM made
        """,
        wish.request_id,
        wish.thing.title_id,
        requester.user_id,
        wish.state.value,
        left.seasons,
        wish.at,
        wish.title.kind.value if wish.title else "",
        left.is_4k,
        packed(left.episodes),
        left.future_only,
        wish.thing.words,
        wish.by.user_id if wish.thing.for_another else "",
        choices.fulfiller_id,
        choices.profile_id,
        choices.folder,
        choices.tags,
        cost.movies,
        cost.seasons,
        cost.size_bytes,
        wish.by.user_id,
        wish.rule_ids,
    )
