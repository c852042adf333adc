"""Somebody's watchlist at Plex, and what is to be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from kit.caller import Caller, Fact
from kit.errors import Missing, Refused
from services.media.domain.titles import Kind

AUTO_REQUEST = 23
AUTO_REQUEST_MOVIE = 24
AUTO_REQUEST_TV = 25
MOST_ENTRIES = 2_000

_ASKS_BY_ITSELF = {
    Kind.MOVIE: (AUTO_REQUEST, AUTO_REQUEST_MOVIE),
    Kind.SERIES: (AUTO_REQUEST, AUTO_REQUEST_TV),
}
_SESSION = "plex-watchlist"
_BELIEVED_FOR = timedelta(minutes=1)


class PlexWatchlistMissing(Missing):
    reason = "plex_watchlist_missing"

    def __init__(self) -> None:
        super().__init__("Your watchlist at Plex is not connected.")


class PlexNotApproved(Refused):
    reason = "plex_not_approved"

    def __init__(self) -> None:
        super().__init__("The sign-in is not approved at plex.tv yet.")


class SignedOut(Exception):
    """Plex does not know the token any more."""


class ReadingLost(Exception):
    """The watchlist was disconnected or connected anew, or another process reads it."""


class SyncState(Enum):
    CONNECTED = "CONNECTED"
    AWAY = "AWAY"
    SIGN_IN_AGAIN = "SIGN_IN_AGAIN"


@dataclass(frozen=True, slots=True)
class AskFor:
    """What of it somebody wants to have asked for."""

    movies: bool
    series: bool

    def has(self, kind: Kind) -> bool:
        return self.movies if kind is Kind.MOVIE else self.series


@dataclass(frozen=True, slots=True)
class Connected:
    """How it goes."""

    state: SyncState
    ask_for: AskFor
    read_at: datetime | None
    entry_count: int
    unknown_count: int
    detail: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do, as they came last. None: auth has told since that it
    changed, and they have not come again."""

    name: str
    role: str
    permissions: int | None
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Claim:
    """One process's turn to read somebody's watchlist."""

    id: UUID
    user_id: str
    token: str = field(repr=False)
    """Empty: it cannot be read any more."""
    ask_for: AskFor
    standing: Standing
    failures: int
    """How often in a row it could not be read."""

    def asker(self, now: datetime) -> Caller | None:
        """Who asks for what is on it; None while it is not known what they may."""
        if self.standing.permissions is None:
            return None
        return Caller(
            self.user_id,
            self.standing.name,
            self.standing.role,
            self.standing.permissions,
            _SESSION,
            now + _BELIEVED_FOR,
            self.standing.facts,
        )

    def asks_for(self, asker: Caller) -> list[Kind]:
        return [
            kind
            for kind, permissions in _ASKS_BY_ITSELF.items()
            if self.ask_for.has(kind) and any(map(asker.may, permissions))
        ]
