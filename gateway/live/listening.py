"""Keeps a listener in its rooms for as long as its session is good."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.callers import Callers, ensure_enrolled
from gateway.http.requests import Request
from gateway.identity import Caller, Identity, credentials_of
from gateway.live.history import CursorWrong, Missed
from gateway.live.listeners import Ending, Listener, Render, Write
from gateway.live.rooms import Rooms
from gateway.live.wishes import Wish
from gateway.metering import Meter
from gateway.problems import FieldError, Problem, invalid, unauthenticated

_LOOK_AGAIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Entered:
    listener: Listener
    cursor: str
    """From where on the client is told."""
    lost: list[str]
    """The services of which it may have missed more than can be told again."""


class Listening:
    def __init__(
        self, rooms: Rooms, callers: Callers, identity: Identity, meter: Meter
    ) -> None:
        self.rooms = rooms
        self._callers = callers
        self._identity = identity
        self._open = meter.sockets

    async def admit(self, request: Request) -> tuple[Caller, str]:
        """Who wants to listen, with their token. Raises Problem."""
        caller = await self._callers.of(request)
        credentials = credentials_of(request.headers)
        if caller is None or credentials is None:
            raise unauthenticated("unauthenticated", "Sign in first.")
        ensure_enrolled(caller)
        self._callers.count(request, caller, "read")
        return caller, credentials.token

    @asynccontextmanager
    async def entered(
        self,
        caller: Caller,
        token: str,
        wish: Wish,
        render: Render,
        write: Write | None = None,
    ) -> AsyncIterator[Entered]:
        """A listener in the room of its user and those that it wishes for, and what it
        missed there waiting for it. Raises Problem."""
        for room in wish.rooms:
            self.rooms.ensure_may(caller, room)
        listener = Listener(caller, token, render, write)
        listener.window = wish.window
        self.rooms.enter(listener)
        self._open.inc()
        try:
            for room in wish.rooms:
                self.rooms.join(listener, room)
            missed = self._missed(listener, wish.after)
            for each in missed.told:
                listener.tell(each)
            is_whole = wish.after and not missed.lost
            cursor = wish.after if is_whole else self.rooms.cursor()
            yield Entered(listener, cursor, missed.lost)
        finally:
            self._open.dec()
            self.rooms.exit(listener)

    def _missed(self, listener: Listener, after: str) -> Missed:
        if not after:
            return Missed([], [])
        try:
            return self.rooms.missed(listener, after)
        except CursorWrong as exc:
            raise invalid([FieldError("after", str(exc))]) from None

    async def frames(
        self, listener: Listener, idle_s: float
    ) -> AsyncGenerator[list[bytes], None]:
        """What is to be sent, as it comes; nothing after `idle_s` seconds of silence.
        Raises Ended."""
        loop = asyncio.get_running_loop()
        look_again = loop.time() + _LOOK_AGAIN_S
        while True:
            if listener.is_doubted or loop.time() >= look_again:
                await self._look_at(listener)
                look_again = loop.time() + _LOOK_AGAIN_S
            try:
                async with asyncio.timeout(idle_s):
                    frames = await listener.frames()
            except TimeoutError:
                frames = []
            if frames or not listener.is_doubted:
                yield frames

    async def _look_at(self, listener: Listener) -> None:
        try:
            caller = await self._identity.resolve(listener.token, ())
        except Problem as problem:
            # Auth may not be there: nobody is sent away for that.
            listener.is_doubted = False
            if problem.status == 401:  # noqa: PLR2004
                listener.end(Ending.SESSION_ENDED)
            return
        self.rooms.recheck(listener, caller)
