"""Somebody who asks: the value that travels from the door into the domain."""

from dataclasses import dataclass
from datetime import datetime

_ADMIN_BIT = 1 << 1


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in, or a program that acts for them."""

    user_id: str
    name: str
    role: str
    permissions: int
    """A word of bits; bit n is the permission with the number n."""
    session_id: str
    expires_at: datetime
    address: str = ""
    """Where this call comes from. No part of who they are, and not signed with it."""

    def may(self, permission: int) -> bool:
        """Whether the caller has the permission with this number, or is an admin."""
        return bool(self.permissions & (1 << permission | _ADMIN_BIT))


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a create safe to repeat: the caller's Idempotency-Key, and a
    digest of what was asked. An empty key promises nothing."""

    key: str
    fingerprint: bytes
