"""Having a second factor, and being without one again."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.audit import Actor
from services.auth.domain.errors import (
    IsYourself,
    PasswordMissing,
    PasswordWrong,
    SecondFactorExists,
    SecondFactorMissing,
)
from services.auth.domain.own_password import KeptPasswords
from services.auth.domain.own_tries import OwnTries
from services.auth.domain.passwords import Passwords
from services.auth.domain.people import Users, ensure_changeable
from services.auth.domain.second_factors import (
    Codes,
    Factor,
    Factors,
    Proof,
    RecoveryCodes,
    Requirement,
    ensure_step,
    prove,
)
from services.auth.domain.users import User

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class State:
    """Whether somebody has a second factor, and must."""

    enabled_at: datetime | None
    codes_left: int
    required: bool


@dataclass(frozen=True, slots=True)
class Offer:
    secret: str = field(repr=False)
    uri: str = field(repr=False)


class KeptFactors(Factors, Protocol):
    """What must be stored of second factors."""

    async def offer(self, user_id: UUID, secret: str, now: datetime) -> None:
        """In place of the last offer. Raises SecondFactorExists when one is confirmed,
        and SessionUnknown when the user is gone."""

    async def confirm(
        self,
        user_id: UUID,
        offered_at: datetime,
        step: int,
        digests: list[bytes],
        session_id: UUID,
        now: datetime,
        by: Actor,
    ) -> None:
        """Have the offer confirmed with the code of this step, which is used by that,
        keep the recovery codes, and end the user's other sessions: all, or nothing.

        Raises SecondFactorExists when it is no longer that offer, and SessionUnknown
        when the session is over.
        """

    async def renew(
        self,
        user_id: UUID,
        proof: Proof,
        digests: list[bytes],
        now: datetime,
        by: Actor,
    ) -> None:
        """Use the proof, and keep these recovery codes only. Raises CodeWrong when it
        was used before."""

    async def disable(
        self, user_id: UUID, proof: Proof, now: datetime, by: Actor
    ) -> None:
        """Use the proof, and forget the factor. Raises CodeWrong when it was used
        before."""

    async def remove(self, user: User, now: datetime, by: Actor) -> None:
        """Raises SecondFactorMissing when there is none, and UserChanged when the user
        has another role by now."""

    async def require(self, of: Requirement, now: datetime, by: Actor) -> None: ...


class OwnFactor:
    def __init__(
        self,
        factors: KeptFactors,
        kept: KeptPasswords,
        users: Users,
        passwords: Passwords,
        codes: Codes,
        tries: OwnTries,
        clock: Clock,
    ) -> None:
        self._factors = factors
        self._kept = kept
        self._users = users
        self._passwords = passwords
        self._codes = codes
        self._tries = tries
        self._clock = clock

    async def state(self, by: Caller) -> State:
        """Raises SessionUnknown."""
        account = await self._kept.account_of(UUID(by.user_id))
        factor = await self._factors.find(account.user.id)
        requirement = await self._factors.requirement()
        return State(
            factor.confirmed_at if factor else None,
            factor.codes_left if factor else 0,
            account.password_hash is not None
            and requirement.covers(account.user.permissions),
        )

    async def offer(self, password: str, by: Caller) -> Offer:
        """Raises PasswordMissing, TriedTooOften, PasswordWrong, SecondFactorExists,
        SessionUnknown and PasswordsBusy."""
        async with self._tries.counted(by):
            user = await self._known(password, by)
        secret = self._codes.make_secret()
        await self._factors.offer(user.id, secret, self._clock.now())
        return Offer(secret, self._codes.uri(secret, user.name))

    async def confirm(self, code: str, by: Caller) -> RecoveryCodes:
        """Raises TriedTooOften, SecondFactorMissing, SecondFactorExists, CodeWrong and
        SessionUnknown."""
        async with self._tries.counted(by):
            return await self._confirm(code, by)

    async def _confirm(self, code: str, by: Caller) -> RecoveryCodes:
        session_id, user_id = UUID(by.session_id), UUID(by.user_id)
        factor = await self._factors.find(user_id)
        if factor is None:
            raise SecondFactorMissing("There is no offer to confirm. Ask for one.")
        if factor.confirmed_at is not None:
            raise SecondFactorExists
        now = self._clock.now()
        step = ensure_step(code.replace(" ", ""), factor, self._codes, now)
        made = RecoveryCodes.make()
        await self._factors.confirm(
            user_id,
            factor.offered_at,
            step,
            made.digests,
            session_id,
            now,
            Actor.of(by),
        )
        log.info("second_factor_enabled", user_id=by.user_id)
        return made

    async def renew_codes(self, code: str, by: Caller) -> RecoveryCodes:
        """Raises TriedTooOften, SecondFactorMissing and CodeWrong."""
        made = RecoveryCodes.make()
        async with self._tries.counted(by):
            proof = await self._proof(code, by)
            await self._factors.renew(
                UUID(by.user_id), proof, made.digests, self._clock.now(), Actor.of(by)
            )
        log.info("recovery_codes_renewed", user_id=by.user_id)
        return made

    async def disable(self, password: str, code: str, by: Caller) -> None:
        """Raises PasswordMissing, TriedTooOften, PasswordWrong, SecondFactorMissing,
        CodeWrong, SessionUnknown and PasswordsBusy."""
        async with self._tries.counted(by):
            await self._known(password, by)
            proof = await self._proof(code, by)
            await self._factors.disable(
                UUID(by.user_id), proof, self._clock.now(), Actor.of(by)
            )
        log.info("second_factor_disabled", user_id=by.user_id, by=by.user_id)

    async def disable_of(self, user_id: UUID, by: Caller) -> None:
        """Raises IsYourself, UserMissing, OwnerUnchangeable, BeyondYourPermissions,
        SecondFactorMissing and UserChanged."""
        if user_id == UUID(by.user_id):
            # Else a session that somebody left open would be worth the factor.
            raise IsYourself("Disable your own second factor with a code of it.")
        user = await self._users.find(user_id)
        ensure_changeable(user, by)
        await self._factors.remove(user, self._clock.now(), Actor.of(by))
        log.info("second_factor_disabled", user_id=str(user_id), by=by.user_id)

    async def requirement(self) -> Requirement:
        return await self._factors.requirement()

    async def require(self, of: Requirement, by: Caller) -> None:
        """Raises SecondFactorMissing for one who would be shut out
        by it."""
        account = await self._kept.account_of(UUID(by.user_id))
        factor = await self._factors.find(account.user.id)
        is_covered = account.password_hash and of.covers(account.user.permissions)
        if is_covered and (factor is None or factor.confirmed_at is None):
            raise SecondFactorMissing("Set up your own second factor first.")
        await self._factors.require(of, self._clock.now(), Actor.of(by))
        log.info("second_factor_required", of=of.value, by=by.user_id)

    async def _known(self, password: str, by: Caller) -> User:
        account = await self._kept.account_of(UUID(by.user_id))
        if account.password_hash is None:
            raise PasswordMissing("This account has no password, and so no use for it.")
        if not await self._passwords.matches(password, account.password_hash):
            raise PasswordWrong("This is not your password.", field="password")
        return account.user

    async def _proof(self, code: str, by: Caller) -> Proof:
        factor: Factor | None = await self._factors.find(UUID(by.user_id))
        proof = prove(code, factor, self._codes, self._clock.now())
        if proof is None:
            raise SecondFactorMissing("You have no second factor.")
        return proof
