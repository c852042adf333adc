"""Who is told what happens: listeners in rooms."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from gateway.callers import ensure_enrolled, not_permitted
from gateway.encode import Writers
from gateway.exact import dumps
from gateway.identity import Caller
from gateway.live.fanout import Fanout
from gateway.live.history import History, Missed, News, Told
from gateway.live.listeners import MOST_WAITING, Ending, Listener
from gateway.live.throttle import Throttle
from gateway.policy import Room
from gateway.problems import Problem
from medianest.api.v1 import events_pb2

_MOST_OF_A_USER = 200
# More than this is not told again: who was away so long reads the present state.
_MOST_MISSED = MOST_WAITING // 2
# What the contract has in an event for the gateway alone.
_TAGS = "tags"


class Rooms:
    def __init__(self, declared: Mapping[str, Room], writers: Writers) -> None:
        self._declared = declared
        self._write = writers.of(events_pb2.Event.DESCRIPTOR)
        self._members: dict[str, set[Listener]] = {}
        self._of_user: dict[str, int] = {}
        self._throttle = Throttle(self._tell_late)
        self._is_leaving = False
        self._fanout = Fanout()
        self.history = History()

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
        if self._is_leaving:
            listener.end(Ending.LEAVING)

    def join(self, listener: Listener, room: str) -> None:
        """Raises Problem: 404 for no such room, 403."""
        self.ensure_may(listener.caller, room)
        self._join(listener, room)

    def leave(self, listener: Listener, room: str) -> None:
        listener.forget(room)
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
        ensure_enrolled(caller)
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
        """Tell those who are in one of the event's rooms; each once."""
        news = self._news(event)
        self.history.add(news)
        now = [room for room in event.rooms if not self._waits(room, news)]
        members = self._in(now)
        if members:
            self._tell(news, members)

    @property
    def superseded(self) -> int:
        """How many events were never told, because a newer one was."""
        return self._throttle.superseded

    def remember(self, event: events_pb2.Event) -> None:
        """Tell nobody but those who come back from before it."""
        self.history.add(self._news(event))

    def cursor(self) -> str:
        """Up to here everything was told to those who were here."""
        return self.history.cursor(self._throttle.held())

    def missed(self, listener: Listener, cursor: str) -> Missed:
        """What happened in a listener's rooms since the cursor. Raises CursorWrong."""
        missed = self.history.behind(cursor, listener.rooms)
        if len(missed.told) > _MOST_MISSED:
            services = {each.news.id.partition(":")[0] for each in missed.told}
            return Missed([], sorted(services.union(missed.lost)))
        return missed

    def end(self, ending: Ending, who: Callable[[Caller], bool]) -> None:
        for listener in self._those(who):
            listener.end(ending)

    async def dismiss_on(self, leaving: asyncio.Event) -> None:
        """Then have everybody come back to another gateway, also who still enters."""
        await leaving.wait()
        self._is_leaving = True
        self.end(Ending.LEAVING, lambda _: True)

    def doubt(self, who: Callable[[Caller], bool]) -> None:
        for listener in self._those(who):
            listener.doubt()

    def _those(self, who: Callable[[Caller], bool]) -> Iterable[Listener]:
        return [each for each in self.listeners() if who(each.caller)]

    def _join(self, listener: Listener, room: str) -> None:
        listener.rooms.add(room)
        self._members.setdefault(room, set()).add(listener)

    def _waits(self, room: str, news: News) -> bool:
        if not self._is_throttled(room):
            return False
        return self._throttle.holds(room, news, self._declared[room].throttle_s)

    def _tell_late(self, room: str, news: News) -> None:
        """Tell a room what has waited, but for those who knew it from another room."""
        at_once = [each for each in news.rooms if not self._is_throttled(each)]
        members = self._in([room]) - self._in(at_once)
        if members:
            self._tell(news, members)

    def _is_throttled(self, room: str) -> bool:
        declared = self._declared.get(room)
        return declared is not None and declared.throttle_s > 0

    def _tell(self, news: News, members: set[Listener]) -> None:
        self._fanout.tell(Told(news, self.cursor()), members)

    def _in(self, rooms: Iterable[str]) -> set[Listener]:
        found: set[Listener] = set()
        for room in rooms:
            found |= self._members.get(room, set())
        return found

    def _news(self, event: events_pb2.Event) -> News:
        written = self._write(event)
        del written[_TAGS]
        body = dumps(written)
        return News(event.id, event.type, event.key, frozenset(event.rooms), body)
