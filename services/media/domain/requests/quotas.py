"""How much somebody may still ask for, and who says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit.caller import Caller
from kit.clock import Clock
from services.media.domain.requests.errors import QuotaViewNeeded
from services.media.domain.requests.limits import Limits, Requester, Standing
from services.media.domain.requests.permissions import may_ask_for_others


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Limits that are set for a subject: default, role:{name} or user:{id}."""

    subject: str
    limits: Limits
    version: int


class LimitsBook(Protocol):
    """What there must be of limits."""

    async def standing(self, requester: Requester, now: datetime) -> Standing:
        """Of one of whom nothing is told, with what is remembered of them. Raises
        UserMissing for one who is not known."""

    async def page(self, size: int, after: str) -> Sequence[SetLimits]:
        """At most `size`, by subject, behind the subject `after`."""

    async def set(
        self, subject: str, limits: Limits, if_version: int, now: datetime
    ) -> SetLimits:
        """In place of what was set. Raises VersionChanged."""

    async def delete(self, subject: str, if_version: int, now: datetime) -> None:
        """Raises LimitsMissing and VersionChanged."""


class Quotas:
    def __init__(self, book: LimitsBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    async def mine(self, caller: Caller) -> Standing:
        return await self._book.standing(Requester.of(caller), self._clock.now())

    async def of_user(self, user_id: str, *, by: Caller) -> Standing:
        """Raises QuotaViewNeeded and UserMissing."""
        if user_id == by.user_id:
            return await self.mine(by)
        if not may_ask_for_others(by):
            raise QuotaViewNeeded(
                "You may see your own quota only. Ask the owner for the permission."
            )
        return await self._book.standing(Requester(user_id, ""), self._clock.now())

    async def page(self, size: int, after: str) -> Sequence[SetLimits]:
        return await self._book.page(size, after)

    async def set(self, subject: str, limits: Limits, if_version: int) -> SetLimits:
        """Raises VersionChanged."""
        now = self._clock.now()
        return await self._book.set(subject, limits, if_version, now)

    async def delete(self, subject: str, if_version: int) -> None:
        """Raises LimitsMissing and VersionChanged."""
        await self._book.delete(subject, if_version, self._clock.now())
