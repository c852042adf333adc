"""Named sets of permissions, and who may give which to whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Invalid, VersionChanged
from services.auth.domain.audit import Actor
from services.auth.domain.errors import BeyondYourPermissions, RoleFixed, RoleMissing
from services.auth.domain.permissions import Permission, is_within, whole, word
from services.auth.domain.quotas import Quota

OWNER = "owner"
ADMIN_ROLE = "admin"
USUAL = "friend"
MOST_ROLES = 50
# Whoever has these has everything, and somebody always has.
_FIXED = {OWNER, ADMIN_ROLE}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_MANAGE_USERS = word(Permission.MANAGE_USERS)


@dataclass(frozen=True, slots=True)
class Role:
    """`granted` is a word of bits, as it was given. A quota that is None is no
    limit."""

    name: str
    granted: int
    movie_quota: Quota | None
    series_quota: Quota | None
    created_at: datetime
    version: int = 1

    @property
    def is_fixed(self) -> bool:
        return self.name in _FIXED


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What is to become of a role: those of the fields that are named."""

    named: frozenset[str]
    permissions: Sequence[int] = ()
    movie_quota: Quota | None = None
    series_quota: Quota | None = None

    def apply(self, role: Role) -> Role:
        """Raises Invalid and RoleFixed."""
        changed = role
        if "permissions" in self.named:
            changed = replace(changed, granted=bits_of(self.permissions))
        if "movie_quota" in self.named:
            changed = replace(changed, movie_quota=self.movie_quota)
        if "series_quota" in self.named:
            changed = replace(changed, series_quota=self.series_quota)
        if role.is_fixed and changed.granted != role.granted:
            raise RoleFixed(f"The permissions of {role.name} stay as they are.")
        return changed


class Roles(Protocol):
    """What there must be of roles."""

    async def find(self, name: str) -> Role:
        """Raises RoleMissing."""

    async def page(self, after: str, limit: int) -> list[Role]:
        """By name, behind `after`."""

    async def add(self, role: Role, most: int, by: Actor) -> None:
        """Raises RoleExists, and TooManyRoles when there are `most`."""

    async def change(
        self, before: Role, after: Role, if_version: int, now: datetime, by: Actor
    ) -> Role:
        """Make `before` into `after`, if that is its version, or 0; as it is then. When
        more is granted, the sessions of those with the role end.

        Raises RoleChanged when somebody else has changed it meanwhile, or
        VersionChanged when a version was named.
        """

    async def remove(
        self, role: Role, heir: Role | None, now: datetime, by: Actor
    ) -> None:
        """Remove the role; who has it or is invited to it gets the heir, all or nobody.

        Raises RoleInUse when there is no heir and somebody has it, or could with an
        open invite, and RoleChanged.
        """


class KeptRoles:
    """Nobody makes, changes or removes a role that may do more than they."""

    def __init__(self, roles: Roles, clock: Clock) -> None:
        self._roles = roles
        self._clock = clock

    async def get(self, name: str) -> Role:
        """Raises RoleMissing."""
        return await self._roles.find(name)

    async def page(self, after: str, limit: int) -> list[Role]:
        return await self._roles.page(after, limit)

    async def create(self, name: str, wanted: RoleChange, by: Caller) -> Role:
        """Raises Invalid, BeyondYourPermissions, RoleExists and TooManyRoles."""
        if not _NAME.fullmatch(name):
            raise Invalid(
                "name has 1 to 32 characters: letters a to z, digits, `-`; a letter"
                " first.",
                field="name",
            )
        role = wanted.apply(Role(name, 0, None, None, self._clock.now()))
        ensure_in_reach(role.granted, by)
        await self._roles.add(role, MOST_ROLES, Actor.of(by))
        return role

    async def update(
        self, name: str, change: RoleChange, by: Caller, if_version: int
    ) -> Role:
        """Raises RoleMissing, Invalid, BeyondYourPermissions, RoleFixed, RoleChanged
        and VersionChanged."""
        before = await self._roles.find(name)
        after = change.apply(before)
        ensure_in_reach(before.granted, by)
        ensure_in_reach(after.granted, by)
        if after == before:
            if if_version not in {0, before.version}:
                raise VersionChanged
            return before
        return await self._roles.change(
            before, after, if_version, self._clock.now(), Actor.of(by)
        )

    async def remove(self, name: str, replacement: str, by: Caller) -> None:
        """Raises RoleMissing, RoleFixed, BeyondYourPermissions, Invalid, RoleInUse and
        RoleChanged."""
        role = await self._roles.find(name)
        if role.is_fixed:
            raise RoleFixed(f"{name} cannot be deleted.")
        ensure_in_reach(role.granted, by)
        heir = None
        if replacement:
            heir = await giveable(self._roles, replacement, by, "replacement")
        if replacement == name:
            raise Invalid("replacement is another role.", field="replacement")
        await self._roles.remove(role, heir, self._clock.now(), Actor.of(by))


async def giveable(roles: Roles, name: str, by: Caller, field: str = "role") -> Role:
    """The role, to give it to somebody. Raises Invalid for one that nobody can be
    given, and BeyondYourPermissions for one that may do more than who gives it."""
    wrong = Invalid(f"{field} names no role that can be given.", field=field)
    if name == OWNER or not _NAME.fullmatch(name):
        raise wrong
    try:
        role = await roles.find(name)
    except RoleMissing as exc:
        raise wrong from exc
    ensure_in_reach(role.granted, by)
    return role


def ensure_in_reach(granted: int, by: Caller) -> None:
    """Raises BeyondYourPermissions when those who are granted this may do more than
    `by`."""
    if not is_within(granted, by.permissions):
        raise BeyondYourPermissions("Such a role may do more than you may.")


def grows(before: int, after: int) -> bool:
    """Whether somebody may do more than before, so that their tokens must change."""
    return not is_within(after, before)


def may_give(granted: int, giver: int) -> bool:
    """Whether one who has `giver` may let somebody in whom so much is granted."""
    return is_within(whole(granted) | _MANAGE_USERS, giver)


def bits_of(permissions: Sequence[int]) -> int:
    """Raises Invalid for one that there is not."""
    if not set(permissions) <= set(Permission):
        raise Invalid("permissions has one that there is not.", field="permissions")
    return word(*permissions)
