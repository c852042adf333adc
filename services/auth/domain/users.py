"""Who has an account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.errors import VersionChanged
from services.auth.domain.permissions import whole


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    name: str
    email: str | None
    role: str
    granted: int
    """What the role grants, as a word of bits."""
    suspended: bool
    created_at: datetime
    invited_by: UUID | None
    version: int = 1

    def in_version(self, version: int) -> "User":
        """Themselves, if that is their version, or 0. Raises VersionChanged."""
        if version not in {0, self.version}:
            raise VersionChanged
        return self

    @property
    def permissions(self) -> int:
        """A word of bits: what the role allows, with what that implies."""
        return whole(self.granted)
