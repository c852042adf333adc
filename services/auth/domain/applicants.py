"""Somebody who wants an account."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kit.errors import Invalid
from services.auth.domain.passwords import Strength
from services.auth.domain.roles import Role
from services.auth.domain.users import User

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
# As HTML's own e-mail field, with letters of all alphabets: it keeps out what is
# no address, not what is nobody's.
_EMAIL = re.compile(
    r"[\w.!#$%&'*+=?^`{|}~-]{1,64}@[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*"
)
_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Applicant:
    """An empty e-mail address is none."""

    name: str
    password: str = field(repr=False)
    email: str

    def ensure_well_formed(self, strength: Strength) -> None:
        """Raises Invalid."""
        ensure_name(self.name)
        ensure_email(self.email)
        strength.ensure(self.password, (self.name, self.email))

    def as_user(
        self,
        user_id: UUID,
        role: Role,
        now: datetime,
        invited_by: UUID | None,
        library_ids: tuple[UUID, ...] = (),
    ) -> User:
        return User(
            id=user_id,
            name=self.name,
            email=self.email or None,
            role=role.name,
            granted=role.granted,
            suspended=False,
            created_at=now,
            invited_by=invited_by,
            library_ids=library_ids,
        )


def ensure_name(name: str) -> None:
    """Raises Invalid."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            "name has 1 to 64 characters: letters a to z, digits, `.`, `_`, `-`.",
            field="name",
        )


def ensure_email(email: str) -> None:
    """Raises Invalid for what is neither empty nor an address."""
    good = len(email) <= _LONGEST_EMAIL and email.isprintable()
    if email and not (good and _EMAIL.fullmatch(email)):
        raise Invalid("email is an address such as ada@example.org.", field="email")
