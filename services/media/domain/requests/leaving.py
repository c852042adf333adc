"""Those who asked for something, and are gone."""

from datetime import datetime, timedelta
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
        the calendar, their watchlists and all that they are told, tell so, and note the
        place: all, or nothing. To forget twice is to forget."""

    async def doubt_user(self, user_id: str, at: datetime) -> None:
        """What they may do, if it was last seen before that, is known no more, and is
        not learned before that either."""

    async def doubt_role(self, role: str, at: datetime) -> None:
        """The same of all who were last seen in the role."""

    async def note(self, place: int) -> None:
        """A place before the one that is noted changes nothing."""


# For so long a caller is believed who was signed before the change.
_BELIEVED_FOR = timedelta(minutes=1)


class Leaving:
    """Requests stay, and are nobody's that has a name. What somebody may do is known
    from them alone, and not any more when auth tells that it changed."""

    def __init__(self, requesters: Requesters, clock: Clock) -> None:
        self._requesters = requesters
        self._clock = clock

    async def place(self) -> int:
        return await self._requesters.place()

    async def removed(self, user_id: str, place: int) -> None:
        await self._requesters.forget(user_id, place, self._clock.now())
        log.info("requester_forgotten", user_id=user_id)

    async def user_changed(self, user_id: str, at: datetime) -> None:
        await self._requesters.doubt_user(user_id, at + _BELIEVED_FOR)

    async def role_changed(self, role: str, at: datetime) -> None:
        await self._requesters.doubt_role(role, at + _BELIEVED_FOR)

    async def passed(self, place: int) -> None:
        """An event of which nothing is to be learned: noted now and then."""
        if place % _NOTE_EVERY == 0:
            await self._requesters.note(place)
