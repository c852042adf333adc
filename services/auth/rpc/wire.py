"""Auth's values as messages, and what of a message must be read with care."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit import pages
from kit.errors import Invalid
from kit.rpc import addresses
from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import (
    invites_pb2,
    keys_pb2,
    passwords_pb2,
    roles_pb2,
    sessions_pb2,
    users_pb2,
)
from services.auth.domain.errors import InviteMissing
from services.auth.domain.identities import Identity
from services.auth.domain.invites import Invite
from services.auth.domain.keys import Key
from services.auth.domain.passwords import LONGEST_PASSWORD
from services.auth.domain.permissions import listed
from services.auth.domain.quotas import Quota
from services.auth.domain.resets import Reset
from services.auth.domain.sessions import Device, Lifetime, Session, SignedIn
from services.auth.domain.users import Kind, User

_USER_AGENT, _LONGEST_USER_AGENT = "x-client-agent", 512
_LONGEST_ADDRESS = 64
_LONGEST_CODE = 64
_KINDS = {
    Kind.PERSON: users_pb2.User.Kind.PERSON,
    Kind.PROGRAM: users_pb2.User.Kind.PROGRAM,
}
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def time_to_wire(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    time = Timestamp()
    time.FromDatetime(at)
    return time


def permissions_to_wire(bits: int) -> list[permissions_pb2.Permission.ValueType]:
    return [permissions_pb2.Permission.ValueType(each) for each in listed(bits)]


def quota_to_wire(quota: Quota | None) -> roles_pb2.Quota | None:
    return roles_pb2.Quota(limit=quota.limit, days=quota.days) if quota else None


def quota_from_wire(quota: roles_pb2.Quota, field: str) -> Quota:
    """Raises Invalid, naming the field."""
    return Quota.of(quota.limit, quota.days, field)


def named_by(paths: Iterable[str]) -> frozenset[str]:
    """The fields that a mask names. The gateway names what stands in a quota, which is
    changed as a whole."""
    wholes = {"movie_quota", "series_quota"}
    heads = {path: path.partition(".")[0] for path in paths}
    return frozenset(head if head in wholes else path for path, head in heads.items())


def text(given: str) -> str:
    """What Postgres can be asked for. Nothing that is stored has a zero byte."""
    return given.replace("\0", "\ufffd")


def user_to_wire(user: User) -> users_pb2.User:
    shown = user.protection
    return users_pb2.User(
        id=str(user.id),
        name=user.name,
        email=user.email or "",
        role=user.role,
        permissions=permissions_to_wire(user.permissions),
        suspended=user.suspended,
        created_at=time_to_wire(user.created_at),
        invited_by=str(user.invited_by or ""),
        version=user.version,
        kind=_KINDS[user.kind],
        display_name=user.display_name,
        locale=user.locale,
        max_rating_age=user.max_rating_age,
        movie_quota=quota_to_wire(user.movie_quota),
        series_quota=quota_to_wire(user.series_quota),
        allowed_movie_quota=quota_to_wire(user.allowed_movie_quota),
        allowed_series_quota=quota_to_wire(user.allowed_series_quota),
        library_ids=map(str, user.library_ids),
        locked_until=time_to_wire(shown.locked_until) if shown else None,
        second_factor=shown.has_second_factor if shown else None,
    )


def session_to_wire(
    session: Session, lifetime: Lifetime, *, asking: str
) -> sessions_pb2.Session:
    """`asking` is the id of the session that asks."""
    return sessions_pb2.Session(
        id=session.id,
        user=user_to_wire(session.user),
        created_at=time_to_wire(session.created_at),
        last_seen_at=time_to_wire(session.last_seen_at),
        expires_at=time_to_wire(session.ends_at(lifetime)),
        user_agent=session.device.user_agent,
        address=session.device.address,
        current=session.id == asking,
        enrolling=session.enrolling,
    )


def signed_in_to_wire(signed_in: SignedIn, lifetime: Lifetime) -> sessions_pb2.SignedIn:
    session = signed_in.session
    return sessions_pb2.SignedIn(
        session=session_to_wire(session, lifetime, asking=session.id),
        token=signed_in.token,
    )


def invite_to_wire(invite: Invite) -> invites_pb2.Invite:
    return invites_pb2.Invite(
        code=invite.code,
        role=invite.role,
        max_uses=invite.max_uses,
        uses=invite.uses,
        created_at=time_to_wire(invite.created_at),
        expires_at=time_to_wire(invite.expires_at),
        created_by=str(invite.created_by),
        library_ids=map(str, invite.library_ids),
    )


def key_to_wire(key: Key) -> keys_pb2.Key:
    return keys_pb2.Key(
        id=str(key.id),
        name=key.name,
        prefix=key.prefix,
        permissions=permissions_to_wire(key.scope),
        created_at=time_to_wire(key.created_at),
        expires_at=time_to_wire(key.expires_at),
        last_used_at=time_to_wire(key.last_used_at),
    )


def id_from_wire(text: str, field: str) -> UUID:
    """Raises Invalid for what is not an id as this service writes them."""
    try:
        found = UUID(text)
    except ValueError as exc:
        raise Invalid(f"{field} is not an id.", field=field) from exc
    if str(found) != text.lower():
        raise Invalid(f"{field} is not an id.", field=field)
    return found


def ids_from_wire(texts: Sequence[str], field: str) -> list[UUID]:
    """Raises Invalid."""
    return [id_from_wire(each, field) for each in texts]


def key_of(row: User | Invite | Key | Session | Identity) -> list[str]:
    """Where a row stands in its list: all of auth's go by id."""
    return [str(row.id)]


def after_from_key(key: pages.Key | None) -> UUID | None:
    return UUID(str(key[0])) if key else None


def code_from_wire(text: str) -> str:
    """Raises InviteMissing for what no invite's code looks like."""
    if not _CODE.fullmatch(text):
        raise InviteMissing
    return text


def ensure_typed(password: str, field: str) -> None:
    """Raises Invalid for what cannot be anybody's password."""
    if not 0 < len(password) <= LONGEST_PASSWORD:
        raise Invalid(f"{field} is missing or too long.", field=field)


def ensure_code(code: str) -> None:
    """Raises Invalid for what cannot be any code."""
    if not 0 < len(code) <= _LONGEST_CODE:
        raise Invalid("code is six digits, or a recovery code.", field="code")


def device_of(context: aio.ServicerContext[Any, Any]) -> Device:
    """Where the call comes from: the address is sure, the rest is what they say."""
    metadata: Iterable[tuple[str, str | bytes]] = context.invocation_metadata() or ()
    told = {key: value for key, value in metadata if isinstance(value, str)}
    return Device(
        user_agent=told.get(_USER_AGENT, "")[:_LONGEST_USER_AGENT],
        address=addresses.current()[:_LONGEST_ADDRESS],
    )


def reset_to_wire(reset: Reset) -> passwords_pb2.PasswordReset:
    return passwords_pb2.PasswordReset(
        user_id=str(reset.user_id),
        token=reset.token,
        expires_at=time_to_wire(reset.expires_at),
    )
