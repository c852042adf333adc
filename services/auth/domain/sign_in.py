"""Signing in with a name or an e-mail address, and a password."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from services.auth.domain.errors import (
    AccountSuspended,
    CodeWrong,
    CredentialsWrong,
    PasswordsBusy,
    SecondFactorNeeded,
)
from services.auth.domain.passwords import Passwords
from services.auth.domain.second_factors import Codes, Factors, Proof, prove
from services.auth.domain.sessions import Device, Lifetime, SignedIn, open_session
from services.auth.domain.throttle import Throttle
from services.auth.domain.users import User

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and what is stored of their password, if they have one."""

    user: User
    password_hash: str | None
    password_set_at: datetime | None


class Accounts(Protocol):
    """What signing in must have stored."""

    async def find_account(self, login: str) -> Account | None:
        """By name or e-mail address, in whatever case."""

    async def start(
        self, signed_in: SignedIn, password_set_at: datetime, proof: Proof | None
    ) -> None:
        """Open the session and use the proof up: both, or neither.

        Raises AccountSuspended when the account is suspended or gone by now,
        CredentialsWrong when the password is no longer the one that was set then,
        CodeWrong when the proof was used before, and SecondFactorNeeded when there is
        none and must be one by now.
        """

    async def rehash(self, user_id: UUID, old: str, new: str) -> None:
        """Keep the same password otherwise hashed, if `old` is still what is kept."""


class SignIn:
    """Says the same, and takes as long, for a wrong password and for an account that
    does not exist. Only the right password learns that an account is suspended, or
    has a second factor."""

    def __init__(
        self,
        accounts: Accounts,
        factors: Factors,
        passwords: Passwords,
        codes: Codes,
        throttle: Throttle,
        clock: Clock,
        lifetime: Lifetime,
    ) -> None:
        self._accounts = accounts
        self._factors = factors
        self._throttle = throttle
        self._passwords = passwords
        self._codes = codes
        self._clock = clock
        self._lifetime = lifetime

    async def sign_in(
        self, login: str, password: str, code: str, device: Device
    ) -> SignedIn:
        """An empty code is none. Raises TriedTooOften, CredentialsWrong,
        AccountSuspended, SecondFactorNeeded, CodeWrong and PasswordsBusy."""
        account = await self._accounts.find_account(login)
        user_id = account.user.id if account else None
        attempt = await self._throttle.admit(login, user_id, device.address)
        try:
            signed_in = await self._try(account, password, code, device)
        except (CredentialsWrong, CodeWrong) as exc:
            await self._throttle.failed(attempt, exc.reason)
            raise
        except (AccountSuspended, SecondFactorNeeded, PasswordsBusy):
            await self._throttle.give_back(attempt)
            raise
        await self._throttle.welcome(attempt)
        log.info("signed_in", user_id=str(signed_in.session.user.id))
        return signed_in

    async def _try(
        self, account: Account | None, password: str, code: str, device: Device
    ) -> SignedIn:
        hashed = account.password_hash if account else None
        matches = await self._passwords.matches(password, hashed)
        if account is None or account.password_set_at is None or not matches:
            raise CredentialsWrong("The name or the password is wrong.")
        if account.user.suspended:
            raise AccountSuspended("This account is suspended. Ask the owner.")
        now = self._clock.now()
        factor = await self._factors.find(account.user.id)
        proof = prove(code, factor, self._codes, now)
        signed_in = open_session(account.user, device, now, self._lifetime)
        if proof is None:
            requirement = await self._factors.requirement()
            enrolling = requirement.covers(account.user.permissions)
            session = replace(signed_in.session, enrolling=enrolling)
            signed_in = replace(signed_in, session=session)
        await self._accounts.start(signed_in, account.password_set_at, proof)
        await self._renew(account, password)
        return signed_in

    async def _renew(self, account: Account, password: str) -> None:
        """Hash the password as passwords are hashed by now. The next sign-in will do
        as well, and so nobody is kept out by it."""
        old = account.password_hash
        if old is None or not self._passwords.is_outdated(old):
            return
        with suppress(Unavailable):
            new = await self._passwords.hash(password)
            await self._accounts.rehash(account.user.id, old, new)
            log.info("password_rehashed", user_id=str(account.user.id))
