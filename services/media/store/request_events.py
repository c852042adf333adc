"""What is told when something happens to a request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit.outbox import Event
from services.media.domain.requests.states import State

_TAG = "requests"
_ROOM = "requests"


def request_event(
    what: str, row: Mapping[str, Any], state: State, at: datetime
) -> Event:
    """What happened to a request and the state that it came into, from the
    request's id, title_id and requested_by and its title's name."""
    return Event(
        type=f"request.{what}",
        key=str(row["id"]),
        at=at,
        rooms=(_ROOM, f"user:{row['requested_by']}"),
        tags=(_TAG,),
        data={
            "requestId": str(row["id"]),
            "titleId": str(row["title_id"]),
            "titleName": row["name"],
            "state": state.value,
            "requestedBy": row["requested_by"],
        },
    )
