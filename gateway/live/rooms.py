"""Who is told what happens: listeners in rooms."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import orjson

from gateway.callers import not_permitted
from gateway.encode import Writers
from gateway.identity import Caller
from gateway.policy import Room
from gateway.problems import Problem
from medianest.api.v1 import events_pb2

MOST_WAITING = 256
_MOST_OF_A_USER = 200
# What the contract has in an event for the gateway alone.
_TAGS = "tags"


class Ending(Enum):
    """Why a listener is told no more: the WebSocket's close code, and a word."""

    TOO_SLOW = (1013, "too_slow")
    SESSION_ENDED = (4401, "session_ended")

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


@dataclass(frozen=True, slots=True)
class News:
    """An event, written once for everybody who is told."""

    id: str
    type: str
    body: bytes


Render = Callable[[News], bytes]


class Listener:
    """One client, and what it has not been sent yet. One that does not keep up is
    ended, so that it costs the others nothing."""

    def __init__(self, caller: Caller, token: str, render: Render) -> None:
        self.caller = caller
        self.token = token
        self.rooms: set[str] = set()
        self.is_doubted = False
        self.ended = asyncio.Event()
        self._render = render
        self._waiting: deque[bytes] = deque()
        self.ending: Ending | None = None
        self._wake = asyncio.Event()

    def tell(self, news: News) -> None:
        self.send(self._render(news))

    def send(self, frame: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.end(Ending.TOO_SLOW)
        elif self.ending is None:
            self._waiting.append(frame)
            self._wake.set()

    def end(self, ending: Ending) -> None:
        self.ending = self.ending or ending
        self._waiting.clear()
        self._wake.set()
        self.ended.set()

    def doubt(self) -> None:
        """Have the caller looked at again before more is told."""
        self.is_doubted = True
        self._wake.set()

    async def frames(self) -> list[bytes]:
        """What waits to be sent, once there is something; nothing when the caller is
        doubted. Raises Ended."""
        await self._wake.wait()
        self._wake.clear()
        if self.ending is not None:
            raise Ended(self.ending)
        if self.is_doubted:
            self._wake.set()
            return []
        frames = list(self._waiting)
        self._waiting.clear()
        return frames


class Rooms:
    def __init__(self, declared: Mapping[str, Room], writers: Writers) -> None:
        self._declared = declared
        self._write = writers.of(events_pb2.Event.DESCRIPTOR)
        self._members: dict[str, set[Listener]] = {}
        self._of_user: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(self._of_user.values())

    def enter(self, listener: Listener) -> None:
        """Begin to tell a listener what concerns its user. Raises Problem, 429."""
        user_id = listener.caller.user_id
        open_already = self._of_user.get(user_id, 0)
        if open_already >= _MOST_OF_A_USER:
            raise Problem(429, "too_many_listeners", "Too many connections are open.")
        self._of_user[user_id] = open_already + 1
        self._join(listener, f"user:{user_id}")

    def join(self, listener: Listener, room: str) -> None:
        """Raises Problem: 404 for no such room, 403."""
        self.ensure_may(listener.caller, room)
        self._join(listener, room)

    def leave(self, listener: Listener, room: str) -> None:
        listener.rooms.discard(room)
        members = self._members.get(room)
        if members:
            members.discard(listener)
            if not members:
                del self._members[room]

    def exit(self, listener: Listener) -> None:
        user_id = listener.caller.user_id
        for room in list(listener.rooms):
            self.leave(listener, room)
        left = self._of_user.get(user_id, 1) - 1
        if left:
            self._of_user[user_id] = left
        else:
            self._of_user.pop(user_id, None)

    def ensure_may(self, caller: Caller, room: str) -> None:
        """Raises Problem: 404, 403."""
        if room == f"user:{caller.user_id}":
            return
        declared = self._declared.get(room)
        if declared is None:
            raise Problem(404, "room_unknown", "There is no such room.")
        mask = declared.permission_mask
        if mask and not caller.permissions & mask:
            raise not_permitted()

    def recheck(self, listener: Listener, caller: Caller) -> None:
        """Put out of its rooms a listener who may no longer be there."""
        listener.caller = caller
        listener.is_doubted = False
        for room in list(listener.rooms):
            try:
                self.ensure_may(caller, room)
            except Problem:
                self.leave(listener, room)

    def listeners(self) -> set[Listener]:
        return {each for members in self._members.values() for each in members}

    def publish(self, event: events_pb2.Event) -> None:
        told: set[Listener] = set()
        for room in event.rooms:
            told |= self._members.get(room, set())
        if told:
            news = self._news(event)
            for listener in told:
                listener.tell(news)

    def end(self, ending: Ending, who: Callable[[Caller], bool]) -> None:
        for listener in self._those(who):
            listener.end(ending)

    def doubt(self, who: Callable[[Caller], bool]) -> None:
        for listener in self._those(who):
            listener.doubt()

    def _those(self, who: Callable[[Caller], bool]) -> Iterable[Listener]:
        return [each for each in self.listeners() if who(each.caller)]

    def _join(self, listener: Listener, room: str) -> None:
        listener.rooms.add(room)
        self._members.setdefault(room, set()).add(listener)

    def _news(self, event: events_pb2.Event) -> News:
        written = self._write(event)
        del written[_TAGS]
        return News(event.id, event.type, orjson.dumps(written))
