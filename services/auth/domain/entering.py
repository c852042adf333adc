"""Signing in by an account that one has elsewhere."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Invalid
from kit.ids import uuid7
from services.auth.domain.applicants import ensure_email
from services.auth.domain.attempts import Approvals, Begun
from services.auth.domain.errors import (
    AccountSuspended,
    EmailTaken,
    IdentityTaken,
    LinkFirst,
    NameTaken,
    NoAccess,
    RoleMissing,
)
from services.auth.domain.identities import Proof, names_like
from services.auth.domain.invites import Invite
from services.auth.domain.roles import USUAL, Role, Roles
from services.auth.domain.sessions import Device, Lifetime, SignedIn, open_session
from services.auth.domain.users import User

log = structlog.get_logger()


class Newcomers(Protocol):
    """What entering must have stored. Each of these spends the attempt and does the
    rest, or nothing: of two with one attempt, the second gets AttemptSpent."""

    async def find_user(self, provider: str, subject: str) -> User | None:
        """Whose identity it is."""

    async def enter(self, proof: Proof, signed_in: SignedIn) -> None:
        """Store the session, and the token that came with it. Raises
        AccountSuspended when the account is suspended or gone by now."""

    async def join(self, proof: Proof, signed_in: SignedIn) -> None:
        """Store a new user with their identity and session. Raises IdentityTaken when
        it is a user's by now, NameTaken and EmailTaken."""

    async def redeem(self, proof: Proof, signed_in: SignedIn, invite: Invite) -> None:
        """As `join`, and use the invite once. Raises InviteMissing, InviteSpent and
        InviteExpired as well."""


class FindInvite(Protocol):
    async def find(self, code: str) -> Invite:
        """Raises InviteMissing."""


class Entrance:
    """Who is known by an identity is let in as its user. Who is not needs access to a
    server of the house, or an invite. Nobody is known by an e-mail address."""

    def __init__(
        self,
        approvals: Approvals,
        newcomers: Newcomers,
        invites: FindInvite,
        roles: Roles,
        clock: Clock,
        lifetime: Lifetime,
    ) -> None:
        self._approvals = approvals
        self._newcomers = newcomers
        self._invites = invites
        self._roles = roles
        self._clock = clock
        self._lifetime = lifetime

    async def begin(self, provider: str) -> Begun:
        return await self._approvals.begin(provider, user_id=None)

    async def complete(
        self, attempt_id: UUID, verifier: str, invite_code: str, device: Device
    ) -> SignedIn | None:
        """Somebody signed in; None when they have not approved yet."""
        proof = await self._approvals.look(attempt_id, verifier, user_id=None)
        if proof is None:
            return None
        user = await self._find(proof)
        if user is None:
            try:
                return await self._join(proof, invite_code, device)
            except (IdentityTaken, LinkFirst):
                # The same person, on two devices at once for the first time: the other
                # device was quicker, and they are known now.
                user = await self._find(proof)
                if user is None:
                    raise
        return await self._enter(proof, user, device)

    async def _find(self, proof: Proof) -> User | None:
        return await self._newcomers.find_user(proof.provider, proof.profile.subject)

    async def _enter(self, proof: Proof, user: User, device: Device) -> SignedIn:
        if user.suspended:
            raise AccountSuspended("This account is suspended. Ask the owner.")
        signed_in = open_session(user, device, self._clock.now(), self._lifetime)
        await self._newcomers.enter(proof, signed_in)
        log.info("signed_in", user_id=str(user.id), provider=proof.provider)
        return signed_in

    async def _join(self, proof: Proof, invite_code: str, device: Device) -> SignedIn:
        invite = await self._admitted(proof, invite_code)
        role = await self._role(invite)
        for name in names_like(proof.profile.name):
            now = self._clock.now()
            user = _newcomer(proof, name, role, invite, now)
            signed_in = open_session(user, device, now, self._lifetime)
            try:
                if invite is None:
                    await self._newcomers.join(proof, signed_in)
                else:
                    await self._newcomers.redeem(proof, signed_in, invite)
            except NameTaken:
                continue
            except EmailTaken as exc:
                raise LinkFirst from exc
            log.info("joined", user_id=str(user.id), provider=proof.provider)
            return signed_in
        raise NameTaken

    async def _admitted(self, proof: Proof, invite_code: str) -> Invite | None:
        """The invite on which somebody unknown may join; None: without one. Raises
        NoAccess, InviteMissing, InviteSpent and InviteExpired."""
        if invite_code:
            invite = await self._invites.find(invite_code)
            invite.ensure_open(self._clock.now())
            return invite
        if not await self._approvals.provider_of(proof).has_access(proof.token):
            raise NoAccess
        return None

    async def _role(self, invite: Invite | None) -> Role:
        """Raises NoAccess where the role that people usually get was deleted: then one
        is let in by invites only."""
        try:
            return await self._roles.find(invite.role if invite else USUAL)
        except RoleMissing as exc:
            raise NoAccess from exc


def _newcomer(
    proof: Proof, name: str, role: Role, invite: Invite | None, now: datetime
) -> User:
    return User(
        id=uuid7(now),
        name=name,
        email=_address(proof.profile.email),
        role=role.name,
        granted=role.granted,
        suspended=False,
        created_at=now,
        invited_by=invite.created_by if invite else None,
        library_ids=invite.library_ids if invite else (),
    )


def _address(email: str) -> str | None:
    """What is no address here is none."""
    try:
        ensure_email(email)
    except Invalid:
        return None
    return email or None
