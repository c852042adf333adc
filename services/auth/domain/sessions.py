"""Somebody who is signed in on a device, and for how long."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from kit.caller import KEY_SESSION, Caller
from kit.clock import Clock
from kit.ids import uuid7
from services.auth.domain import tokens
from services.auth.domain.audit import Actor
from services.auth.domain.errors import SessionIsKey, SessionMissing
from services.auth.domain.users import User

MOST_SESSIONS = 50
"""Of one user; one more ends the oldest."""


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in from, as they tell it."""

    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A session ends when it was not used for `idle`, and at last after `absolute`."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """`id` is that of the caller: a key's stands behind "key:". `expires_at` is the
    latest that it can be; None is never."""

    id: str
    user: User
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime | None
    device: Device
    enrolling: bool = False
    """It may do nothing but set up a second factor."""

    @property
    def actor(self) -> Actor:
        """The user, as who acts in this session from its device."""
        return Actor(self.user.id, self.id, self.device.address)

    def ends_at(self, lifetime: Lifetime) -> datetime | None:
        if self.id.startswith(KEY_SESSION) or self.expires_at is None:
            return self.expires_at
        return min(self.expires_at, self.last_seen_at + lifetime.idle)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just opened, with the token that is shown this once."""

    session: Session
    token: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        return tokens.digest(self.token)


def open_session(
    user: User, device: Device, now: datetime, lifetime: Lifetime
) -> SignedIn:
    session = Session(
        id=str(uuid7(now)),
        user=user,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime.absolute,
        device=device,
    )
    return SignedIn(session, tokens.make(tokens.SESSION))


class Sessions(Protocol):
    """What a user's own sessions must have stored."""

    async def find(self, session_id: UUID) -> Session:
        """Raises SessionUnknown."""

    async def find_key(self, key_id: UUID) -> Session:
        """The session that a key stands for. Raises SessionUnknown."""

    async def list_live(
        self,
        user_id: UUID,
        now: datetime,
        idle: timedelta,
        after: UUID | None,
        limit: int,
    ) -> list[Session]:
        """A user's sessions that are not over, the latest first, behind `after`."""

    async def end(
        self, session_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> bool:
        """Whether the user had such a session."""

    async def end_others(
        self, kept: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        """All of the user's but that one."""

    async def end_and_revoke(
        self, session_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        """End the session if it is there, let go of the tokens for the user's accounts
        elsewhere, and write down that their providers are to be told: all, or
        nothing."""


class OwnSessions:
    """What somebody who is signed in may know and do about that."""

    def __init__(self, sessions: Sessions, clock: Clock, lifetime: Lifetime) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lifetime = lifetime

    async def current(self, caller: Caller) -> Session:
        """Raises SessionUnknown when it has just ended."""
        if caller.session_id.startswith(KEY_SESSION):
            key_id = UUID(caller.session_id.removeprefix(KEY_SESSION))
            return await self._sessions.find_key(key_id)
        found = await self._sessions.find(UUID(caller.session_id))
        return replace(found, enrolling=caller.is_enrolling)

    async def page(
        self, caller: Caller, after: UUID | None, limit: int
    ) -> list[Session]:
        return await self._sessions.list_live(
            UUID(caller.user_id),
            self._clock.now(),
            self._lifetime.idle,
            after,
            limit,
        )

    async def end(self, session_id: UUID, caller: Caller) -> None:
        """Raises SessionMissing."""
        if not await self._end(session_id, caller):
            raise SessionMissing("You have no such session.")

    async def end_current(self, caller: Caller) -> None:
        """Raises SessionIsKey for a key, which is deleted and not signed out. To sign
        out twice is to be signed out."""
        if caller.session_id.startswith(KEY_SESSION):
            raise SessionIsKey("A key cannot sign out. Delete it instead.")
        await self._end(UUID(caller.session_id), caller)

    async def end_others(self, caller: Caller) -> None:
        """All but the one that asks."""
        await self._sessions.end_others(
            UUID(caller.session_id),
            UUID(caller.user_id),
            self._clock.now(),
            Actor.of(caller),
        )

    async def end_current_and_revoke(self, caller: Caller) -> None:
        """As `end_current`, and the house's tokens for the user's accounts elsewhere
        end too, as soon as those answer."""
        if caller.session_id.startswith(KEY_SESSION):
            raise SessionIsKey("A key cannot sign out. Delete it instead.")
        await self._sessions.end_and_revoke(
            UUID(caller.session_id),
            UUID(caller.user_id),
            self._clock.now(),
            Actor.of(caller),
        )

    async def _end(self, session_id: UUID, caller: Caller) -> bool:
        return await self._sessions.end(
            session_id, UUID(caller.user_id), self._clock.now(), Actor.of(caller)
        )
