"""Somebody who asks: the value that travels from the door into the domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kit.errors import Denied

KEY_SESSION = "key:"
"""What the session of a key begins with, in front of the key's id."""
OPERATOR_SESSION = "operator"
"""Of one who signs for themselves with the house's own keys, as the launcher does.
Nobody gets it by signing in."""
Fact = int | list[int]
_ADMIN_BIT = 1 << 1
ENROLLING = 1 << 62
"""Beside no permission: may do nothing but set up a second factor."""


class KeyRefused(Denied):
    reason = "key_refused"


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
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    """What else auth knows that services act on, by name. What has no limit is not
    there."""
    address: str = ""
    """Where this call comes from. No part of who they are, and not signed with it."""

    @property
    def is_enrolling(self) -> bool:
        return bool(self.permissions & ENROLLING)

    @property
    def is_operator(self) -> bool:
        return self.session_id == OPERATOR_SESSION

    def may(self, permission: int) -> bool:
        """Whether the caller has the permission with this number, or is an admin."""
        return bool(self.permissions & (1 << permission | _ADMIN_BIT))

    def ensure_in_person(self) -> None:
        """Raises KeyRefused for a program with a key: whoever has a key must not get at
        the account by it, nor at more keys that outlive it."""
        if self.session_id.startswith(KEY_SESSION):
            raise KeyRefused("A key cannot do this. Sign in.")


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a create safe to repeat: the caller's Idempotency-Key, and a
    digest of what was asked. An empty key promises nothing."""

    key: str
    fingerprint: bytes
