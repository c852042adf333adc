"""What media's events say to people, as far as it stands in them and in what they are
about."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from kit.outbox import Event, Json
from services.media.domain.telling.planning import LONGEST_DETAIL, Happening

_USER = "user:"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PENDING = "PENDING"
_UNKNOWN: Mapping[str, Any] = {"by_whom": "", "reason": "", "episodes": 0}


async def happening_of(
    conn: "asyncpg.Connection[asyncpg.Record]", place: int, event: Event
) -> Happening:
    data = event.data
    request_id, state = _id(data, "requestId"), _text(data, "state")
    by, detail, episodes = _text(data, "by"), _text(data, "reason"), 0
    comment_id = _id(data, "commentId")
    # What a comment says is no reason of the state that its request is in.
    if request_id and not comment_id:
        row = await _step(conn, request_id, state, event.at)
        by, detail = by or row["by_whom"], detail or row["reason"]
        episodes = row["episodes"]
    return Happening(
        place,
        event.type,
        frozenset(
            room.removeprefix(_USER) for room in event.rooms if room.startswith(_USER)
        ),
        by,
        _text(data, "titleName")[:LONGEST_DETAIL],
        event.at,
        title_id=_id(data, "titleId"),
        request_id=request_id,
        report_id=_id(data, "reportId"),
        comment_id=UUID(comment_id) if comment_id else None,
        detail=detail[:LONGEST_DETAIL],
        episodes=episodes,
        waits=bool(request_id) and state == _PENDING,
    )


async def _step(
    conn: "asyncpg.Connection[asyncpg.Record]",
    request_id: str,
    state: str,
    at: datetime,
) -> Mapping[str, Any]:
    """By whom a request came to this state, or was changed in it, at that time; why;
    and how many single episodes it is for."""
    row = await conn.fetchrow(
        """
        SELECT coalesce(by_whom, '') AS by_whom,
               coalesce(nullif(reason, ''), failure) AS reason,
               cardinality(episodes) AS episodes
          FROM requests
          LEFT JOIN LATERAL (
               SELECT by_whom, reason
                 FROM request_history
                WHERE request_id = requests.id AND to_state = $2
                  AND request_history.at <= $3
                ORDER BY request_history.id DESC
                LIMIT 1) AS step ON true
         WHERE requests.id = $1
        """,
        UUID(request_id),
        state,
        at,
    )
    return _UNKNOWN if row is None else dict(row)


def _id(data: Mapping[str, Json], name: str) -> str:
    text = _text(data, name)
    return text if _ID.fullmatch(text) else ""


def _text(data: Mapping[str, Json], name: str) -> str:
    return str(data.get(name) or "")
