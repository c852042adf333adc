"""Who may see whom, and change what of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Invalid
from services.auth.domain.audit import Actor
from services.auth.domain.errors import NotYours, OwnerUnchangeable, UserMissing
from services.auth.domain.permissions import Permission
from services.auth.domain.profiles import Change
from services.auth.domain.roles import OWNER, Roles, ensure_in_reach, giveable
from services.auth.domain.users import Protection, User

_LONGEST_QUERY = 100


class Users(Protocol):
    """What there must be of users."""

    async def find(self, user_id: UUID) -> User:
        """Raises UserMissing."""

    async def page(self, after: UUID | None, limit: int) -> list[User]:
        """Newest first, behind `after`."""

    async def search(self, query: str, after: UUID | None, limit: int) -> list[User]:
        """As `page`, those with the query in name, display name or e-mail address; of
        fewer than three letters or digits in a row, at the beginning of the name."""

    async def invitees(
        self, user_id: UUID, after: UUID | None, limit: int
    ) -> list[User]:
        """As `page`, those whom the user brought in."""

    async def protections(
        self, ids: Sequence[UUID], now: datetime
    ) -> Mapping[UUID, Protection]:
        """Of each of these users that there is."""

    async def change(
        self, before: User, after: User, if_version: int, now: datetime, by: Actor
    ) -> User:
        """Make `before` into `after`, if that is their version, or 0; as they are
        then. One who becomes suspended, or may do more than before, has no sessions.

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
    def __init__(self, users: Users, roles: Roles, clock: Clock) -> None:
        self._users = users
        self._roles = roles
        self._clock = clock

    async def get(self, user_id: UUID, by: Caller) -> User:
        """Raises UserMissing, also for one whom the caller may not see."""
        if user_id != UUID(by.user_id) and not by.may(Permission.MANAGE_USERS):
            raise UserMissing
        user = await self._users.find(user_id)
        if by.may(Permission.MANAGE_USERS):
            [user] = await self._with_protection([user])
        return user

    async def page(self, query: str, after: UUID | None, limit: int) -> list[User]:
        """Raises Invalid."""
        query = query.strip()
        if len(query) > _LONGEST_QUERY or not query.isprintable():
            raise Invalid(
                f"query has {_LONGEST_QUERY} characters at most.", field="query"
            )
        if query:
            found = await self._users.search(query, after, limit)
        else:
            found = await self._users.page(after, limit)
        return await self._with_protection(found)

    async def invitees(
        self, user_id: UUID, after: UUID | None, limit: int
    ) -> list[User]:
        found = await self._users.invitees(user_id, after, limit)
        return await self._with_protection(found)

    async def update(
        self, user_id: UUID, change: Change, by: Caller, if_version: int = 0
    ) -> User:
        """Change the user, if that is their version, or 0. Raises NotYours,
        UserMissing, OwnerUnchangeable, BeyondYourPermissions, KeyRefused, Invalid,
        VersionChanged, UserChanged and EmailTaken."""
        itself = user_id == UUID(by.user_id)
        theirs = itself and not change.takes_a_manager
        if not theirs and not by.may(Permission.MANAGE_USERS):
            raise NotYours("This takes the permission to manage users.")
        if itself:
            by.ensure_in_person()
        before = await self._users.find(user_id)
        after = change.apply(before)
        if not theirs:
            ensure_changeable(before, by)
        if "role" in change.named:
            role = await giveable(self._roles, change.role, by)
            after = replace(after, granted=role.granted)
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

    async def _with_protection(self, users: list[User]) -> list[User]:
        known = await self._users.protections(
            [user.id for user in users], self._clock.now()
        )
        return [replace(user, protection=known.get(user.id)) for user in users]


def ensure_changeable(user: User, by: Caller) -> None:
    """Raises OwnerUnchangeable and BeyondYourPermissions."""
    if user.role == OWNER:
        raise OwnerUnchangeable("The owner stays the owner.")
    ensure_in_reach(user.granted, by)
