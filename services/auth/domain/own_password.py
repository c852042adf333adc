"""Changing one's own password."""

from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.audit import Actor
from services.auth.domain.errors import PasswordMissing, PasswordWrong
from services.auth.domain.own_tries import OwnTries
from services.auth.domain.passwords import Passwords, Strength
from services.auth.domain.sessions import (
    Device,
    Lifetime,
    SignedIn,
    open_session,
)
from services.auth.domain.sign_in import Account

log = structlog.get_logger()


class KeptPasswords(Protocol):
    """What changing a password must have stored."""

    async def account_of(self, user_id: UUID) -> Account:
        """Raises SessionUnknown when they are gone."""

    async def change(
        self, old: str, new: str, session_id: UUID, signed_in: SignedIn, by: Actor
    ) -> None:
        """Make the hash `old` into `new`, end all of the user's sessions, forget what
        resets there are, and open the new session: all, or nothing.

        Raises PasswordChanged when `old` is not what is kept, and SessionUnknown when
        the user is suspended or gone, or the session is over.
        """


class OwnPassword:
    def __init__(
        self,
        kept: KeptPasswords,
        passwords: Passwords,
        strength: Strength,
        tries: OwnTries,
        clock: Clock,
        lifetime: Lifetime,
    ) -> None:
        self._kept = kept
        self._passwords = passwords
        self._strength = strength
        self._tries = tries
        self._clock = clock
        self._lifetime = lifetime

    async def change(
        self, current: str, new: str, by: Caller, device: Device
    ) -> SignedIn:
        """Raises Invalid, PasswordMissing, TriedTooOften, PasswordWrong,
        PasswordChanged, SessionUnknown and PasswordsBusy."""
        session_id = UUID(by.session_id)
        account = await self._kept.account_of(UUID(by.user_id))
        user, old = account.user, account.password_hash
        self._strength.ensure(new, (user.name, user.email or ""), "new_password")
        if old is None:
            raise PasswordMissing(
                "This account has no password. Ask an admin for a link to set one."
            )
        async with self._tries.counted(by):
            if not await self._passwords.matches(current, old):
                raise PasswordWrong(
                    "This is not your password.", field="current_password"
                )
        hashed = await self._passwords.hash(new)
        signed_in = open_session(user, device, self._clock.now(), self._lifetime)
        await self._kept.change(old, hashed, session_id, signed_in, Actor.of(by))
        log.info("password_changed", user_id=by.user_id)
        return signed_in
