"""uvicorn's connections, with a limit on what stands before a body, an end for those
that say nothing, and refusals that look like every other answer."""

import asyncio
import fcntl
import re
import struct
import sys
import termios
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from gateway.http.cork import Cork
from gateway.http.crowd import Crowd, Place
from gateway.http.requests import NOSNIFF, request_id_of
from gateway.http.sockets import GOODBYE_WITHIN_S, WebSocket
from gateway.problems import CONTENT_TYPE, Problem, retry_after

LARGEST_HEAD_BYTES = 32 * 1024
LONGEST_URL_BYTES = 8 * 1024
_MOST_HEADERS = 100
_MOST_AT_ONCE = 100

_VERSIONS = {"1.0", "1.1"}
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%-]*(\[[0-9A-Fa-f:.]+\])?(:[0-9]*)?")

_SOCKET_KEY = re.compile(rb"[a-z0-9+/]{22}==")

_MALFORMED = Problem(400, "http_invalid", "This is not an HTTP request.")
_ODD_METHOD = Problem(400, "method_unknown", "There is no such method.")
_ODD_VERSION = Problem(400, "http_version", "What is spoken here is HTTP/1.1.")
_ODD_HOST = Problem(400, "host_invalid", "A request has one Host, which is a name.")
_ODD_CODING = Problem(
    400, "transfer_encoding_unsupported", "A body is sent whole, or chunked."
)
_NO_SOCKET = Problem(400, "websocket_invalid", "This does not open a WebSocket.")
_ODD_SOCKET = Problem(
    426,
    "websocket_version",
    "What is spoken here is version 13 of WebSocket.",
    headers=[(b"sec-websocket-version", b"13"), (b"upgrade", b"websocket")],
)
_LONG_URL = Problem(414, "url_too_long", "A URL here has at most 8 KiB.")
_LONG_HEAD = Problem(
    431, "headers_too_large", "Headers here have at most 32 KiB, and are at most 100."
)
_SLOW = Problem(408, "headers_slow", "The headers took too long.")
_SLOW_BODY = Problem(408, "body_slow", "The body took too long.")
_MANY = Problem(
    429, "pipeline_too_long", f"At most {_MOST_AT_ONCE} requests may wait their turn."
)
_FULL = Problem(
    503,
    "connections_too_many",
    "Too many are connected. Close what you do not use, or come back soon.",
    headers=[retry_after(5)],
)
_LONG_BODIES = Problem(
    503,
    "bodies_too_many",
    "Too many long bodies are being sent. Come back soon.",
    headers=[retry_after(1)],
)


class Connection(HttpToolsProtocol):
    def __init__(self, crowd: Crowd, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._crowd = crowd
        self._place: Place | None = None
        self._in_head = True
        self._has_begun = False
        self._is_socket = False
        self._in_body = False
        self._head_bytes = 0
        self._refusal = _MALFORMED
        self._is_refused = False
        self._is_leaving = False
        self._last_words = b""
        self._answering: RequestResponseCycle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    @property
    def is_busy(self) -> bool:
        """An answer is being made. To a body that is not there yet there is none."""
        return self._is_answering() and not self._in_body

    @property
    def asked(self) -> object:
        return self.cycle

    def send_away(self) -> None:
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        corked: Any = Cork(transport, self.loop)
        super().connection_made(corked)
        self._place = self._crowd.enter(self, self.client[0] if self.client else "")
        if self._place is None:
            self._is_refused = True
            self.transport.write(self._words(_FULL))
            self.transport.close()
        else:
            self._wait(self._crowd.bounds.head_within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        self._cancel_unread()
        if self._place:
            self._place.leave()
        super().connection_lost(exc)
        # uvicorn tells the request that came last, and that one may still wait for its
        # turn: a stream in front of it would go on for nobody.
        if self._answering and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def leave(self, *, may_close: bool) -> None:
        """Close after the next answer, which says so to the client. `may_close` one
        that is idle at once, though its client may be about to ask."""
        cycle = self.cycle
        is_answered = cycle is None or cycle.response_complete
        if not is_answered and not cycle.response_started:
            cycle.keep_alive = False
        self._is_leaving = True
        if may_close and is_answered and not self._is_asked():
            self.transport.close()

    def _is_asked(self) -> bool:
        """Whether a part of a request is here, or waits to be read."""
        if self._in_head and self._head_bytes:
            return True
        at = self.transport.get_extra_info("socket").fileno()
        waiting = fcntl.ioctl(at, termios.FIONREAD, struct.pack("i", 0))
        return bool(struct.unpack("i", waiting)[0])

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self._is_refused:
            return
        self._has_begun = False
        super().data_received(data)
        if self._is_socket:
            return
        if self._in_head:
            # What came before its beginning is not its own.
            self._head_bytes += 0 if self._has_begun else len(data)
            if self._head_bytes > LARGEST_HEAD_BYTES:
                self._refuse(_LONG_HEAD)
            else:
                self._wait(self._crowd.bounds.head_within_s)
        elif self._in_body:
            self._wait(self._crowd.bounds.body_within_s)
        elif self._is_answering():
            self._calm()
        else:
            # Blank lines between two requests keep nothing open.
            self._wait(self._crowd.bounds.head_within_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            patience_s = self._crowd.bounds.unread_s
            self._unread = self.loop.call_later(patience_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_unread()

    def on_message_begin(self) -> None:
        self._in_head = True
        self._has_begun = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL_BYTES:
            self._refusal = _LONG_URL
            raise ValueError("URL too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        # What follows a body has passed by those who look at headers before us.
        if not self._in_body:
            super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > LARGEST_HEAD_BYTES or len(self.headers) > _MOST_HEADERS:
            self._refusal = _LONG_HEAD
            raise ValueError("headers too large")

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            self._refusal = _ODD_VERSION
            raise ValueError("not a version of ours")
        hosts = self._values(b"host")
        is_enough = len(hosts) == 1 or (version == "1.0" and not hosts)
        if not is_enough or not all(_HOST.fullmatch(each) for each in hosts):
            self._refusal = _ODD_HOST
            raise ValueError("not a host")
        codings = self._values(b"transfer-encoding")
        if codings and (version == "1.0" or codings != [b"chunked"]):
            self._refusal = _ODD_CODING
            raise ValueError("not a coding of ours")
        if len(self.pipeline) >= _MOST_AT_ONCE:
            self._refusal = _MANY
            raise ValueError("too many at once")
        self._calm()
        self._in_head = False
        self._in_body = True
        super().on_headers_complete()
        if self._is_leaving and self.cycle and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def handle_websocket_upgrade(self) -> None:
        keys = self._values(b"sec-websocket-key")
        is_busy = self._answering and not self._answering.response_complete
        if is_busy or self.scope["method"] != "GET" or not _is_socket_key(keys):
            self._refuse(_NO_SOCKET)
        elif self._values(b"sec-websocket-version") != [b"13"]:
            self._refuse(_ODD_SOCKET)
        else:
            super().handle_websocket_upgrade()
            self._calm()
            self._is_socket = True
            socket: Any = self.transport.get_protocol()
            if self._place and isinstance(socket, WebSocket):
                self._place.stay()
                socket.place = self._place

    def on_body(self, body: bytes) -> None:
        if self.parser.should_upgrade() and self._should_upgrade():
            self._refusal = _NO_SOCKET
            raise ValueError("a body before the first frame")
        super().on_body(body)
        is_held = not self.cycle.response_complete
        if is_held and self._place and not self._place.hold_body(len(body)):
            self._refusal = _LONG_BODIES
            raise ValueError("too many long bodies")

    def on_message_complete(self) -> None:
        self._calm()
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._place and not self.pipeline:
            self._place.forget_bodies()
        if self._last_words and self._answering and self._answering.response_complete:
            self._say_last_words()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        if isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError):
            self._refusal = _ODD_METHOD
        self._refuse(self._refusal)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        # Of what follows, a part is lost: the rest must not be read as a request.
        self.cycle.keep_alive = False
        self._is_refused = True

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self, within_s: float) -> None:
        """From the first call on: more data wins no time."""
        if self._patience is None and not self.transport.is_closing():
            self._patience = self.loop.call_later(within_s, self._give_up)

    def _give_up(self) -> None:
        self._patience = None
        if self.transport.is_closing():
            return
        if self._in_body:
            self._refuse(_SLOW_BODY)
        elif self._in_head and self.scope is not None:
            self._refuse(_SLOW)
        elif not self._is_answering():
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """The last answer on this connection, after those to what came before."""
        if self._is_refused:
            return
        self._is_refused = True
        self._calm()
        self._last_words = self._words(problem)
        answering = self._answering
        is_broken = self._in_body and self.cycle is not None
        if is_broken and self.pipeline and self.pipeline[0][0] is self.cycle:
            # Its turn had not come, so this is its answer.
            self.pipeline.popleft()
            is_broken = False
        if answering is None or answering.response_complete or is_broken:
            self._say_last_words()

    def _say_last_words(self) -> None:
        """Unless they would stand in the middle of an answer."""
        answering = self._answering
        has_begun = answering and answering.response_started
        if answering and not answering.response_complete:
            # What it might still say would be too late.
            answering.disconnected = True
            answering.message_event.set()
        if not has_begun or (answering and answering.response_complete):
            self.transport.write(self._last_words)
            # What is closed while something is unread is reset, and the words are lost.
            self.transport.write_eof()
            self.loop.call_later(GOODBYE_WITHIN_S, self.transport.close)
        else:
            self.transport.close()

    def _words(self, problem: Problem) -> bytes:
        given = dict(self.headers or ()).get(b"x-request-id")
        request_id = request_id_of(given)
        body = problem.to_json(request_id)
        headers = [
            *self.server_state.default_headers,
            (b"content-type", CONTENT_TYPE),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id.encode()),
            NOSNIFF,
            (b"connection", b"close"),
            *problem.headers,
        ]
        phrase = HTTPStatus(problem.status).phrase.encode()
        head = b"HTTP/1.1 %d %b\r\n" % (problem.status, phrase)
        return (
            head + b"".join(b"%b: %b\r\n" % each for each in headers) + b"\r\n" + body
        )

    def _values(self, wanted: bytes) -> list[bytes]:
        return [value.lower() for name, value in self.headers if name == wanted]

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _cancel_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _is_socket_key(keys: list[bytes]) -> bool:
    return len(keys) == 1 and bool(_SOCKET_KEY.fullmatch(keys[0]))
