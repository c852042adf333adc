"""What the contract says of each method, in the shape that the door needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from google.protobuf.descriptor import ServiceDescriptor

from kit.rpc.policy import MethodPolicy, policies
from medianest.api.v1 import permissions_pb2, policy_pb2

# A method that states no deadline and does not stream.
_LONGEST_S = 10.0
_ADMIN_MASK = 1 << permissions_pb2.ADMIN


class Scope(Enum):
    """Whose the remembered answer is."""

    NOBODY = policy_pb2.Cache.NOBODY
    USER = policy_pb2.Cache.USER
    PERMISSIONS = policy_pb2.Cache.PERMISSIONS
    EVERYBODY = policy_pb2.Cache.EVERYBODY


class Session(Enum):
    """What the method does to a browser's session."""

    NEITHER = policy_pb2.Policy.NEITHER
    STARTS = policy_pb2.Policy.STARTS
    ENDS = policy_pb2.Policy.ENDS


@dataclass(frozen=True, slots=True)
class Policy:
    path: str
    """`/package.Service/Method`."""
    is_public: bool
    permission: str
    """Empty: none is needed."""
    permission_mask: int
    """Any of these bits suffices. 0: no permission is needed."""
    deadline_s: float
    rate: str
    """Name of a class of limits; `uncounted` for none."""
    scope: Scope
    max_age_s: int
    stale_s: int
    """How much longer an answer is given while a new one is loaded."""
    tags: tuple[str, ...]
    drops: tuple[str, ...]
    session: Session
    offers: tuple[bytes, ...] = ()
    """Media types that a client may choose from. None: there is no choice."""
    headers: tuple[bytes, ...] = ()
    """What of the HTTP request's headers travels with the call."""
    in_person: bool = False
    """A key is refused."""
    enrolling: bool = False
    """Open to those who have yet to set up the second factor that they must have."""

    def permits(self, permissions: int) -> bool:
        return not self.permission_mask or bool(permissions & self.permission_mask)


@dataclass(frozen=True, slots=True)
class Room:
    """A named audience of events."""

    name: str
    is_public: bool
    permission_mask: int
    throttle_s: float = 0.0
    """How long after an event the next ones of its type and key wait."""


def policies_of(contract: Iterable[ServiceDescriptor]) -> dict[str, Policy]:
    """By method path. Raises ValueError for a method without a policy."""
    found = policies(contract, policy_pb2.policy)
    return {path: _policy(each) for path, each in found.items()}


def rooms_of(contract: Iterable[ServiceDescriptor]) -> dict[str, Room]:
    """The rooms that services declare, by name."""
    return {
        room.name: Room(
            room.name,
            room.access == policy_pb2.Policy.PUBLIC,
            mask_of(room.permission),
            room.throttle_ms / 1000,
        )
        for service in contract
        for room in service.GetOptions().Extensions[policy_pb2.room]
    }


def _policy(of: MethodPolicy) -> Policy:
    stated = of.message
    permission = stated.permission
    if "authorization" in stated.headers and not of.is_public:
        raise ValueError(f"{of.path}: Authorization is read before it is passed on")
    return Policy(
        path=of.path,
        is_public=of.is_public,
        permission=permissions_pb2.Permission.Name(permission) if permission else "",
        permission_mask=mask_of(permission),
        deadline_s=stated.deadline_ms / 1000 or _LONGEST_S,
        rate=policy_pb2.Policy.Rate.Name(stated.rate).lower(),
        scope=Scope(stated.cache.scope),
        max_age_s=stated.cache.max_age_s,
        stale_s=stated.cache.stale_s,
        tags=tuple(stated.cache.tags),
        drops=tuple(stated.drops),
        session=Session(stated.session),
        offers=tuple(each.encode() for each in stated.offers),
        headers=tuple(each.encode() for each in stated.headers),
        in_person=stated.in_person,
        enrolling=stated.enrolling,
    )


def mask_of(permission: int) -> int:
    """The bits any of which suffices; 0 where no permission is needed."""
    return (1 << permission | _ADMIN_MASK) if permission else 0
