"""Changes of pending requests, in Postgres."""

from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from kit import outbox
from kit.errors import VersionChanged
from kit.postgres import Database
from services.media.domain.requests.editing import Edit
from services.media.domain.requests.episodes import packed
from services.media.domain.requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
    RequestMissing,
    RequestNotPending,
)
from services.media.domain.requests.limits import Cost, Requester
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.wanted import Wanted
from services.media.store.asked_titles import asked_title
from services.media.store.followers import followers_of
from services.media.store.fulfilling_kinds import ensure_gets
from services.media.store.quotas import ensure_room_for_more, hold_requester
from services.media.store.request_cards import find_card
from services.media.store.request_events import event_of
from services.media.store.waiting import (
    Waiting,
    hold_title,
    is_there,
    others_waiting,
    wanted_in,
)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class PostgresEdits:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def edit(self, edit: Edit) -> MediaRequest:
        known = await self._database.fetchrow(
            "SELECT requested_by, title_id FROM requests WHERE id = $1",
            edit.request_id,
        )
        if known is None:
            raise RequestMissing
        title_id = known["title_id"]
        edit.ensure_may(known["requested_by"], is_in_words=title_id is None)
        title = await asked_title(self._database, title_id)
        async with self._database.transaction() as conn:
            await hold_title(conn, title_id)
            # All in the order of their ids, this one among them.
            others = await others_waiting(conn, title_id, edit.request_id)
            row = await _hold(conn, edit, known["requested_by"])
            was = wanted_in(row)
            wanted = edit.change.of(was)
            edit.ensure_possible(title, was, wanted)
            edit.ensure_leaves(was, wanted, row["followers"])
            counted = Cost(0, row["seasons_counted"], row["size_bytes"])
            cost = edit.cost(title, was, wanted, counted)
            if wanted != was:
                await _ensure_free(conn, row, wanted, others)
                requester = await hold_requester(conn, _requester(edit, known))
                seasons = title.seasons_of(wanted)
                await ensure_room_for_more(
                    conn, requester, _more(counted, cost), seasons, edit.at
                )
            if edit.change.choices is not None:
                await ensure_gets(
                    conn,
                    edit.change.choices,
                    [title.kind],
                    "change.choices.fulfiller_id",
                )
            await _write(conn, edit, wanted, cost)
            request = await find_card(conn, edit.request_id, edit.by.user_id)
            followers = await followers_of(conn, request)
            await outbox.write(conn, event_of("edited", request, edit.at, followers))
            return request


def _requester(edit: Edit, known: asyncpg.Record) -> Requester:
    if known["requested_by"] == edit.by.user_id:
        return Requester.of(edit.by)
    return Requester(known["requested_by"], "")


def _more(before: Cost, after: Cost) -> Cost:
    return Cost(
        0,
        max(0, after.seasons - before.seasons),
        max(0, after.size_bytes - before.size_bytes),
    )


async def _hold(conn: Connection, edit: Edit, requested_by: str) -> asyncpg.Record:
    row = await conn.fetchrow(
        """
        SELECT title_id, created_at, state, version, requested_by, is_4k, seasons,
               episodes, future_only, followers, seasons_counted, size_bytes
          FROM requests
         WHERE id = $1
           FOR NO KEY UPDATE
        """,
        edit.request_id,
    )
    if row is None:
        raise RequestMissing
    if edit.if_version not in {0, row["version"]}:
        raise VersionChanged
    if row["requested_by"] != requested_by:
        # Handed over to another meanwhile.
        raise VersionChanged
    if row["state"] != "PENDING":
        raise RequestNotPending(
            f"This request is {row['state'].lower()} already: ask anew for what else "
            "is wanted."
        )
    return row


async def _ensure_free(
    conn: Connection,
    row: asyncpg.Record,
    wanted: Wanted,
    others: Sequence[Waiting],
) -> None:
    if await is_there(conn, row["title_id"], wanted, row["created_at"]):
        raise AlreadyAvailable("This is on the shelf already. Watch it there.")
    for each in others:
        if wanted.overlaps(each.wanted):
            raise AlreadyRequested(
                "Another request asks for some of this. Leave that out."
            )


async def _write(conn: Connection, edit: Edit, wanted: Wanted, cost: Cost) -> None:
    choices = edit.change.choices
    await conn.execute(
        """
        WITH remembered AS (
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            VALUES ($1, 'PENDING', 'PENDING', $2, $3, $4)
        )
        UPDATE requests
           SET is_4k = $5, seasons = $6, episodes = $7, future_only = $8,
               fulfiller_id = CASE WHEN $9 THEN $10 ELSE fulfiller_id END,
               profile_id = CASE WHEN $9 THEN $11 ELSE profile_id END,
               folder = CASE WHEN $9 THEN $12 ELSE folder END,
               tags = CASE WHEN $9 THEN $13::text[] ELSE tags END,
               seasons_counted = $14, size_bytes = $15,
               updated_at = greatest($4, created_at), version = version + 1
         WHERE id = $1
        """,
        edit.request_id,
        edit.by.user_id,
        edit.change.told,
        edit.at,
        wanted.is_4k,
        wanted.seasons,
        packed(wanted.episodes),
        wanted.future_only,
        choices is not None,
        choices and choices.fulfiller_id,
        choices.profile_id if choices else 0,
        choices.folder if choices else "",
        choices.tags if choices else (),
        cost.seasons,
        cost.size_bytes,
    )
