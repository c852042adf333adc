"""Signing in with a name or an e-mail address, and a password."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from kit.clock import Clock
from services.auth.domain.errors import (
    AccountSuspended,
    CredentialsWrong,
    PasswordsBusy,
)
from services.auth.domain.passwords import Passwords
from services.auth.domain.sessions import Device, Lifetime, SignedIn, open_session
from services.auth.domain.throttle import Throttle
from services.auth.domain.users import User

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and what is stored of their password, if they have one."""

    user: User
    password_hash: str | None


class Accounts(Protocol):
    """What signing in must have stored."""

    async def find_account(self, login: str) -> Account | None:
        """By name or e-mail address, in whatever case."""

    async def start(self, signed_in: SignedIn) -> None:
        """Raises AccountSuspended when the account is suspended or gone by now."""


class SignIn:
    """Says the same, and takes as long, for a wrong password and for an account that
    does not exist. Only the right password learns that an account is suspended."""

    def __init__(
        self,
        accounts: Accounts,
        passwords: Passwords,
        throttle: Throttle,
        clock: Clock,
        lifetime: Lifetime,
    ) -> None:
        self._accounts = accounts
        self._throttle = throttle
        self._passwords = passwords
        self._clock = clock
        self._lifetime = lifetime

    async def sign_in(self, login: str, password: str, device: Device) -> SignedIn:
        """Raises TriedTooOften, CredentialsWrong, AccountSuspended and
        PasswordsBusy."""
        account = await self._accounts.find_account(login)
        hashed = account.password_hash if account else None
        user_id = account.user.id if account else None
        attempt = await self._throttle.admit(login, user_id, device.address)
        try:
            matches = await self._passwords.matches(password, hashed)
        except PasswordsBusy:
            await self._throttle.give_back(attempt)
            raise
        if account is None or not matches:
            await self._throttle.failed(attempt, "credentials_wrong")
            raise CredentialsWrong("The name or the password is wrong.")
        if account.user.suspended:
            await self._throttle.give_back(attempt)
            raise AccountSuspended("This account is suspended. Ask the owner.")
        now = self._clock.now()
        signed_in = open_session(account.user, device, now, self._lifetime)
        await self._accounts.start(signed_in)
        await self._throttle.welcome(attempt)
        log.info("signed_in", user_id=str(account.user.id))
        return signed_in
