"""What was posted, and what becomes of it.

posted ──► WAITING ──► DONE           it was looked where it said
              │  ▲ ──► PASSED_OVER    nothing follows from it
              │  │ ──► UNREADABLE     its kind of program posts no such thing
              │  └─── once more: an import, a minute later; somebody retries
              └──────► FAILED         begun eight times, and never ended
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from kit.errors import Invalid, Missing, Refused
from services.media.domain.webhooks.sources import WebhookKind


class DeliveryState(Enum):
    WAITING = "WAITING"
    DONE = "DONE"
    PASSED_OVER = "PASSED_OVER"
    UNREADABLE = "UNREADABLE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Posted:
    """A delivery as it came."""

    id: UUID
    source_id: UUID
    at: datetime
    digest: bytes
    content_type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    id: UUID
    state: DeliveryState
    received_at: datetime
    event: str
    outcome: str
    attempts: int
    repeats: int
    content_type: str
    payload: bytes
    """In a list, the first of it."""
    payload_bytes: int
    title_id: UUID | None
    title_name: str
    message: str


class Look(Enum):
    """Where a delivery gives reason to look."""

    NOWHERE = "nowhere"
    LIBRARIES = "libraries"
    """For what came or changed."""
    REMOVALS = "removals"
    """In libraries, for what is gone."""


@dataclass(frozen=True, slots=True)
class About:
    """The title that is told of, by the ids of others; 0: none is told."""

    is_movie: bool
    tmdb_id: int = 0
    tvdb_id: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What a delivery says, in our words."""

    event: str
    look: Look = Look.NOWHERE
    about: About | None = None
    message: str = ""
    is_of_queue: bool = False
    """It moved something in the queue of who tells: a reason to look there."""
    is_known: bool = True
    """False: an event that means nothing to MediaNest."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that somebody works off."""

    id: UUID
    kind: WebhookKind
    payload: bytes
    attempt: int
    looked: int
    """How often it was worked off already."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a delivery that was worked off."""

    state: DeliveryState
    outcome: str
    said: Said
    again_at: datetime | None = None
    """When to work it off once more; it is WAITING until then."""


class DeliveryUnreadable(Invalid):
    """Not what such a program posts."""

    reason = "webhook_unreadable"


class DeliveryMissing(Missing):
    reason = "webhook_delivery_missing"


class DeliveryWaits(Refused):
    reason = "webhook_delivery_waits"


class DeliveryReplayed(Refused):
    reason = "webhook_replayed"
