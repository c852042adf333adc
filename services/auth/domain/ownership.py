"""Who owns the house: always somebody, and never two."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.audit import Actor
from services.auth.domain.errors import NotYours
from services.auth.domain.roles import OWNER
from services.auth.domain.users import User

log = structlog.get_logger()


class Deeds(Protocol):
    """What handing over must have stored."""

    async def hand_over(
        self, owner: UUID, heir: UUID, if_version: int, now: datetime, by: Actor
    ) -> User:
        """Make the owner an admin and the heir the owner, if that is the heir's
        version, or 0: both, or neither. The heir, as they are then, has no sessions.

        Raises NotYours when the owner is none any more, UserMissing, OwnerUnfit and
        VersionChanged.
        """


class Ownership:
    def __init__(self, deeds: Deeds, clock: Clock) -> None:
        self._deeds = deeds
        self._clock = clock

    async def hand_over(self, to: UUID, by: Caller, if_version: int) -> User:
        """Raises NotYours, UserMissing, OwnerUnfit and VersionChanged."""
        if by.role != OWNER or to == UUID(by.user_id):
            raise NotYours("Only the owner hands the house over, to somebody else.")
        heir = await self._deeds.hand_over(
            UUID(by.user_id), to, if_version, self._clock.now(), Actor.of(by)
        )
        log.info("house_handed_over", before=by.user_id, after=str(heir.id))
        return heir
