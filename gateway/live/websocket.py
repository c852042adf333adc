"""`/v1/ws`: JSON text frames.

we hear   {"join":"requests"}  {"leave":"requests"}  {"ping":1}
we say    {"welcome":{"rooms":["user:…"]}}  {"joined":"…"}  {"left":"…"}
          {"pong":1}  {"event":{…}}  {"error":{"reason":"…","detail":"…"}}
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from gateway.callers import Callers
from gateway.http.presence import Receive
from gateway.http.requests import Request
from gateway.live.listening import Listening
from gateway.live.rooms import Listener, News
from gateway.problems import Problem

Send = Callable[[Any], Awaitable[None]]

# uvicorn pings below this: the silence only lets the session be looked at.
_IDLE_S = 60.0
_CLOSE_WITHIN_S = 2.0
_LONGEST_FRAME = 4096
_POLICY_VIOLATION = 1008


class WebSockets:
    def __init__(self, listening: Listening, callers: Callers) -> None:
        self._listening = listening
        self._callers = callers

    async def serve(self, request: Request, receive: Receive, send: Send) -> None:
        """Raises Problem before the socket is open, and never after."""
        # No browser keeps a foreign page from reading a socket that it has opened.
        self._callers.ensure_own_cookie(request)
        caller, token = await self._listening.admit(request)
        async with self._listening.entered(caller, token, _event) as listener:
            await send({"type": "websocket.accept"})
            listener.send(_frame({"welcome": {"rooms": sorted(listener.rooms)}}))
            # One that does not read holds up the telling, so its end is watched for.
            parts = (
                asyncio.create_task(self._tell(listener, send), name="tell"),
                asyncio.create_task(
                    self._hear(request, listener, receive), name="hear"
                ),
                asyncio.create_task(listener.ended.wait(), name="watch end"),
            )
            try:
                await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for part in parts:
                    part.cancel()
                ends = await asyncio.gather(*parts, return_exceptions=True)
            if listener.ending:
                await _close(send, listener.ending.code, listener.ending.reason)
            for end in ends:
                if isinstance(end, Problem):
                    await _close(send, _POLICY_VIOLATION, end.reason)

    async def _tell(self, listener: Listener, send: Send) -> None:
        """Raises Ended."""
        async for frames in self._listening.frames(listener, _IDLE_S):
            for frame in frames:
                await send({"type": "websocket.send", "text": frame.decode()})

    async def _hear(
        self, request: Request, listener: Listener, receive: Receive
    ) -> None:
        """Until the client leaves. Raises Problem, 429, for one that says too much."""
        while (message := await receive())["type"] == "websocket.receive":
            self._callers.count(request, listener.caller, "read")
            try:
                said = self._answer(listener, message.get("text") or "")
            except Problem as problem:
                said = {"error": {"reason": problem.reason, "detail": problem.detail}}
            listener.send(_frame(said))

    def _answer(self, listener: Listener, text: str) -> dict[str, Any]:
        """Raises Problem."""
        asked = _parse(text)
        rooms = self._listening.rooms
        match asked:
            case {"ping": token} if len(asked) == 1:
                return {"pong": token}
            case {"join": str(room)} if len(asked) == 1:
                rooms.join(listener, room)
                return {"joined": room}
            case {"leave": str(room)} if len(asked) == 1:
                rooms.leave(listener, room)
                return {"left": room}
        raise Problem(400, "invalid", "Say join, leave or ping.")


def _parse(text: str) -> Any:
    if len(text) > _LONGEST_FRAME:
        raise Problem(413, "frame_too_large", f"At most {_LONGEST_FRAME} characters.")
    try:
        asked = orjson.loads(text)
    except orjson.JSONDecodeError:
        asked = None
    if not isinstance(asked, dict):
        raise Problem(400, "json_invalid", "A frame is a JSON object.")
    return asked


def _event(news: News) -> bytes:
    return b'{"event":%b}' % news.body


def _frame(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said)


async def _close(send: Send, code: int, reason: str) -> None:
    """Say why, if the client still reads; one that does not is cut off."""
    try:
        async with asyncio.timeout(_CLOSE_WITHIN_S):
            await send({"type": "websocket.close", "code": code, "reason": reason})
    except TimeoutError:
        return
