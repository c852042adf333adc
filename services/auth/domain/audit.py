"""What is kept of who did what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from kit.caller import Caller

Json = str | int | bool | list[str] | None
Values = Mapping[str, Json]


class Action(StrEnum):
    """What can be done, as it stands in the list: `what.happened`."""

    HOUSE_SET_UP = "house.set_up"
    SESSION_STARTED = "session.started"
    SESSION_REFUSED = "session.refused"
    SIGN_IN_THROTTLED = "sign_in.throttled"
    TOKENS_GUESSED = "tokens.guessed"
    SESSION_ENDED = "session.ended"
    INVITE_CREATED = "invite.created"
    INVITE_REDEEMED = "invite.redeemed"
    INVITE_REMOVED = "invite.removed"
    USER_CHANGED = "user.changed"
    USER_UNLOCKED = "user.unlocked"
    USER_REMOVED = "user.removed"
    HOUSE_HANDED_OVER = "house.handed_over"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_REMOVED = "role.removed"
    PROGRAM_CREATED = "program.created"
    KEY_CREATED = "key.created"
    KEY_REMOVED = "key.removed"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - an event's name
    PASSWORD_REFUSED = "password.refused"  # noqa: S105
    PASSWORD_RESET_ISSUED = "password.reset_issued"  # noqa: S105
    PASSWORD_RESET = "password.reset"  # noqa: S105
    SECOND_FACTOR_ENABLED = "second_factor.enabled"
    SECOND_FACTOR_DISABLED = "second_factor.disabled"
    SECOND_FACTOR_REFUSED = "second_factor.refused"
    SECOND_FACTOR_REQUIRED = "second_factor.required"
    RECOVERY_CODES_RENEWED = "recovery_codes.renewed"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    IDENTITY_REVOKED = "identity.revoked"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, from where: a user with their session, or nobody who is known."""

    user_id: UUID | None
    session_id: str
    address: str

    @classmethod
    def of(cls, caller: Caller) -> "Actor":
        return cls(UUID(caller.user_id), caller.session_id, caller.address)

    @classmethod
    def unknown(cls, address: str) -> "Actor":
        return cls(None, "", address)


@dataclass(frozen=True, slots=True)
class Entry:
    """`before` and `after` hold what changed: never a password, a token, a code, nor
    all of an e-mail address (`masked`), for nothing in here can be erased."""

    action: Action
    at: datetime
    by: Actor
    target: str
    """What it was done to: `user:ID`, `session:ID`, `invite:ID`, `key:ID`,
    `role:NAME`, `identity:ID`; the house itself: `house`."""
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)


def differing(before: Values, after: Values) -> tuple[Values, Values]:
    """What of both is not the same in both; an `email` of that masked."""
    names = [
        name for name in {**before, **after} if before.get(name) != after.get(name)
    ]
    return _shown(before, names), _shown(after, names)


def _shown(values: Values, names: list[str]) -> Values:
    shown = {name: values[name] for name in names if name in values}
    if email := shown.get("email"):
        shown["email"] = masked(str(email))
    return shown


def masked(email: str) -> str:
    """Enough of an address to tell one from another: `a***@example.org`."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"
