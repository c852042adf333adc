"""What a client that comes to listen asks for."""

from dataclasses import dataclass

from gateway.http.requests import Request
from gateway.live.listeners import MOST_WAITING
from gateway.messages.query import split
from gateway.messages.reading import Errors
from gateway.problems import FieldError, invalid

_LAST_EVENT_ID = b"last-event-id"


@dataclass(frozen=True, slots=True)
class Wish:
    rooms: tuple[str, ...] = ()
    after: str = ""
    """The cursor up to which the client was told. Empty: from now on."""
    window: int = 0
    """How many events may be unacknowledged. 0: none is acknowledged."""


def wish_of(request: Request, *, may_acknowledge: bool) -> Wish:
    """From the query, and what a browser sends by itself when a stream of events was
    interrupted. Raises Problem."""
    errors: Errors = []
    rooms: list[str] = []
    after = request.header(_LAST_EVENT_ID)
    window = 0
    for name, value in split(request.query, errors):
        if name == "rooms":
            rooms += [room for room in value.split(",") if room]
        elif name == "after":
            after = after or value
        elif name == "window" and may_acknowledge:
            window = _window(value, errors)
        else:
            errors.append(FieldError(name, "is not a parameter here"))
    if errors:
        raise invalid(errors)
    return Wish(tuple(dict.fromkeys(rooms)), after, window)


def _window(value: str, errors: Errors) -> int:
    if value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= MOST_WAITING:
        return int(value)
    errors.append(FieldError("window", f"must be a number from 1 to {MOST_WAITING}"))
    return 0
