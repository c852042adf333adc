"""How a stream is told over HTTP: a line of JSON for each message, or server-sent
events, by Accept."""

from dataclasses import dataclass

from gateway.http.negotiation import accepts, names
from gateway.problems import Headers, Problem

LINES = b"application/x-ndjson"
EVENTS = b"text/event-stream"


@dataclass(frozen=True, slots=True)
class Form:
    media_type: bytes

    @property
    def headers(self) -> Headers:
        return [
            (b"content-type", self.media_type),
            (b"cache-control", b"no-store"),
            # A reverse proxy would keep events back until it has many.
            (b"x-accel-buffering", b"no"),
        ]

    def message(self, body: bytes) -> bytes:
        if self.media_type == EVENTS:
            return b"data: %b\n\n" % body
        return b'{"result":%b}\n' % body

    def problem(self, body: bytes) -> bytes:
        if self.media_type == EVENTS:
            return b"event: error\ndata: %b\n\n" % body
        return b'{"error":%b}\n' % body


def form_of(accepted: bytes | None) -> Form:
    """Raises Problem, 406."""
    if names(accepted, EVENTS):
        return Form(EVENTS)
    if accepts(accepted, LINES) or accepts(accepted, b"application/json"):
        return Form(LINES)
    raise Problem(
        406,
        "not_acceptable",
        "Streams here are application/x-ndjson or text/event-stream.",
    )
