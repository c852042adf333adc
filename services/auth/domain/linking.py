"""A user's own accounts elsewhere."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.attempts import Approvals, Begun
from services.auth.domain.audit import Actor
from services.auth.domain.identities import Identity, Proof

log = structlog.get_logger()


class Identities(Protocol):
    """What linking must have stored."""

    async def page(
        self, user_id: UUID, after: UUID | None, limit: int
    ) -> list[Identity]:
        """A user's identities, the latest linked first, behind `after`."""

    async def link(
        self, proof: Proof, user_id: UUID, now: datetime, by: Actor
    ) -> Identity:
        """Spend the attempt and store the identity, or nothing; one that the user has
        already gets its new token. Raises AttemptSpent, IdentityTaken, ProviderLinked,
        and SessionUnknown when the user is suspended or gone."""

    async def unlink(
        self, identity_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        """Raises IdentityMissing, and LastWayIn when the user has neither a password
        nor another identity."""

    async def unlink_and_revoke(
        self, identity_id: UUID, user_id: UUID, now: datetime, by: Actor
    ) -> None:
        """As `unlink`, and write down that the provider is to be told."""


class Linking:
    def __init__(
        self, approvals: Approvals, identities: Identities, clock: Clock
    ) -> None:
        self._approvals = approvals
        self._identities = identities
        self._clock = clock

    async def begin(self, provider: str, by: Caller) -> Begun:
        """As Approvals does."""
        return await self._approvals.begin(provider, UUID(by.user_id))

    async def complete(
        self, attempt_id: UUID, verifier: str, by: Caller
    ) -> Identity | None:
        """What was linked; None when it is not approved yet. Raises
        IdentityTaken, ProviderLinked, SessionUnknown, and as Approvals does."""
        user_id = UUID(by.user_id)
        proof = await self._approvals.look(attempt_id, verifier, user_id)
        if proof is None:
            return None
        identity = await self._identities.link(
            proof, user_id, self._clock.now(), Actor.of(by)
        )
        log.info("identity_linked", user_id=by.user_id, provider=identity.provider)
        return identity

    async def page(self, by: Caller, after: UUID | None, limit: int) -> list[Identity]:
        return await self._identities.page(UUID(by.user_id), after, limit)

    async def unlink(self, identity_id: UUID, by: Caller) -> None:
        """Raises IdentityMissing and LastWayIn."""
        await self._identities.unlink(
            identity_id, UUID(by.user_id), self._clock.now(), Actor.of(by)
        )

    async def unlink_and_revoke(self, identity_id: UUID, by: Caller) -> None:
        """As `unlink`; the provider is told, as soon as it answers."""
        await self._identities.unlink_and_revoke(
            identity_id, UUID(by.user_id), self._clock.now(), Actor.of(by)
        )
