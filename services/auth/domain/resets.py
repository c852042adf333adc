"""A new password for one who has forgotten theirs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain import tokens
from services.auth.domain.audit import Actor
from services.auth.domain.errors import IsYourself, PasswordMissing, ResetMissing
from services.auth.domain.passwords import Passwords, Strength
from services.auth.domain.people import Users, ensure_changeable
from services.auth.domain.sessions import Device
from services.auth.domain.users import Kind, User

log = structlog.get_logger()

_GOOD_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reset:
    """Leave to choose a user's password, with the token that is shown this once."""

    user_id: UUID
    created_by: UUID | None
    """None: made with the house's own keys."""
    created_at: datetime
    expires_at: datetime
    token: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        return tokens.digest(self.token)


class Resets(Protocol):
    """What resets must have stored. One whose maker is suspended, or may not
    give the user's role, is as if it were not there; one that was made with the
    house's own keys is good for the owner alone."""

    async def put(self, reset: Reset, by: Actor) -> None:
        """In place of the user's last one. Raises UserMissing when the user, or who
        made it, is gone."""

    async def find(self, digest: bytes, now: datetime) -> User:
        """Whose password may be chosen. Raises ResetMissing."""

    async def redeem(
        self,
        digest: bytes,
        user: User,
        password_hash: str,
        now: datetime,
        by: Actor,
    ) -> None:
        """Use the reset up, set the password and end all of the user's sessions: all,
        or nothing. Raises ResetMissing, also when somebody was quicker and when the
        user has another role by now."""


def make_reset(user_id: UUID, created_by: UUID | None, now: datetime) -> Reset:
    return Reset(
        user_id,
        created_by,
        created_at=now,
        expires_at=now + _GOOD_FOR,
        token=tokens.make(tokens.RESET),
    )


class PasswordResets:
    def __init__(
        self,
        resets: Resets,
        users: Users,
        passwords: Passwords,
        strength: Strength,
        clock: Clock,
    ) -> None:
        self._resets = resets
        self._users = users
        self._passwords = passwords
        self._strength = strength
        self._clock = clock

    async def issue(self, user_id: UUID, by: Caller) -> Reset:
        """Raises IsYourself, UserMissing, OwnerUnchangeable, BeyondYourPermissions
        and PasswordMissing."""
        if user_id == UUID(by.user_id):
            # Else a session that somebody left open would be worth the password.
            raise IsYourself("Change your own password with the one that you have.")
        user = await self._users.find(user_id)
        ensure_changeable(user, by)
        if user.kind is Kind.PROGRAM:
            raise PasswordMissing("A program has keys, and no password.")
        reset = make_reset(user_id, UUID(by.user_id), self._clock.now())
        await self._resets.put(reset, Actor.of(by))
        log.info("password_reset_issued", user_id=str(user_id), by=by.user_id)
        return reset

    async def redeem(self, token: str, password: str, device: Device) -> None:
        """Raises ResetMissing, Invalid and PasswordsBusy."""
        if not token.startswith(tokens.RESET) or len(token) > tokens.LONGEST:
            raise ResetMissing
        digest = tokens.digest(token)
        user = await self._resets.find(digest, self._clock.now())
        self._strength.ensure(password, (user.name, user.email or ""))
        hashed = await self._passwords.hash(password)
        by = Actor.unknown(device.address)
        await self._resets.redeem(digest, user, hashed, self._clock.now(), by)
        log.info("password_reset", user_id=str(user.id))
