"""What was told lately, for those who were away for a moment.

A cursor, `auth:17.media:1042.status:9`, says up to where each service's events were
told. It is the same for everybody, since positions are the services' own: a client may
come back to another gateway with it.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from gateway.http import frames

KEPT = 2_000
"""Events of each service, if they are short."""
KEPT_BYTES = 4 * 1024 * 1024
"""Of each service. 2,000 usual events have one megabyte."""
_LONGEST_CURSOR = 512
_PART = re.compile(r"([a-z]{1,32}):(\d{1,18})")


@dataclass(frozen=True, slots=True)
class News:
    """An event, written once for everybody who is told."""

    id: str
    type: str
    key: str
    rooms: frozenset[str]
    body: bytes


class Told:
    """News with the cursor behind them, in the forms in which they are sent. Each is
    made once, however many listen."""

    __slots__ = ("_deflated", "_event", "_plain", "cursor", "news")

    def __init__(self, news: News, cursor: str) -> None:
        self.news = news
        self.cursor = cursor
        self._plain: bytes | None = None
        self._deflated: bytes | None = None
        self._event: bytes | None = None

    def as_plain_frame(self) -> bytes:
        """For a WebSocket."""
        if self._plain is None:
            self._plain = frames.plain(self._text())
        return self._plain

    def as_deflated_frame(self) -> bytes:
        """For a WebSocket with permessage-deflate."""
        if self._deflated is None:
            self._deflated = frames.deflated(self._text())
        return self._deflated

    def as_event(self) -> bytes:
        """For a stream of server-sent events."""
        if self._event is None:
            self._event = b"id: %b\nevent: %b\ndata: %b\n\n" % (
                self.cursor.encode(),
                self.news.type.encode(),
                self.news.body,
            )
        return self._event

    def _text(self) -> bytes:
        cursor = self.cursor.encode()
        return b'{"event":%b,"cursor":"%b"}' % (self.news.body, cursor)


@dataclass(frozen=True, slots=True)
class Missed:
    """What happened while a client was away, and of which services more did than is
    still known."""

    told: list[Told]
    lost: list[str]


class CursorWrong(ValueError):
    """Not a cursor of ours."""


class _Latest:
    """One service's latest events, without a hole behind the position `since`."""

    def __init__(self, since: int) -> None:
        self.since = since
        self.latest = since
        self.news: deque[tuple[int, News]] = deque()
        self._bytes = 0

    def add(self, position: int, news: News) -> None:
        if position <= self.latest:
            return
        self.latest = position
        self.news.append((position, news))
        self._bytes += len(news.body)
        while len(self.news) > KEPT or self._bytes > KEPT_BYTES:
            self.since, oldest = self.news.popleft()
            self._bytes -= len(oldest.body)


class History:
    def __init__(self) -> None:
        self._services: dict[str, _Latest] = {}

    def begin(self, service: str, after: str) -> None:
        """From now on each event behind `after` is added; of an empty one, none."""
        position = _parse(after).get(service)
        if position is None:
            self._services.pop(service, None)
            return
        told = self._services.get(service)
        if told is None or told.latest != position:
            self._services[service] = _Latest(position)

    def add(self, news: News) -> None:
        for service, position in _parse(news.id).items():
            if told := self._services.get(service):
                told.add(position, news)

    def cursor(self, held: Iterable[str] = ()) -> str:
        """Up to here everything was told, but for the events with the ids `held`."""
        latest = {name: told.latest for name, told in self._services.items()}
        for event_id in held:
            for name, position in _parse(event_id).items():
                latest[name] = min(latest.get(name, position), position - 1)
        return _cursor(latest)

    def behind(self, cursor: str, rooms: Set[str]) -> Missed:
        """What was told in these rooms since, in each service's order. Raises
        CursorWrong."""
        positions = parse_cursor(cursor)
        told: list[Told] = []
        lost: list[str] = []
        for name, position in sorted(positions.items()):
            latest = self._services.get(name)
            # Who comes from another gateway may have been told what we hear next.
            if latest is None or not latest.since <= position <= latest.latest + KEPT:
                lost.append(name)
                continue
            for at, news in latest.news:
                if at > position and not rooms.isdisjoint(news.rooms):
                    positions[name] = at
                    told.append(Told(news, _cursor(positions)))
        return Missed(told, lost)


def is_behind(event_id: str, other: str) -> bool:
    """Whether an event happened after another of the same service."""
    position, before = _parse(event_id), _parse(other)
    return all(position.get(name, 0) > at for name, at in before.items())


def parse_cursor(cursor: str) -> dict[str, int]:
    """Positions by service. Raises CursorWrong."""
    parts = cursor.split(".") if len(cursor) <= _LONGEST_CURSOR else [""]
    found = [_PART.fullmatch(part) for part in parts]
    if not all(found):
        raise CursorWrong("is not a cursor: take the latest that you were sent")
    return {each[1]: int(each[2]) for each in found if each}


def _cursor(positions: Mapping[str, int]) -> str:
    return ".".join(f"{name}:{positions[name]}" for name in sorted(positions))


def _parse(event_id: str) -> dict[str, int]:
    """The service and the position of an event's id; nothing of another text."""
    found = _PART.fullmatch(event_id)
    return {found[1]: int(found[2])} if found else {}
