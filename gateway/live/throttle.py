"""Of what happens to one thing again and again, a room is told the newest.

The first event is told at once. The next ones of the same type and key wait until the
room's time is over, and then only the newest of them is told.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.live.history import News

Tell = Callable[[str, News], None]
_Place = tuple[str, str, str]


@dataclass(slots=True)
class _Pause:
    timer: asyncio.TimerHandle
    held: News | None = None


class Throttle:
    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._pauses: dict[_Place, _Pause] = {}
        self.superseded = 0
        """How many events were never told, because a newer one was."""

    def holds(self, room: str, news: News, pause_s: float) -> bool:
        """Whether the news waits; it is told later, or a newer one instead of it."""
        place = (room, news.type, news.key)
        pause = self._pauses.get(place)
        if pause is None:
            self._pause(place, pause_s)
            return False
        self.superseded += pause.held is not None
        pause.held = news
        return True

    def held(self) -> Iterator[str]:
        """The ids of the events that wait."""
        return (each.held.id for each in self._pauses.values() if each.held)

    def _pause(self, place: _Place, pause_s: float) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(pause_s, self._over, place, pause_s)
        self._pauses[place] = _Pause(timer)

    def _over(self, place: _Place, pause_s: float) -> None:
        held = self._pauses.pop(place).held
        if held:
            self._pause(place, pause_s)
            self._tell(place[0], held)
