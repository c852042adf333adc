"""What is told to somebody outside, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID, uuid5

from kit.errors import Missing, Refused


class TargetRefused(Refused):
    """The target has answered, or is such, that asking again would be no use."""

    reason = "target_refused"


class DeliveryMissing(Missing):
    reason = "delivery_missing"


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, in words and in variables."""

    event: str
    """A word for programs: `request.approved`."""
    subject: str
    """One line: the title, mostly."""
    body: str = ""
    """Plain text."""
    headline: str = ""
    """What happened, in a few words for people: "Request approved"."""
    image: str = ""
    """The whole address of a picture that anybody may fetch."""
    link: str = ""
    """The whole address of the page about it."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """For templates, by name. Those of the fields above need not be here."""
    sections: frozenset[str] = frozenset()
    """Which of a template's sections there is something to say in."""
    extra: tuple[tuple[str, str], ...] = ()
    """What else is told, by name, in this order."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for a target. Of two with the same key, the target gets one."""

    target_id: UUID
    dedupe_key: str
    """What makes it this message and no other: the event's id, or those of a group."""
    message: Message

    @property
    def id(self) -> UUID:
        return uuid5(self.target_id, self.dedupe_key)


@dataclass(frozen=True, slots=True)
class Sending:
    """What a channel is given to send, the same at each try."""

    id: UUID
    """The delivery's: told to the target, which can drop what it has seen."""
    at: datetime
    """When it was written down."""
    message: Message


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who can be told something, by one kind of channel."""

    id: UUID
    kind: str
    settings: object = field(repr=False)
    """A dataclass of the channel's, secrets and all."""


class DeliveryState(Enum):
    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """What became of a delivery so far."""

    id: UUID
    place: int
    """In the log of its target; later ones have higher places."""
    target_id: UUID
    event: str
    subject: str
    state: DeliveryState
    attempts: int
    words: str
    """What was said last, by the target or of it. Empty: nothing yet, or all went
    well."""
    created_at: datetime
    ended_at: datetime | None
