"""One client that is told what happens."""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Any

from gateway.identity import Caller
from gateway.live.history import Told

MOST_WAITING = 256


class Ending(Enum):
    """Why a listener is told no more: the WebSocket's close code, and a word."""

    TOO_SLOW = (1013, "too_slow")
    SESSION_ENDED = (4401, "session_ended")
    LEAVING = (1001, "leaving")

    @property
    def code(self) -> int:
        return self.value[0]

    @property
    def reason(self) -> str:
        return self.value[1]


class Ended(Exception):
    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


Render = Callable[[Told], bytes]
Write = Callable[[bytes], bool]


class Listener:
    """What a client has not been sent yet. One that does not keep up is ended, so
    that it costs the others nothing."""

    __slots__ = (
        *("_is_sending", "_news", "_render", "_replies", "_unacknowledged", "_wake"),
        *("_write", "caller", "ended", "ending", "is_doubted", "rooms", "token"),
        "window",
    )

    def __init__(
        self, caller: Caller, token: str, render: Render, write: Write | None = None
    ) -> None:
        """`write` sends at once, or says False: without it, or then, what is told
        waits until `frames` is asked for it."""
        self.caller = caller
        self.token = token
        self.rooms: set[str] = set()
        self.is_doubted = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ending: Ending | None = None
        self.window = 0
        """How many events may be under way unacknowledged. 0: any number."""
        self._unacknowledged = 0
        self._render = render
        self._write = write
        self._is_sending = True
        """Until frames that were taken are sent, none may be sent before them."""
        # An empty deque takes 600 bytes, and these are empty nearly always.
        self._replies: list[bytes] = []
        self._news: list[Told] = []
        self._wake = asyncio.Event()

    def tell(self, told: Told) -> None:
        if self.rooms.isdisjoint(told.news.rooms):
            # It has left them meanwhile, or was put out.
            return
        if not (self._may_write() and self._write_now(self._render(told))):
            self._add(self._news, told)

    def reply(self, frame: bytes) -> None:
        """Send what the client itself asked for, before all news."""
        self._add(self._replies, frame)

    def acknowledge(self, count: int) -> None:
        """The client has dealt with so many more events."""
        self._unacknowledged = max(0, self._unacknowledged - count)
        self._wake.set()

    def forget(self, room: str) -> None:
        """Tell nothing more of a room, not even what waits."""
        self.rooms.discard(room)
        if self._news:
            rooms = self.rooms
            self._news = [t for t in self._news if not rooms.isdisjoint(t.news.rooms)]

    def end(self, ending: Ending) -> None:
        self.ending = self.ending or ending
        self._replies.clear()
        self._news.clear()
        self._wake.set()
        if not self.ended.done():
            self.ended.set_result(None)

    def doubt(self) -> None:
        """Have the caller looked at again before more is told."""
        self.is_doubted = True
        self._wake.set()

    async def frames(self) -> list[bytes]:
        """What is to be sent, once there is something; nothing when the caller is
        doubted. Raises Ended."""
        self._is_sending = False
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self.ending is not None:
                raise Ended(self.ending)
            if self.is_doubted:
                self._wake.set()
                return []
            if frames := self._take():
                self._is_sending = True
                return frames

    def _may_write(self) -> bool:
        return not (
            self._write is None
            or self._is_sending
            or self._news
            or self._replies
            or self.is_doubted
            or self.ending
            or (self.window and self._unacknowledged >= self.window)
        )

    def _write_now(self, frame: bytes) -> bool:
        is_sent = self._write is not None and self._write(frame)
        self._unacknowledged += is_sent
        return is_sent

    def _take(self) -> list[bytes]:
        frames, self._replies = self._replies, []
        free = len(self._news)
        if self.window:
            free = max(0, min(free, self.window - self._unacknowledged))
        frames += map(self._render, self._news[:free])
        del self._news[:free]
        self._unacknowledged += free
        return frames

    def _add(self, waiting: list[Any], what: object) -> None:
        if len(self._replies) + len(self._news) >= MOST_WAITING:
            self.end(Ending.TOO_SLOW)
        elif self.ending is None:
            waiting.append(what)
            self._wake.set()
