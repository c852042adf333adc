"""When sessions and keys were last used, written down now and then."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from services.auth.store.sessions import PostgresSessions

log = structlog.get_logger()

_WRITE_EVERY_S = 15.0
_TIDY_EVERY_S = 3600.0
_MOST = 10_000


class BatchedSightings:
    """Many uses, one statement.

    A database that is away delays them; a process that is killed loses a quarter of a
    minute of them, of sessions that live for days.
    """

    def __init__(self, sessions: PostgresSessions) -> None:
        self._sessions = sessions
        self._seen: dict[UUID, datetime] = {}

    def note(self, holder_id: UUID, at: datetime) -> None:
        if len(self._seen) < _MOST:
            self._seen[holder_id] = at

    async def write(self) -> None:
        """Write down what was noted. Raises DatabaseAway, and then keeps it."""
        seen = dict(self._seen)
        if seen:
            await self._sessions.see(seen)
        for session_id, at in seen.items():
            if self._seen.get(session_id) == at:
                del self._seen[session_id]

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(_WRITE_EVERY_S)
            try:
                await self.write()
            except Unavailable as exc:
                log.info("sightings_put_off", error=exc.reason)


async def tidy_sessions(
    sessions: PostgresSessions, clock: Clock, idle: timedelta
) -> None:
    """Delete, every hour and in batches, the sessions that are over."""
    while True:
        try:
            while await sessions.forget_over(clock.now(), idle):
                pass
        except Unavailable as exc:
            log.info("tidying_put_off", error=exc.reason)
        await asyncio.sleep(_TIDY_EVERY_S)
