"""uvicorn's WebSockets, for clients that keep to no rule."""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from gateway.http.crowd import Place

# Who does not read what it is sent is cut off, after its last words.
GOODBYE_WITHIN_S = 5.0
# Empty ones cost nothing to send, and make no message larger.
_MOST_FRAGMENTS = 64


class WebSocket(WebSocketsSansIOProtocol):
    place: Place | None = None
    _unread: asyncio.TimerHandle | None = None

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            # Else uvicorn logs each refusal as a failure of ours.
            self.handshake_complete = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_unread()
        if self.place:
            self.place.leave()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Who does not read the answers to its pings is not asked for more of them."""
        super().pause_writing()
        self.transport.pause_reading()
        if self._unread is None and self.place:
            patience_s = self.place.crowd.bounds.unread_s
            self._unread = self.loop.call_later(patience_s, self.transport.abort)

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

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _cancel_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
