"""What auth tells the house, as it is written to the outbox."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from kit.outbox import Event, Json
from services.auth.domain.identities import Identity
from services.auth.domain.invites import Invite
from services.auth.domain.keys import Key
from services.auth.domain.permissions import listed
from services.auth.domain.roles import Role
from services.auth.domain.throttle import Scope, Tally, Try
from services.auth.domain.users import User

_ROOM = "users"


def user_created(user: User) -> Event:
    return _of_user("user.created", user, user.created_at, initial=user.initial)


def user_changed(user: User, at: datetime) -> Event:
    return _of_user("user.changed", user, at, initial=user.initial)


def user_removed(user: User, at: datetime) -> Event:
    # Their invites go with them.
    return replace(_of_user("user.removed", user, at), tags=("users", "invites"))


def session_started(session_id: str, user_id: UUID, at: datetime) -> Event:
    return _of_session("session.started", session_id, user_id, at)


def session_ended(session_id: str, user_id: UUID, at: datetime) -> Event:
    return _of_session("session.ended", session_id, user_id, at)


def invite_created(invite: Invite) -> Event:
    return _of_invite("invite.created", invite, invite.created_at)


def invite_redeemed(invite: Invite, by: UUID, at: datetime) -> Event:
    return _of_invite("invite.redeemed", invite, at, userId=str(by))


def invite_removed(invite: Invite, at: datetime) -> Event:
    return _of_invite("invite.removed", invite, at)


def key_created(key: Key) -> Event:
    return _of_key("key.created", key.id, key.user_id, key.created_at)


def key_removed(key_id: UUID, user_id: UUID, at: datetime) -> Event:
    return _of_key("key.removed", key_id, user_id, at)


def role_created(role: Role) -> Event:
    return _of_role("role.created", role, role.created_at)


def role_changed(role: Role, at: datetime) -> Event:
    return _of_role("role.changed", role, at)


def role_removed(role: Role, heir: Role | None, at: datetime) -> Event:
    event = _of_role("role.removed", role, at)
    # Those who had it are told of by this alone.
    left = {"replacement": heir.name} if heir is not None else {}
    return replace(event, data={**event.data, **left})


def second_factor_enabled(user_id: UUID, at: datetime) -> Event:
    return _of_factor("second_factor.enabled", user_id, at)


def second_factor_disabled(user_id: UUID, at: datetime) -> Event:
    return _of_factor("second_factor.disabled", user_id, at)


def second_factor_required(of: str, at: datetime) -> Event:
    data: dict[str, Json] = {"requiredOf": of.upper()}
    tags = ("users", "sessions")
    return Event("second_factor.required", "second_factor", at, (_ROOM,), tags, data)


def _of_factor(kind: str, user_id: UUID, at: datetime) -> Event:
    data: dict[str, Json] = {"userId": str(user_id)}
    tags = ("users", "sessions")
    return Event(kind, str(user_id), at, (_ROOM, f"user:{user_id}"), tags, data)


def identity_linked(identity: Identity) -> Event:
    return _of_identity(
        "identity.linked",
        identity.id,
        identity.user_id,
        identity.provider,
        identity.linked_at,
        avatarUrl=identity.avatar_url,
    )


def identity_changed(
    identity_id: UUID, user_id: UUID, provider: str, at: datetime, avatar_url: str
) -> Event:
    """The user has another picture there."""
    return _of_identity(
        "identity.changed", identity_id, user_id, provider, at, avatarUrl=avatar_url
    )


def identity_unlinked(
    identity_id: UUID, user_id: UUID, provider: str, at: datetime
) -> Event:
    return _of_identity("identity.unlinked", identity_id, user_id, provider, at)


def identity_revoked(
    identity_id: UUID, user_id: UUID, provider: str, at: datetime
) -> Event:
    return _of_identity("identity.revoked", identity_id, user_id, provider, at)


def sign_in_throttled(burst: Tally, attempt: Try, at: datetime) -> Event:
    """Somebody tries one password after another: told as the delays begin."""
    data: dict[str, Json] = {
        "scope": burst.scope.value,
        "failures": burst.failures,
        "address": attempt.address,
    }
    rooms: tuple[str, ...] = (_ROOM,)
    if attempt.user_id and burst.scope is not Scope.ADDRESS:
        data["userId"] = str(attempt.user_id)
        rooms = (_ROOM, f"user:{attempt.user_id}")
    tags = ("users",) if attempt.user_id else ()
    return Event("sign_in.throttled", burst.key.hex()[:32], at, rooms, tags, data)


def user_unlocked(user_id: UUID, at: datetime) -> Event:
    """Whoever counts tries to sign in begins anew with it."""
    data: dict[str, Json] = {"userId": str(user_id)}
    rooms = (_ROOM, f"user:{user_id}")
    return Event("user.unlocked", str(user_id), at, rooms, ("users",), data)


def tokens_guessed(address: str, at: datetime) -> Event:
    data: dict[str, Json] = {"address": address}
    return Event("tokens.guessed", address, at, (_ROOM,), (), data)


# Without the name: what is told stays for a week, and a removed user's name does not.
# What is told of their face is forgotten with them.
def _of_user(kind: str, user: User, at: datetime, **more: str) -> Event:
    data: dict[str, Json] = {
        "userId": str(user.id),
        "role": user.role,
        "suspended": user.suspended,
        "libraryIds": [str(each) for each in user.library_ids],
        **more,
    }
    return Event(kind, str(user.id), at, (_ROOM, f"user:{user.id}"), ("users",), data)


def _of_session(kind: str, session_id: str, user_id: UUID, at: datetime) -> Event:
    data = {"sessionId": session_id, "userId": str(user_id)}
    rooms = (_ROOM, f"user:{user_id}")
    return Event(kind, session_id, at, rooms, ("sessions",), data)


# Without the code: whoever reads events is not thereby let in.
def _of_invite(kind: str, invite: Invite, at: datetime, **more: str) -> Event:
    data = {
        "inviteId": str(invite.id),
        "role": invite.role,
        "createdBy": str(invite.created_by),
        **more,
    }
    rooms = (_ROOM, f"user:{invite.created_by}")
    return Event(kind, str(invite.id), at, rooms, ("invites",), data)


def _of_role(kind: str, role: Role, at: datetime) -> Event:
    # Users and invites show what their role allows.
    tags = ("roles", "users", "sessions", "invites")
    data: dict[str, Json] = {
        "role": role.name,
        "permissions": [int(each) for each in listed(role.granted)],
    }
    return Event(kind, f"role:{role.name}", at, (_ROOM,), tags, data)


def _of_key(kind: str, key_id: UUID, user_id: UUID, at: datetime) -> Event:
    data = {"keyId": str(key_id), "userId": str(user_id)}
    return Event(kind, str(key_id), at, (_ROOM, f"user:{user_id}"), ("keys",), data)


def _of_identity(
    kind: str,
    identity_id: UUID,
    user_id: UUID,
    provider: str,
    at: datetime,
    **more: str,
) -> Event:
    data = {
        "identityId": str(identity_id),
        "userId": str(user_id),
        "provider": provider,
        **more,
    }
    rooms = (_ROOM, f"user:{user_id}")
    return Event(kind, str(identity_id), at, rooms, ("identities",), data)
