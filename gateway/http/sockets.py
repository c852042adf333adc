"""uvicorn's WebSockets: as light as ten thousand of them must be, and for clients that
keep to no rule."""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from gateway.http.crowd import Place
from gateway.http.frames import WINDOW_BITS

FRAMES = "medianest.frames"
"""The ASGI extension that is a `Wire`."""

# Who does not read what it is sent is cut off, after its last words.
GOODBYE_WITHIN_S = 5.0
# Empty ones cost nothing to send, and make no message larger.
_MOST_FRAGMENTS = 64
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
    place: Place | None = None
    _unread: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.available_extensions = [_DEFLATE]
        queue: Any = _Inbox()
        self.queue = queue
        self.is_deflating = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNREAD_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_unread()
        if self.place:
            self.place.leave()
        super().connection_lost(exc)
        if self.handshake_initiated:
            # It holds us, and we hold it.
            self.scope["extensions"].clear()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.is_deflating = any(map(_takes_our_window, self.conn.extensions))
            extensions: Any = self.scope["extensions"]
            extensions[FRAMES] = _Frames(self)

    async def send(self, message: Any) -> None:
        is_unread = not self.writable.is_set()
        if is_unread and message["type"] == "websocket.close":
            # What waits to be read is whole frames, and this comes behind them: it
            # need not wait itself, and be lost for one that begins to read too late.
            self.writable.set()
            await super().send(message)
            self.writable.clear()
            self._cancel_unread()
            # Who does not read asks nothing more.
            self.transport.pause_reading()
            return
        await super().send(message)
        if message["type"] == "websocket.accept":
            self._forget_handshake()
        if message["type"] == "websocket.http.response.body":
            # Else uvicorn logs each refusal as a failure of ours.
            self.handshake_complete = True

    def pause_writing(self) -> None:
        """Who does not read the answers to its pings is not asked for more of them."""
        super().pause_writing()
        self.transport.pause_reading()
        if self._unread is None and self.place:
            patience_s = self.place.crowd.bounds.unread_s
            self._unread = self.loop.call_later(patience_s, self._send_off)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_unread()
        if not self.read_paused:
            self.transport.resume_reading()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > _MOST_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                # uvicorn would write a traceback into the log for each.
                self._fail(CloseCode.INVALID_DATA, "not UTF-8")
                return
        super().send_receive_event_to_app()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        self.loop.call_later(GOODBYE_WITHIN_S, self.transport.abort)

    def _forget_handshake(self) -> None:
        """What was said until the socket was open is a tenth of what each costs."""
        for headers in (self.request.headers, self.response.headers):
            headers.clear()
        self.scope["headers"] = []

    def _send_off(self) -> None:
        """With the code as its last words, for one that reads, but not fast enough."""
        self._unread = None
        if self.handshake_complete and not self.close_sent:
            self._fail(CloseCode.TRY_AGAIN_LATER, "too_slow")
        else:
            self.transport.abort()

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _cancel_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class _Inbox:
    """What uvicorn does with an asyncio.Queue, which takes 2.5 KiB when it is empty:
    for one reader."""

    __slots__ = ("_arrived", "_messages")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._arrived: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    async def get(self) -> Any:
        while not self._messages:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        return self._messages.pop(0)


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
