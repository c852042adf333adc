"""Accounts that users have elsewhere, and what whoever keeps those must offer."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.auth.domain.errors import ProviderMissing

_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_BASE = 48
_NAMESAKES = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """What a provider opened for a user to approve. Whoever has its `reference` can
    have the user's token then."""

    reference: str = field(repr=False)
    code: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Who somebody is at a provider. Only the subject is theirs for good. Name,
    e-mail address and picture are what they say, and may be empty."""

    subject: str
    name: str
    email: str
    avatar_url: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody has shown, in an attempt, who they are at a provider."""

    attempt_id: UUID
    provider: str
    profile: Profile
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user's account elsewhere. `token_revoked_at` None: the token is good."""

    id: UUID
    user_id: UUID
    provider: str
    name: str
    avatar_url: str
    linked_at: datetime
    token_revoked_at: datetime | None


class Provider(Protocol):
    """Where users have accounts: asked for whom a token is, and asked to give one.

    All of it raises Unavailable when the provider does not answer, or with nothing
    that can be understood. That says nothing about a token, or an access.
    """

    @property
    def name(self) -> str:
        """Of letters a to z: stored with each identity."""

    async def ask(self) -> Asked:
        """Open something for a user to approve."""

    async def token(self, reference: str) -> str | None:
        """The user's token, when they have approved; the same as often as it is
        asked for. Raises AttemptExpired."""

    async def profile(self, token: str) -> Profile:
        """Whose token it is. Raises TokenRevoked."""

    async def has_access(self, token: str) -> bool:
        """Whether its user may use one of the house's servers. Raises
        TokenRevoked."""

    async def refresh(self, token: str) -> Profile:
        """As `profile`, and the token is good for a while longer."""

    async def revoke(self, token: str) -> None:
        """End the token. One that is no good already has ended."""


class Providers:
    """Those at which one can sign in here."""

    def __init__(self, *offered: Provider) -> None:
        self._offered: Mapping[str, Provider] = {each.name: each for each in offered}

    @property
    def names(self) -> list[str]:
        return list(self._offered)

    def named(self, name: str) -> Provider:
        """Raises ProviderMissing."""
        try:
            return self._offered[name]
        except KeyError as exc:
            raise ProviderMissing from exc


def names_like(name: str) -> Iterator[str]:
    """Names for a new user who is called so elsewhere, the nicest first: somebody here
    may have it."""
    base = _UNUSUAL.sub("-", name).strip("-")[:_LONGEST_BASE] or "guest"
    yield base
    for number in range(2, _NAMESAKES + 1):
        yield f"{base}-{number}"
    yield f"{base}-{secrets.token_hex(4)}"
