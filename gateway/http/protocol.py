"""uvicorn's connections, with a limit on what stands before a body, and an end for
those that say nothing."""

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.http.cork import Cork
from gateway.problems import CONTENT_TYPE, Problem

LARGEST_HEAD_BYTES = 32 * 1024
LONGEST_URL_BYTES = 8 * 1024
_MOST_HEADERS = 100
_HEAD_WITHIN_S = 10.0
# A WebSocket that does not read what it is sent is cut off, after its last words.
_GOODBYE_WITHIN_S = 5.0

_MALFORMED = Problem(400, "http_invalid", "This is not an HTTP request.")
_LONG_URL = Problem(414, "url_too_long", "A URL here has at most 8 KiB.")
_LONG_HEAD = Problem(
    431, "headers_too_large", "Headers here have at most 32 KiB, and are at most 100."
)
_SLOW = Problem(408, "headers_slow", "The headers took too long.")


class Connection(HttpToolsProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_bytes = 0
        self._refusal = _MALFORMED
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        corked: Any = Cork(transport, self.loop)
        super().connection_made(corked)
        self._patience = self.loop.call_later(_HEAD_WITHIN_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if not self._in_head:
            if self._patience is not None:
                self._calm()
        elif not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD_BYTES:
                self._refuse(_LONG_HEAD)
            elif self._patience is None:
                self._patience = self.loop.call_later(_HEAD_WITHIN_S, self._give_up)

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL_BYTES:
            self._refusal = _LONG_URL
            raise ValueError("URL too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > LARGEST_HEAD_BYTES or len(self.headers) > _MOST_HEADERS:
            self._refusal = _LONG_HEAD
            raise ValueError("headers too large")

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        self._refuse(self._refusal)

    def _give_up(self) -> None:
        self._patience = None
        if self._in_head and not self.transport.is_closing():
            if self._head_bytes:
                self._refuse(_SLOW)
            else:
                self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer without a request: the last word on this connection."""
        body = orjson.dumps(problem.document(""))
        head = (
            b"HTTP/1.1 %d \r\ncontent-type: %b\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n"
        )
        self.transport.write(head % (problem.status, CONTENT_TYPE, len(body)) + body)
        self.transport.close()

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class WebSocket(WebSocketsSansIOProtocol):
    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        self.loop.call_later(_GOODBYE_WITHIN_S, self.transport.abort)
