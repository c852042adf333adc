"""Who may see whom, and change what of them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.applicants import ensure_email
from services.auth.domain.audit import Actor
from services.auth.domain.errors import NotYours, OwnerUnchangeable, UserMissing
from services.auth.domain.permissions import Permission
from services.auth.domain.roles import (
    OWNER,
    ensure_giveable,
    ensure_in_reach,
    ensure_whole,
)
from services.auth.domain.users import User


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a user. None leaves as it is; an empty e-mail address
    takes it away."""

    email: str | None = None
    role: str | None = None
    suspended: bool | None = None

    @property
    def takes_a_manager(self) -> bool:
        return self.role is not None or self.suspended is not None

    def apply(self, user: User) -> User:
        """Raises Invalid."""
        email = user.email
        if self.email is not None:
            ensure_email(self.email)
            email = self.email or None
        return replace(
            user,
            email=email,
            role=user.role if self.role is None else self.role,
            suspended=user.suspended if self.suspended is None else self.suspended,
        )


class Users(Protocol):
    """What there must be of users."""

    async def find(self, user_id: UUID) -> User:
        """Raises UserMissing."""

    async def page(self, after: UUID | None, limit: int) -> list[User]:
        """Newest first, behind `after`."""

    async def change(
        self, before: User, after: User, if_version: int, now: datetime, by: Actor
    ) -> User:
        """Make `before` into `after`, if that is their version, or 0; as they are
        then. One who becomes suspended has no sessions.

        Raises UserChanged when somebody else has changed them meanwhile,
        or VersionChanged when a version was named, and EmailTaken.
        """

    async def remove(
        self, user: User, if_version: int, now: datetime, by: Actor
    ) -> None:
        """Remove the user with their password, sessions, keys and invites, if that is
        their version, or 0.

        Raises UserChanged when somebody else has changed or removed them meanwhile,
        and VersionChanged as `change`.
        """


class People:
    def __init__(self, users: Users, clock: Clock) -> None:
        self._users = users
        self._clock = clock

    async def get(self, user_id: UUID, by: Caller) -> User:
        """Raises UserMissing, also for one whom the caller may not see."""
        if user_id != UUID(by.user_id) and not by.may(Permission.MANAGE_USERS):
            raise UserMissing
        return await self._users.find(user_id)

    async def page(self, after: UUID | None, limit: int) -> list[User]:
        return await self._users.page(after, limit)

    async def update(
        self, user_id: UUID, change: Change, by: Caller, if_version: int = 0
    ) -> User:
        """Change the user, if that is their version, or 0. Raises NotYours,
        UserMissing, OwnerUnchangeable, BeyondYourPermissions, KeyLimited, Invalid,
        VersionChanged, UserChanged and EmailTaken."""
        itself = user_id == UUID(by.user_id)
        theirs = itself and not change.takes_a_manager
        if not theirs and not by.may(Permission.MANAGE_USERS):
            raise NotYours("This takes the permission to manage users.")
        if itself:
            ensure_whole(by)
        before = await self._users.find(user_id)
        after = change.apply(before)
        if not theirs:
            ensure_changeable(before, by)
        if change.role is not None:
            ensure_giveable(change.role, by)
        if after == before:
            return before.in_version(if_version)
        return await self._users.change(
            before, after, if_version, self._clock.now(), Actor.of(by)
        )

    async def remove(self, user_id: UUID, by: Caller, if_version: int = 0) -> None:
        """Raises UserMissing, OwnerUnchangeable, BeyondYourPermissions,
        VersionChanged and UserChanged."""
        user = await self._users.find(user_id)
        ensure_changeable(user, by)
        await self._users.remove(user, if_version, self._clock.now(), Actor.of(by))


def ensure_changeable(user: User, by: Caller) -> None:
    """Raises OwnerUnchangeable and BeyondYourPermissions."""
    if user.role == OWNER:
        raise OwnerUnchangeable("The owner stays the owner.")
    ensure_in_reach(user.role, by)
