"""An empty house and its owner."""

import hmac
from typing import Protocol

import structlog

from kit.clock import Clock
from kit.ids import uuid7
from services.auth.domain.applicants import Applicant
from services.auth.domain.errors import SetupClosed, SetupDone, SetupTokenWrong
from services.auth.domain.passwords import Passwords, Strength
from services.auth.domain.roles import OWNER, Roles
from services.auth.domain.sessions import Device, Lifetime, SignedIn, open_session

log = structlog.get_logger()


class Owners(Protocol):
    """What setting up must have stored."""

    async def exists(self) -> bool: ...

    async def found(self, signed_in: SignedIn, password_hash: str) -> None:
        """Store the owner with their session: both, or neither. Raises SetupDone when
        there is an owner by now."""


class Setup:
    """Without a token to ask for, nobody can set the house up."""

    def __init__(
        self,
        owners: Owners,
        roles: Roles,
        passwords: Passwords,
        strength: Strength,
        clock: Clock,
        lifetime: Lifetime,
        token: str,
    ) -> None:
        self._owners = owners
        self._roles = roles
        self._passwords = passwords
        self._strength = strength
        self._clock = clock
        self._lifetime = lifetime
        self._token = token

    async def is_needed(self) -> bool:
        return not await self._owners.exists()

    async def create_owner(
        self, token: str, applicant: Applicant, device: Device
    ) -> SignedIn:
        """Raises SetupDone, SetupClosed, SetupTokenWrong, Invalid, PasswordsBusy."""
        if await self._owners.exists():
            raise SetupDone("This house has its owner.")
        self._ensure_token(token)
        applicant.ensure_well_formed(self._strength)
        hashed = await self._passwords.hash(applicant.password)
        now = self._clock.now()
        role = await self._roles.find(OWNER)
        owner = applicant.as_user(uuid7(now), role, now, invited_by=None)
        signed_in = open_session(owner, device, now, self._lifetime)
        await self._owners.found(signed_in, hashed)
        log.info("house_set_up", user_id=str(owner.id))
        return signed_in

    def _ensure_token(self, token: str) -> None:
        if not self._token:
            raise SetupClosed(
                "This house was started without a set-up token: set "
                "MEDIANEST_AUTH_SETUP_TOKEN and start auth again."
            )
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise SetupTokenWrong("This is not the set-up token of this house.")
