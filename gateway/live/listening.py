"""Keeps a listener in its rooms for as long as its session is good."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from gateway.callers import Callers
from gateway.http.requests import Request
from gateway.identity import Caller, Identity, credentials_of
from gateway.live.rooms import Ending, Listener, Render, Rooms
from gateway.metering import Meter
from gateway.problems import Problem, unauthenticated

_LOOK_AGAIN_S = 60.0


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
        self._callers.count(request, caller, "read")
        return caller, credentials.token

    @asynccontextmanager
    async def entered(
        self, caller: Caller, token: str, render: Render
    ) -> AsyncIterator[Listener]:
        """A listener in the room of its user. Raises Problem."""
        listener = Listener(caller, token, render)
        self.rooms.enter(listener)
        self._open.inc()
        try:
            yield listener
        finally:
            self._open.dec()
            self.rooms.exit(listener)

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
