"""Who must wait before they may sign in, and who lets them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.audit import Actor


@dataclass(frozen=True, slots=True)
class Lock:
    key: bytes
    scope: str
    user_id: UUID | None
    address: str
    failures: int
    refused: int
    locked_until: datetime


class LockStore(Protocol):
    """What there must be of locks."""

    async def page(self, now: datetime, after: bytes, limit: int) -> list[Lock]:
        """Those that hold now, by key, behind `after`."""

    async def unlock(self, user_id: UUID, now: datetime, by: Actor) -> None:
        """Forget the user's failures. Raises UserMissing."""


class Locks:
    def __init__(self, store: LockStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(self, after: bytes, limit: int) -> list[Lock]:
        return await self._store.page(self._clock.now(), after, limit)

    async def unlock(self, user_id: UUID, by: Caller) -> None:
        """Raises UserMissing."""
        await self._store.unlock(user_id, self._clock.now(), Actor.of(by))
