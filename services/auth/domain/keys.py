"""Keys with which programs act for a user."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Invalid
from kit.ids import uuid7
from services.auth.domain import tokens
from services.auth.domain.audit import Actor
from services.auth.domain.errors import BeyondYourPermissions
from services.auth.domain.permissions import is_within
from services.auth.domain.roles import bits_of

_LONGEST_NAME = 64
_MOST_DAYS = 3650
_SHOWN = 7
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class Key:
    """`scope` is a word of bits, and 0 is all that the user may do. `expires_at` None
    is never."""

    id: UUID
    user_id: UUID
    name: str
    prefix: str
    scope: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CutKey:
    """A key with its secret, which is empty when it has been shown before."""

    key: Key
    secret: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        return tokens.digest(self.secret)


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key should be. 0 days is for ever."""

    name: str
    permissions: list[int]
    expires_in_days: int

    def cut(self, user_id: UUID, permissions: int, now: datetime) -> CutKey:
        """For a user who has these permissions. Raises Invalid and
        BeyondYourPermissions."""
        name = self.name.strip()
        if not (0 < len(name) <= _LONGEST_NAME and name.isprintable()):
            raise Invalid(f"name has 1 to {_LONGEST_NAME} characters.", field="name")
        if not 0 <= self.expires_in_days <= _MOST_DAYS:
            raise Invalid(
                f"expires_in_days is 1 to {_MOST_DAYS}, or 0 for never.",
                field="expires_in_days",
            )
        scope = bits_of(self.permissions)
        if not is_within(scope, permissions):
            raise BeyondYourPermissions("A key may do no more than its user.")
        secret = tokens.make(tokens.KEY)
        days = self.expires_in_days
        key = Key(
            id=uuid7(now),
            user_id=user_id,
            name=name,
            prefix=secret[:_SHOWN],
            scope=scope,
            created_at=now,
            expires_at=now + timedelta(days=days) if days else None,
        )
        return CutKey(key, secret)


class Keys(Protocol):
    """What a user's own keys must have stored."""

    async def add(self, cut: CutKey, once: Once, most: int, by: Actor) -> CutKey:
        """The key; or, without its secret, the one that the same Idempotency-Key made
        before. Raises TooManyKeys when the user has `most`, KeyMissing when the one
        made before is deleted, and SessionUnknown when the user is suspended or gone.
        """

    async def page(self, user_id: UUID, after: UUID | None, limit: int) -> list[Key]:
        """A user's keys, newest first, behind `after`."""

    async def remove(
        self, key_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        """Raises KeyMissing when the user has no such key."""


class OwnKeys:
    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def cut(self, terms: KeyTerms, by: Caller, once: Once) -> CutKey:
        """Raises Invalid, BeyondYourPermissions and TooManyKeys."""
        cut = terms.cut(UUID(by.user_id), by.permissions, self._clock.now())
        return await self._keys.add(cut, once, MOST_KEYS, Actor.of(by))

    async def page(self, by: Caller, after: UUID | None, limit: int) -> list[Key]:
        return await self._keys.page(UUID(by.user_id), after, limit)

    async def delete(self, key_id: UUID, by: Caller) -> None:
        """Raises KeyMissing."""
        await self._keys.remove(
            key_id, UUID(by.user_id), self._clock.now(), Actor.of(by)
        )
