"""uvicorn's WebSockets, as light as ten thousand of them must be."""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.http11 import Request

from gateway.http.frames import WINDOW_BITS

FRAMES = "medianest.frames"
"""The ASGI extension that is a `Wire`."""

# Who does not read what it is sent is cut off, after its last words.
_GOODBYE_WITHIN_S = 5.0
# What the kernel keeps for one that does not read: left alone, some megabytes.
_MOST_UNREAD_BYTES = 64 * 1024
# uvicorn's own keep a window for each connection: 36 KiB.
_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=None,
    client_max_window_bits=WINDOW_BITS,
    compress_settings={"memLevel": 5},
)


class WebSocket(WebSocketsSansIOProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = [_DEFLATE]
        self.is_deflating = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNREAD_BYTES)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.is_deflating = any(map(_takes_our_window, self.conn.extensions))
            extensions: Any = self.scope["extensions"]
            extensions[FRAMES] = _Frames(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.handshake_initiated:
            # It holds us, and we hold it.
            self.scope["extensions"].clear()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # Else uvicorn logs each refusal as a failure of ours.
            self.handshake_complete = True

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        self.loop.call_later(_GOODBYE_WITHIN_S, self.transport.abort)


class _Frames:
    """A connection's `Wire`."""

    __slots__ = ("_connection", "is_deflating")

    def __init__(self, connection: WebSocket) -> None:
        self._connection = connection
        self.is_deflating = connection.is_deflating

    def write(self, frame: bytes) -> bool:
        connection = self._connection
        if not connection.writable.is_set():
            return False
        if not connection.close_sent and not connection.transport.is_closing():
            connection.transport.write(frame)
        return True

    async def send(self, frame: bytes) -> None:
        connection = self._connection
        await connection.writable.wait()
        if connection.disconnected:
            raise ClientDisconnected
        self.write(frame)


def _takes_our_window(extension: Any) -> bool:
    """Whether it can read what was deflated for all."""
    return (
        isinstance(extension, PerMessageDeflate)
        and extension.local_max_window_bits >= WINDOW_BITS
    )
