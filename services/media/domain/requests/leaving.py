"""Those who asked for something, and are gone."""

from datetime import datetime
from typing import Protocol

import structlog

from kit.clock import Clock

log = structlog.get_logger()

_NOTE_EVERY = 200


class Requesters(Protocol):
    """What there must be of who asked, and how far auth's events were followed."""

    async def place(self) -> int:
        """Of the last event that was followed; 0 at first."""

    async def forget(self, user_id: str, place: int, at: datetime) -> None:
        """Erase the name for good, also of one who has not asked yet, end their link to
        the calendar and all that they are told, tell so, and note the place: all, or
        nothing. To forget twice is to forget."""

    async def note(self, place: int) -> None:
        """A place before the one that is noted changes nothing."""


class Leaving:
    """Requests stay, and are nobody's that has a name."""

    def __init__(self, requesters: Requesters, clock: Clock) -> None:
        self._requesters = requesters
        self._clock = clock

    async def place(self) -> int:
        return await self._requesters.place()

    async def removed(self, user_id: str, place: int) -> None:
        await self._requesters.forget(user_id, place, self._clock.now())
        log.info("requester_forgotten", user_id=user_id)

    async def passed(self, place: int) -> None:
        """An event of which nothing is to be learned: noted now and then."""
        if place % _NOTE_EVERY == 0:
            await self._requesters.note(place)
