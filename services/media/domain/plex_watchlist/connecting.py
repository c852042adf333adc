"""Connecting one's watchlist at Plex, and disconnecting it."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from services.media.domain.plex_sign_ins import PlexSignIn, PlexSignIns
from services.media.domain.plex_watchlist.watchlist import (
    AskFor,
    Connected,
    PlexNotApproved,
    PlexWatchlistMissing,
)


class Connections(Protocol):
    """What is stored of connected watchlists, their tokens sealed."""

    async def connect(
        self, token: str, ask_for: AskFor, at: datetime, by: Caller
    ) -> None:
        """In place of what was connected before. Raises OwnerGone for who was
        removed."""

    async def find(self, user_id: str) -> Connected:
        """Raises PlexWatchlistMissing."""

    async def change(self, ask_for: AskFor, at: datetime, by: Caller) -> None:
        """Raises PlexWatchlistMissing."""

    async def disconnect(self, user_id: str, at: datetime) -> None:
        """If it is connected."""

    async def seen(self, somebody: Caller, at: datetime) -> None:
        """Note what they may do now, if their watchlist is connected."""


class PlexWatchlists:
    def __init__(
        self,
        connections: Connections,
        sign_ins: PlexSignIns,
        clock: Clock,
        knock: Callable[[], None],
    ) -> None:
        self._connections = connections
        self._sign_ins = sign_ins
        self._clock = clock
        self._knock = knock

    async def find(self, *, by: Caller) -> Connected | None:
        """None: it is not connected."""
        await self._connections.seen(by, self._clock.now())
        try:
            return await self._connections.find(by.user_id)
        except PlexWatchlistMissing:
            return None

    async def start(self, *, by: Caller) -> PlexSignIn:
        return await self._sign_ins.start(by.user_id)

    async def connect(
        self, sign_in_id: UUID, ask_for: AskFor, *, by: Caller
    ) -> Connected:
        """Raises PlexSignInMissing and PlexNotApproved."""
        token = await self._sign_ins.account_token(sign_in_id, by.user_id)
        if not token:
            raise PlexNotApproved
        await self._connections.connect(token, ask_for, self._clock.now(), by)
        self._knock()
        return await self._connections.find(by.user_id)

    async def change(self, ask_for: AskFor, *, by: Caller) -> Connected:
        """Raises PlexWatchlistMissing."""
        now = self._clock.now()
        await self._connections.seen(by, now)
        await self._connections.change(ask_for, now, by)
        self._knock()
        return await self._connections.find(by.user_id)

    async def disconnect(self, *, by: Caller) -> None:
        await self._connections.disconnect(by.user_id, self._clock.now())
