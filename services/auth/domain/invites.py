"""How somebody is let in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Invalid
from kit.ids import uuid7
from services.auth.domain.applicants import Applicant
from services.auth.domain.audit import Actor
from services.auth.domain.errors import InviteExpired, InviteSpent
from services.auth.domain.passwords import Passwords, Strength
from services.auth.domain.permissions import is_within
from services.auth.domain.profiles import libraries
from services.auth.domain.roles import USUAL, Role, Roles, giveable
from services.auth.domain.sessions import Device, Lifetime, SignedIn, open_session

log = structlog.get_logger()

_MOST_USES = 100
_MOST_DAYS = 365
_USUAL_DAYS = 7
_CODE_BYTES = 18


@dataclass(frozen=True, slots=True)
class Invite:
    id: UUID
    code: str
    role: str
    max_uses: int
    uses: int
    created_at: datetime
    expires_at: datetime
    created_by: UUID
    granted: int
    """What the role grants, as a word of bits."""
    library_ids: tuple[UUID, ...] = ()
    """None are all."""

    def ensure_open(self, now: datetime) -> None:
        """Raises InviteSpent or InviteExpired."""
        if self.uses >= self.max_uses:
            raise InviteSpent("This invite was already used.")
        if now >= self.expires_at:
            raise InviteExpired("This invite has expired. Ask for a new one.")

    def seen_by(self, caller: Caller) -> "Invite":
        """The invite as the caller may see it: its code lets whoever has it in."""
        is_in_reach = is_within(self.granted, caller.permissions)
        return self if is_in_reach else replace(self, code="")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invite should be. Nothing, or 0, is the usual."""

    role: str
    max_uses: int
    expires_in_days: int
    library_ids: Sequence[UUID] = ()

    def invite(self, role: Role, by: Caller, now: datetime) -> Invite:
        """Raises Invalid."""
        if not 0 <= self.max_uses <= _MOST_USES:
            raise Invalid(f"max_uses is 1 to {_MOST_USES}.", field="max_uses")
        if not 0 <= self.expires_in_days <= _MOST_DAYS:
            raise Invalid(
                f"expires_in_days is 1 to {_MOST_DAYS}.", field="expires_in_days"
            )
        return Invite(
            id=uuid7(now),
            code=secrets.token_urlsafe(_CODE_BYTES),
            role=role.name,
            max_uses=self.max_uses or 1,
            uses=0,
            created_at=now,
            expires_at=now + timedelta(days=self.expires_in_days or _USUAL_DAYS),
            created_by=UUID(by.user_id),
            granted=role.granted,
            library_ids=libraries(self.library_ids),
        )


class Invites(Protocol):
    """What invitations must have stored.

    An invite counts only while its inviter is not suspended and may give its role:
    otherwise it is as if it were not there.
    """

    async def add(self, invite: Invite, once: Once, by: Actor) -> Invite:
        """The invite, or the one that the same Idempotency-Key made before. Raises
        InviteMissing when that was withdrawn, and SessionUnknown when the inviter is
        gone."""

    async def page(self, after: UUID | None, limit: int) -> list[Invite]:
        """Newest first, behind `after`."""

    async def find(self, code: str) -> Invite:
        """Raises InviteMissing."""

    async def redeem(
        self,
        invite: Invite,
        signed_in: SignedIn,
        password_hash: str,
    ) -> None:
        """Use the invite once, and store the user with their session: all, or nothing.

        Raises InviteSpent when somebody else took the last use, InviteExpired when its
        time came meanwhile, InviteMissing, NameTaken and EmailTaken.
        """

    async def remove(self, code: str, now: datetime, by: Actor) -> None:
        """Raises InviteMissing."""


class Invitations:
    def __init__(
        self,
        invites: Invites,
        roles: Roles,
        passwords: Passwords,
        strength: Strength,
        clock: Clock,
        lifetime: Lifetime,
    ) -> None:
        self._invites = invites
        self._roles = roles
        self._passwords = passwords
        self._strength = strength
        self._clock = clock
        self._lifetime = lifetime

    async def invite(self, terms: Terms, by: Caller, once: Once) -> Invite:
        """Raises Invalid and BeyondYourPermissions."""
        role = await giveable(self._roles, terms.role or USUAL, by)
        invite = terms.invite(role, by, self._clock.now())
        return await self._invites.add(invite, once, Actor.of(by))

    async def page(self, after: UUID | None, limit: int, by: Caller) -> list[Invite]:
        """Newest first; those to a role beyond the caller without their codes."""
        found = await self._invites.page(after, limit)
        return [invite.seen_by(by) for invite in found]

    async def redeem(self, code: str, applicant: Applicant, device: Device) -> SignedIn:
        """Raises Invalid, InviteMissing, InviteSpent, InviteExpired, NameTaken,
        EmailTaken and PasswordsBusy."""
        applicant.ensure_well_formed(self._strength)
        invite = await self._invites.find(code)
        invite.ensure_open(self._clock.now())
        hashed = await self._passwords.hash(applicant.password)
        now = self._clock.now()
        role = await self._roles.find(invite.role)
        user = applicant.as_user(
            uuid7(now), role, now, invite.created_by, invite.library_ids
        )
        signed_in = open_session(user, device, now, self._lifetime)
        await self._invites.redeem(invite, signed_in, hashed)
        log.info("invite_redeemed", user_id=str(user.id), invite_id=str(invite.id))
        return signed_in

    async def withdraw(self, code: str, by: Caller) -> None:
        """Raises InviteMissing."""
        await self._invites.remove(code, self._clock.now(), Actor.of(by))
