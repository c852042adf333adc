"""What the house's rules say of a wish."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules go by; what is known of the title they look up themselves."""

    title_id: UUID
    kind: Kind
    user_id: str
    role: str
    is_4k: bool = False
    seasons: int = 0
    """How many are asked for; 0 for a film, or when nobody knows."""
    size_bytes: int | None = None
    """What it is estimated to take; None: nobody has."""


@dataclass(frozen=True, slots=True)
class Verdict:
    approves: bool = False
    """It begins approved, also without the permission for that."""
    choices: Choices = field(default_factory=Choices)
    rule_ids: tuple[UUID, ...] = ()
    """The rules that had a say, as history tells them."""


class Ruling(Protocol):
    async def on(self, asked: Asked) -> Verdict:
        """What the first matching rule of each kind says. Ask it before a transaction
        begins: it may have to look things up."""
