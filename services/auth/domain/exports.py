"""What is stored of somebody, for themselves to keep."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.history import Written
from services.auth.domain.identities import Identity
from services.auth.domain.invites import Invite
from services.auth.domain.keys import Key
from services.auth.domain.sessions import Session
from services.auth.domain.users import User

MOST = 1000
"""Of invites, and of entries of the log: the latest."""


@dataclass(frozen=True, slots=True)
class OwnData:
    at: datetime
    user: User
    sessions: list[Session]
    keys: list[Key]
    invites: list[Invite]
    identities: list[Identity]
    second_factor_enabled_at: datetime | None
    audit: list[Written]


class Records(Protocol):
    async def of_user(self, user_id: UUID, at: datetime, most: int) -> OwnData:
        """All of one moment, with so many of the latest invites and entries. Raises
        UserMissing."""


class Exports:
    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def own(self, by: Caller) -> OwnData:
        """Raises UserMissing."""
        return await self._records.of_user(UUID(by.user_id), self._clock.now(), MOST)
