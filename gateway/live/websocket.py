"""`/v1/ws?rooms=a,b&after=CURSOR&window=N`: JSON text frames.

we hear   {"join":"requests"}  {"leave":"requests"}  {"ping":1}  {"ack":3}
we say    {"welcome":{"rooms":["user:…"],"cursor":"…","lost":[]}}
          {"joined":"…"}  {"left":"…"}  {"pong":1}
          {"event":{…},"cursor":"…"}  {"error":{"reason":"…","detail":"…"}}

What a client says may carry an `id`, which the reply to it has too. With a window, no
more than so many events are under way, and `ack` says how many were dealt with.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from gateway.callers import Callers
from gateway.http.frames import Wire, plain
from gateway.http.presence import Receive
from gateway.http.requests import Request
from gateway.live.history import Told
from gateway.live.listeners import Listener
from gateway.live.listening import Entered, Listening
from gateway.live.wishes import wish_of
from gateway.problems import Problem

Send = Callable[[Any], Awaitable[None]]

# uvicorn pings below this: the silence only lets the session be looked at.
_IDLE_S = 60.0
_LONGEST_FRAME = 4096
_POLICY_VIOLATION = 1008


class WebSockets:
    def __init__(self, listening: Listening, callers: Callers) -> None:
        self._listening = listening
        self._callers = callers

    async def serve(
        self, request: Request, receive: Receive, send: Send, wire: Wire
    ) -> None:
        """Raises Problem before the socket is open, and never after."""
        # No browser keeps a foreign page from reading a socket that it has opened.
        self._callers.ensure_own_cookie(request)
        caller, token = await self._listening.admit(request)
        wish = wish_of(request, may_acknowledge=True)
        render = Told.as_deflated_frame if wire.is_deflating else Told.as_plain_frame
        listening = self._listening.entered(caller, token, wish, render, wire.write)
        async with listening as entered:
            listener = entered.listener
            await send({"type": "websocket.accept"})
            listener.reply(_frame({"welcome": _welcome(entered)}))
            # One that does not read holds up the telling, so its end is watched for.
            parts = (
                asyncio.create_task(self._tell(listener, wire), name="tell"),
                asyncio.create_task(
                    self._hear(request, listener, receive), name="hear"
                ),
            )
            try:
                any_end = asyncio.FIRST_COMPLETED
                await asyncio.wait((*parts, listener.ended), return_when=any_end)
            finally:
                for part in parts:
                    part.cancel()
                ends = await asyncio.gather(*parts, return_exceptions=True)
            if listener.ending:
                await _close(send, listener.ending.code, listener.ending.reason)
            for end in ends:
                if isinstance(end, Problem):
                    await _close(send, _POLICY_VIOLATION, end.reason)

    async def _tell(self, listener: Listener, wire: Wire) -> None:
        """Raises Ended."""
        async for frames in self._listening.frames(listener, _IDLE_S):
            for frame in frames:
                await wire.send(frame)

    async def _hear(
        self, request: Request, listener: Listener, receive: Receive
    ) -> None:
        """Until the client leaves. Raises Problem, 429, for one that says too much."""
        while (message := await receive())["type"] == "websocket.receive":
            self._callers.count(request, listener.caller, "read")
            if said := self._reply(listener, message.get("text") or ""):
                listener.reply(_frame(said))

    def _reply(self, listener: Listener, text: str) -> dict[str, Any]:
        """Nothing to an acknowledgement, which would need one of its own."""
        named: dict[str, Any] = {}
        try:
            asked = _parse(text)
            if "id" in asked:
                named["id"] = asked.pop("id")
            said = self._answer(listener, asked)
        except Problem as problem:
            said = {"error": {"reason": problem.reason, "detail": problem.detail}}
        return {**said, **named} if said else {}

    def _answer(self, listener: Listener, asked: dict[str, Any]) -> dict[str, Any]:
        """Raises Problem."""
        rooms = self._listening.rooms
        match asked:
            case {"ping": token} if len(asked) == 1:
                return {"pong": token}
            case {"ack": int(count)} if len(asked) == 1 and _is_count(count):
                listener.acknowledge(count)
                return {}
            case {"join": str(room)} if len(asked) == 1:
                rooms.join(listener, room)
                return {"joined": room}
            case {"leave": str(room)} if len(asked) == 1:
                rooms.leave(listener, room)
                return {"left": room}
        raise Problem(400, "invalid", "Say join, leave, ping or ack.")


def _parse(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST_FRAME:
        raise Problem(413, "frame_too_large", f"At most {_LONGEST_FRAME} characters.")
    try:
        asked = orjson.loads(text)
    except orjson.JSONDecodeError:
        asked = None
    if not isinstance(asked, dict):
        raise Problem(400, "json_invalid", "A frame is a JSON object.")
    return asked


def _is_count(value: int) -> bool:
    return value > 0 and value is not True


def _welcome(entered: Entered) -> dict[str, Any]:
    return {
        "rooms": sorted(entered.listener.rooms),
        "cursor": entered.cursor,
        "lost": entered.lost,
    }


def _frame(said: dict[str, Any]) -> bytes:
    return plain(orjson.dumps(said))


async def _close(send: Send, code: int, reason: str) -> None:
    """Say why, behind what a client has not read yet. One that goes on not reading is
    cut off, and never hears."""
    await send({"type": "websocket.close", "code": code, "reason": reason})
