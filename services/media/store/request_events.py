"""What is told when something happens to a request."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit.outbox import Event
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import State

_TAG = "requests"
_ROOM = "requests"


def event_of(
    what: str, request: MediaRequest, at: datetime, followers: Sequence[str] = ()
) -> Event:
    return request_event(
        what,
        request_id=request.id,
        title_id=request.title.id if request.title else None,
        title_name=request.name,
        requested_by=request.requested_by,
        state=request.state,
        is_4k=request.is_4k,
        seasons=request.seasons,
        at=at,
        followers=followers,
        reason=request.decline_reason or request.failure,
    )


def request_event(
    what: str,
    *,
    request_id: UUID,
    title_id: UUID | None,
    title_name: str,
    requested_by: str,
    state: State,
    is_4k: bool,
    seasons: Sequence[int],
    at: datetime,
    followers: Sequence[str] = (),
    reason: str = "",
) -> Event:
    """Told to who decides, to who asked, and to those who wait with them. The reason
    is why it was declined, or could not be got."""
    return Event(
        type=f"request.{what}",
        key=str(request_id),
        at=at,
        rooms=(_ROOM, *(f"user:{each}" for each in (requested_by, *followers))),
        tags=(_TAG,),
        data={
            "requestId": str(request_id),
            "titleId": str(title_id or ""),
            "titleName": title_name,
            "state": state.value,
            "requestedBy": requested_by,
            "is4k": is_4k,
            "seasons": list(seasons),
            "reason": reason,
        },
    )
