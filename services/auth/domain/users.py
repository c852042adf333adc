"""Who has an account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.auth.domain.roles import ROLES


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    name: str
    email: str | None
    role: str
    suspended: bool
    created_at: datetime
    invited_by: UUID | None

    @property
    def permissions(self) -> int:
        """A word of bits: what the role allows."""
        return ROLES[self.role]
