"""What is asked for beside a password."""

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from services.auth.domain import tokens
from services.auth.domain.errors import CodeWrong, SecondFactorNeeded
from services.auth.domain.permissions import Permission, word

_DIGITS = re.compile("[0-9]{6}")
_RECOVERY = re.compile("[a-z2-7]{16}")
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_GROUP = 4
_MANAGES = word(Permission.ADMIN, Permission.MANAGE_USERS, Permission.MANAGE_SETTINGS)


class Requirement(Enum):
    """Of whom a second factor is required."""

    NOBODY = "nobody"
    MANAGERS = "managers"
    EVERYBODY = "everybody"

    def covers(self, permissions: int) -> bool:
        """Whether it is required of one who has these permissions."""
        if self is Requirement.MANAGERS:
            return bool(permissions & _MANAGES)
        return self is Requirement.EVERYBODY


@dataclass(frozen=True, slots=True)
class Factor:
    """A user's second factor, or the offer of one. Without a secret it cannot be read
    any more, and only recovery codes are good."""

    secret: str | None = field(repr=False)
    offered_at: datetime
    confirmed_at: datetime | None
    codes_left: int


@dataclass(frozen=True, slots=True)
class TimeStep:
    """A code of an app, by the half minute that it belongs to."""

    number: int


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    digest: bytes


Proof = TimeStep | RecoveryCode
"""What is good once, if it was not used before: only the store knows that."""


class Codes(Protocol):
    """What authenticator apps do."""

    def make_secret(self) -> str: ...

    def uri(self, secret: str, name: str) -> str: ...

    def step_of(self, code: str, secret: str, now: datetime) -> int | None:
        """The half minute whose code this is: now's, or one beside it."""


class Factors(Protocol):
    """What signing in must know of second factors."""

    async def find(self, user_id: UUID) -> Factor | None: ...

    async def requirement(self) -> Requirement: ...


def prove(
    code: str, factor: Factor | None, codes: Codes, now: datetime
) -> Proof | None:
    """What the code proves; None where none is asked for. Raises SecondFactorNeeded,
    and CodeWrong for what is no code of this factor."""
    if factor is None or factor.confirmed_at is None:
        return None
    if not code:
        raise SecondFactorNeeded
    typed = re.sub(r"[\s-]", "", code).lower()
    if _RECOVERY.fullmatch(typed):
        return RecoveryCode(tokens.digest(typed))
    return TimeStep(ensure_step(typed, factor, codes, now))


def ensure_step(code: str, factor: Factor, codes: Codes, now: datetime) -> int:
    """Raises CodeWrong."""
    if factor.secret is None or not _DIGITS.fullmatch(code):
        raise CodeWrong
    step = codes.step_of(code, factor.secret, now)
    if step is None:
        raise CodeWrong
    return step


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Codes to keep for the day on which the app is lost, shown this once."""

    codes: tuple[str, ...] = field(repr=False)

    @classmethod
    def make(cls) -> "RecoveryCodes":
        return cls(tuple(_recovery_code() for _ in range(_RECOVERY_CODES)))

    @property
    def digests(self) -> list[bytes]:
        """80 bits of chance each: nobody guesses them from a fast hash."""
        return [tokens.digest(code.replace("-", "")) for code in self.codes]


def _recovery_code() -> str:
    code = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
