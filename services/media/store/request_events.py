"""What is told when something happens to a request."""

from datetime import datetime
from uuid import UUID

from kit.outbox import Event
from services.media.domain.requests.states import State

_TAG = "requests"
_ROOM = "requests"


def request_event(
    what: str,
    *,
    request_id: UUID,
    title_id: UUID,
    title_name: str,
    requested_by: str,
    state: State,
    at: datetime,
) -> Event:
    return Event(
        type=f"request.{what}",
        key=str(request_id),
        at=at,
        rooms=(_ROOM, f"user:{requested_by}"),
        tags=(_TAG,),
        data={
            "requestId": str(request_id),
            "titleId": str(title_id),
            "titleName": title_name,
            "state": state.value,
            "requestedBy": requested_by,
        },
    )
