"""What media's events say to people, as far as it stands in them and in what they are
about."""

import re
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from kit.outbox import Event, Json
from services.media.domain.telling.planning import Happening

_USER = "user:"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = 500


async def happening_of(
    conn: "asyncpg.Connection[asyncpg.Record]", place: int, event: Event
) -> Happening:
    data = event.data
    request_id, state = _text(data, "requestId"), _text(data, "state")
    by, detail = _text(data, "by", "author"), _text(data, "reason", "text")
    if state and _ID.fullmatch(request_id) and not (by and detail):
        decided = await _decided(conn, request_id, state)
        by, detail = by or decided[0], detail or decided[1]
    return Happening(
        place,
        event.type,
        frozenset(
            room.removeprefix(_USER) for room in event.rooms if room.startswith(_USER)
        ),
        by,
        _text(data, "titleName", "words")[:_LONGEST],
        event.at,
        title_id=_text(data, "titleId"),
        request_id=request_id,
        report_id=_text(data, "reportId"),
        detail=detail[:_LONGEST],
        waits=state == "PENDING",
    )


async def _decided(
    conn: "asyncpg.Connection[asyncpg.Record]", request_id: str, state: str
) -> tuple[str, str]:
    """By whom it came to this state last, and why."""
    row = await conn.fetchrow(
        """
        SELECT by_whom, reason
          FROM request_history
         WHERE request_id = $1 AND to_state = $2
         ORDER BY id DESC
         LIMIT 1
        """,
        UUID(request_id),
        state,
    )
    return (row["by_whom"], row["reason"]) if row is not None else ("", "")


def _text(data: Mapping[str, Json], *names: str) -> str:
    """The first of these that is said."""
    return next((str(data[name]) for name in names if data.get(name)), "")
