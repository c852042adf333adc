"""Sign-ins and links that a user has to approve elsewhere first."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from kit.clock import Clock
from kit.ids import uuid7
from services.auth.domain import tokens
from services.auth.domain.identities import Proof, Provider, Providers

# However often a browser asks, the provider is asked this seldom.
ASK_EVERY = timedelta(seconds=1)
MOST_OPEN = 10_000
_LONGEST = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """`user_id` is who wants to link; None: somebody wants to sign in."""

    id: UUID
    provider: str
    user_id: UUID | None
    reference: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """What whoever began an attempt is told, once. Without the verifier nobody can
    complete it, whatever else of it they have seen."""

    attempt: Attempt
    code: str
    url: str
    verifier: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        return tokens.digest(self.verifier)


class Attempts(Protocol):
    async def add(self, begun: Begun, most: int, now: datetime) -> None:
        """Raises AttemptsBusy when as many as `most` are open, and SessionUnknown when
        who wants to link is gone."""

    async def take_turn(
        self,
        attempt_id: UUID,
        digest: bytes,
        user_id: UUID | None,
        now: datetime,
        every: timedelta,
    ) -> Attempt | None:
        """The attempt, for one who may ask the provider now; None when somebody else
        did within `every`. Raises AttemptMissing when there is no such attempt with
        this verifier and of this user, AttemptExpired and AttemptSpent."""


class Approvals:
    """Opens attempts, and looks whether they were approved."""

    def __init__(self, attempts: Attempts, providers: Providers, clock: Clock) -> None:
        self._attempts = attempts
        self._providers = providers
        self._clock = clock

    async def begin(self, provider_name: str, user_id: UUID | None) -> Begun:
        """Raises ProviderMissing, AttemptsBusy, SessionUnknown and Unavailable."""
        asked = await self._providers.named(provider_name).ask()
        now = self._clock.now()
        attempt = Attempt(
            id=uuid7(now),
            provider=provider_name,
            user_id=user_id,
            reference=asked.reference,
            expires_at=min(asked.expires_at, now + _LONGEST),
        )
        verifier = tokens.make(tokens.VERIFIER)
        begun = Begun(attempt, asked.code, asked.url, verifier)
        await self._attempts.add(begun, MOST_OPEN, now)
        return begun

    async def look(
        self, attempt_id: UUID, verifier: str, user_id: UUID | None
    ) -> Proof | None:
        """Who approved; None when nobody has yet. Raises AttemptMissing,
        AttemptExpired, AttemptSpent, ProviderMissing and Unavailable."""
        attempt = await self._attempts.take_turn(
            attempt_id,
            tokens.digest(verifier),
            user_id,
            self._clock.now(),
            ASK_EVERY,
        )
        if attempt is None:
            return None
        provider = self._providers.named(attempt.provider)
        token = await provider.token(attempt.reference)
        if token is None:
            return None
        return Proof(attempt.id, provider.name, await provider.profile(token), token)

    def provider_of(self, proof: Proof) -> Provider:
        return self._providers.named(proof.provider)
