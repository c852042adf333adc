"""Many decisions in one statement, in Postgres."""

from collections.abc import Sequence
from typing import TypeAlias

import asyncpg

from kit import outbox
from services.media.domain.requests.deciding import Decided, Decision
from services.media.domain.requests.errors import RequestMissing, RequestNotPending
from services.media.domain.requests.states import MOVES, State
from services.media.store.request_events import request_event

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def decide_all(
    conn: Connection, decisions: Sequence[Decision]
) -> Sequence[Decided]:
    """See Decisions.decide_all. However many, four statements; the requests are held in
    the order of their ids."""
    rows = await _decide(conn, decisions)
    decided = {row["id"]: row for row in rows}
    await outbox.write(
        conn,
        *(
            request_event(
                row["state"].lower(),
                request_id=row["id"],
                title_id=row["title_id"],
                title_name=row["name"],
                requested_by=row["requested_by"],
                state=State(row["state"]),
                is_4k=row["is_4k"],
                seasons=row["seasons"],
                at=decisions[0].at,
                followers=row["followers"],
                reason=row["decline_reason"],
            )
            for row in rows
        ),
    )
    left = [each.request_id for each in decisions if each.request_id not in decided]
    others = await conn.fetch(
        "SELECT id, state, version FROM requests WHERE id = ANY ($1::uuid[])", left
    )
    known = {row["id"]: row for row in others}
    return [
        _taken(decided[each.request_id])
        if each.request_id in decided
        else _refused(each, known.get(each.request_id))
        for each in decisions
    ]


async def _decide(
    conn: Connection, decisions: Sequence[Decision]
) -> Sequence[asyncpg.Record]:
    return await conn.fetch(
        """
        WITH asked AS (
            SELECT id, state, reason, if_version
              FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[])
                   AS asked (id, state, reason, if_version)
        ), before AS (
            SELECT requests.id, asked.state, asked.reason
              FROM requests
              JOIN asked ON asked.id = requests.id
             WHERE requests.state = 'PENDING'
               AND asked.if_version IN (0, requests.version)
             ORDER BY requests.id
               FOR NO KEY UPDATE OF requests
        ), remembered AS (
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            SELECT id, 'PENDING', state, $5, reason, $6
              FROM before
        ), decided AS (
            UPDATE requests
               SET state = before.state, decided_by = $5,
                   decline_reason = before.reason,
                   updated_at = greatest($6, created_at), version = version + 1
              FROM before
             WHERE requests.id = before.id
            RETURNING requests.id, requests.state, requests.version,
                      requests.requested_by, requests.title_id, requests.words,
                      requests.is_4k, requests.seasons, requests.decline_reason
        )
        SELECT decided.id, decided.state, decided.version, decided.requested_by,
               decided.title_id, coalesce(titles.name, decided.words) AS name,
               decided.is_4k, decided.seasons, decided.decline_reason,
               ARRAY(SELECT user_id
                       FROM request_followers
                      WHERE request_followers.request_id = decided.id
                      ORDER BY since, user_id) AS followers
          FROM decided
          LEFT JOIN titles ON titles.id = decided.title_id
         ORDER BY decided.id
        """,
        [each.request_id for each in decisions],
        [MOVES[each.step].to.value for each in decisions],
        [each.reason for each in decisions],
        [each.if_version for each in decisions],
        decisions[0].by.user_id,
        decisions[0].at,
    )


def _taken(row: asyncpg.Record) -> Decided:
    return Decided(row["id"], State(row["state"]), row["version"])


def _refused(decision: Decision, row: asyncpg.Record | None) -> Decided:
    if row is None:
        return Decided(decision.request_id, reason=RequestMissing.reason)
    state, version = State(row["state"]), row["version"]
    reason = RequestNotPending.reason
    if decision.if_version not in {0, version}:
        reason = "version_changed"
    return Decided(decision.request_id, state, version, reason)
