"""`/v1/events?rooms=a,b`: server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import orjson

from gateway.http.answers import Answer, Stream
from gateway.http.negotiation import accepts
from gateway.http.requests import Request
from gateway.live.listening import Listening
from gateway.live.rooms import Ended, Listener, News
from gateway.live.told import EVENTS, Form
from gateway.messages.query import split
from gateway.messages.reading import Errors
from gateway.problems import FieldError, Problem, invalid

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
        wanted = _rooms(request.query)
        for room in wanted:
            self._listening.rooms.ensure_may(caller, room)
        async with AsyncExitStack() as stack:
            listener = await stack.enter_async_context(
                self._listening.entered(caller, token, _event)
            )
            for room in wanted:
                self._listening.rooms.join(listener, room)
            chunks = self._chunks(listener, stack.pop_all())
        # The generator leaves the rooms when it ends, so it must have begun.
        await anext(chunks)
        return Stream(Form(EVENTS).headers, chunks, listener.ended)

    async def _chunks(
        self, listener: Listener, entered: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        async with entered:
            yield b""
            yield b": welcome\n\n"
            try:
                async for frames in self._listening.frames(listener, _PING_EVERY_S):
                    yield b"".join(frames) or _PING
            except Ended as ended:
                body = orjson.dumps({"reason": ended.ending.reason})
                yield b"event: error\ndata: %b\n\n" % body


def _rooms(query: bytes) -> list[str]:
    errors: Errors = []
    found: list[str] = []
    for name, value in split(query, errors):
        if name == "rooms":
            found += [room for room in value.split(",") if room]
        else:
            errors.append(FieldError(name, "is not a parameter here"))
    if errors:
        raise invalid(errors)
    return found


def _event(news: News) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        news.id.encode(),
        news.type.encode(),
        news.body,
    )
