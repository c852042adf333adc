"""Places that Radarr, Sonarr and Seerr post to, and how they prove who they are."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Missing, Refused
from kit.ids import uuid7
from services.media.domain.sources import plain_name

_SECRET_BYTES = 32
MOST_SOURCES = 100


class WebhookKind(Enum):
    RADARR = "RADARR"
    SONARR = "SONARR"
    SEERR = "SEERR"


class Proof(Enum):
    SECRET = "SECRET"  # noqa: S105 - the name of a way
    HMAC = "HMAC"


@dataclass(frozen=True, slots=True)
class WebhookSource:
    id: UUID
    name: str
    kind: WebhookKind
    proof: Proof
    created_at: datetime
    last_delivery_at: datetime | None = None


class WebhookSourceMissing(Missing):
    reason = "webhook_source_missing"


class WebhookSourcesFull(Refused):
    reason = "webhook_sources_full"


class WebhookSourceMade(Refused):
    reason = "webhook_source_made"


class WebhookSources(Protocol):
    """What is stored of sources: of a secret its hash alone, but for one that signs,
    which is sealed."""

    async def add(
        self, source: WebhookSource, secret: str, most: int, by: Caller, once: Once
    ) -> None:
        """Raises WebhookSourcesFull where there are `most`, and WebhookSourceMade where
        the same Idempotency-Key made one before, whose secret is not kept."""

    async def page(
        self, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[WebhookSource]:
        """In the order they were added."""

    async def renew(self, source_id: UUID, secret: str) -> WebhookSource:
        """Raises WebhookSourceMissing."""

    async def remove(self, source_id: UUID) -> None:
        """With all that was posted there. Raises WebhookSourceMissing."""


class Admitting:
    """Makes and ends the places that programs post to."""

    def __init__(self, sources: WebhookSources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock

    async def open(
        self, name: str, kind: WebhookKind, proof: Proof, by: Caller, once: Once
    ) -> tuple[WebhookSource, str]:
        """The source, and its secret."""
        now = self._clock.now()
        source = WebhookSource(uuid7(now), plain_name(name), kind, proof, now)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        await self._sources.add(source, secret, MOST_SOURCES, by, once)
        return source, secret

    async def renew(self, source_id: UUID) -> tuple[WebhookSource, str]:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        return await self._sources.renew(source_id, secret), secret

    async def end(self, source_id: UUID) -> None:
        await self._sources.remove(source_id)


def hash_of(secret: str) -> bytes:
    """Secrets are as long as keys: nobody finds one by trying."""
    return hashlib.sha256(secret.encode()).digest()
