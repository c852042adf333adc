"""`/v1/events?rooms=a,b`: server-sent events. A browser that was cut off comes back
with the `Last-Event-ID` that it was sent, and is told what it missed."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import orjson

from gateway.http.answers import Answer, Stream
from gateway.http.negotiation import accepts
from gateway.http.requests import Request
from gateway.live.history import Told
from gateway.live.listeners import Ended, Ending, Listener
from gateway.live.listening import Listening
from gateway.live.told import EVENTS, Form
from gateway.live.wishes import wish_of
from gateway.problems import Problem

_PING_EVERY_S = 15.0
_PING = b": ping\n\n"


class ServerSentEvents:
    def __init__(self, listening: Listening) -> None:
        self._listening = listening

    async def page(self, request: Request) -> Answer | Stream:
        """Raises Problem."""
        if not accepts(request.headers.get(b"accept"), EVENTS):
            raise Problem(406, "not_acceptable", "Answers here are text/event-stream.")
        caller, token = await self._listening.admit(request)
        wish = wish_of(request, may_acknowledge=False)
        async with AsyncExitStack() as stack:
            entered = await stack.enter_async_context(
                self._listening.entered(caller, token, wish, Told.as_event)
            )
            listener = entered.listener
            listener.reply(b": welcome\nid: %b\n\n" % entered.cursor.encode())
            if entered.lost:
                lost = orjson.dumps({"services": entered.lost})
                listener.reply(b"event: lost\ndata: %b\n\n" % lost)
            chunks = self._chunks(listener, stack.pop_all())
        # The generator leaves the rooms when it ends, so it must have begun.
        await anext(chunks)
        return Stream(Form(EVENTS).headers, chunks, listener.ended)

    async def _chunks(
        self, listener: Listener, entered: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        async with entered:
            yield b""
            try:
                async for frames in self._listening.frames(listener, _PING_EVERY_S):
                    yield b"".join(frames) or _PING
            except Ended as ended:
                if ended.ending is Ending.LEAVING:
                    # A browser comes back by itself, with its last id.
                    return
                body = orjson.dumps({"reason": ended.ending.reason})
                yield b"event: error\ndata: %b\n\n" % body
