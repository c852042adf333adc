"""Whose token this is: asked for every caller, every half minute."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from kit.caller import ENROLLING, KEY_SESSION, Caller, Fact
from kit.clock import Clock
from services.auth.domain import tokens
from services.auth.domain.errors import SessionUnknown
from services.auth.domain.guesses import Guesses
from services.auth.domain.permissions import Permission, cut, word
from services.auth.domain.quotas import Quota
from services.auth.domain.second_factors import Requirement
from services.auth.domain.sessions import Lifetime

# How long services take a caller's word for it that they are signed in.
BELIEVED_FOR = timedelta(seconds=60)
# A session's last use is known this exactly.
SEEN_EVERY = timedelta(minutes=5)
# The names of a caller's facts. A quota is its limit and its days.
MAX_RATING_AGE = "maxRatingAge"
MOVIE_QUOTA = "movieQuota"
SERIES_QUOTA = "seriesQuota"
_NOBODY = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a token. `granted` is the role's, `scope` a key's; 0 cuts nothing.
    `required_of` says who must have more than a password to be let in."""

    id: UUID
    user_id: UUID
    name: str
    role: str
    granted: int
    suspended: bool
    scope: int
    last_seen_at: datetime
    expires_at: datetime | None
    required_of: Requirement
    has_password_only: bool
    max_rating_age: int | None
    movie_quota: Quota | None
    series_quota: Quota | None

    @property
    def permissions(self) -> int:
        """A word of bits. One who must still set up a second factor may do that."""
        if self.has_password_only and self.required_of.covers(self.granted):
            return ENROLLING
        return cut(self.granted, self.scope)

    @property
    def facts(self) -> dict[str, Fact]:
        """What other services act on: nothing of what is not limited."""
        found: dict[str, Fact] = {}
        if self.max_rating_age is not None:
            found[MAX_RATING_AGE] = self.max_rating_age
        for name, quota in (
            (MOVIE_QUOTA, self.movie_quota),
            (SERIES_QUOTA, self.series_quota),
        ):
            if quota is not None and quota.limit:
                found[name] = [quota.limit, quota.days]
        return found


class Holders(Protocol):
    """What an exchange must have stored: one indexed look each."""

    async def of_session(self, digest: bytes) -> Holder | None: ...

    async def of_key(self, digest: bytes) -> Holder | None: ...


class Sightings(Protocol):
    """Where it is noted that a session or a key was used."""

    def note(self, holder_id: UUID, at: datetime) -> None:
        """Returns at once; written down later, and lost if the process is killed."""


class Exchange:
    """`gateway_token` is the gateway's own; when it is empty, the gateway has none."""

    def __init__(
        self,
        holders: Holders,
        sightings: Sightings,
        guesses: Guesses,
        clock: Clock,
        lifetime: Lifetime,
        gateway_token: str,
    ) -> None:
        self._gateway = tokens.digest(gateway_token) if gateway_token else None
        self._holders = holders
        self._sightings = sightings
        self._guesses = guesses
        self._clock = clock
        self._lifetime = lifetime

    async def identify(self, token: str, address: str) -> Caller:
        """Raises SessionUnknown for a token that is not known, or not any more, and
        GuessedTooOften when too many of those came from the address."""
        now = self._clock.now()
        self._guesses.ensure_few(address, now)
        try:
            return await self._holder(token, now)
        except SessionUnknown:
            await self._guesses.count(address, now)
            raise

    async def _holder(self, token: str, now: datetime) -> Caller:
        if len(token) > tokens.LONGEST:
            raise SessionUnknown
        if self._gateway and hmac.compare_digest(tokens.digest(token), self._gateway):
            return _nobody(now)
        if token.startswith(tokens.SESSION):
            return await self._of_session(token, now)
        if token.startswith(tokens.KEY):
            return await self._of_key(token, now)
        raise SessionUnknown

    async def _of_session(self, token: str, now: datetime) -> Caller:
        holder = await self._holders.of_session(tokens.digest(token))
        if holder is None or now >= holder.last_seen_at + self._lifetime.idle:
            raise SessionUnknown
        caller = _caller(holder, str(holder.id), now)
        if now - holder.last_seen_at >= SEEN_EVERY:
            self._sightings.note(holder.id, now)
        return caller

    async def _of_key(self, token: str, now: datetime) -> Caller:
        holder = await self._holders.of_key(tokens.digest(token))
        if holder is None:
            raise SessionUnknown
        caller = _caller(holder, f"{KEY_SESSION}{holder.id}", now)
        if now - holder.last_seen_at >= SEEN_EVERY:
            self._sightings.note(holder.id, now)
        return caller


def _nobody(now: datetime) -> Caller:
    """The gateway for itself: it may watch, and owns nothing."""
    return Caller(
        user_id=_NOBODY,
        name="gateway",
        role="viewer",
        permissions=word(Permission.WATCH_EVENTS),
        session_id=_NOBODY,
        expires_at=now + BELIEVED_FOR,
    )


def _caller(holder: Holder, session_id: str, now: datetime) -> Caller:
    """Raises SessionUnknown for one who is suspended or whose time is over."""
    until = now + BELIEVED_FOR
    if holder.expires_at is not None:
        until = min(until, holder.expires_at)
    if holder.suspended or until <= now:
        raise SessionUnknown
    return Caller(
        user_id=str(holder.user_id),
        name=holder.name,
        role=holder.role,
        permissions=holder.permissions,
        session_id=session_id,
        expires_at=until,
        facts=holder.facts,
    )
