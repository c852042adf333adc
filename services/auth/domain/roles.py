"""Named sets of permissions, and who may give which to whom."""

from kit.caller import Caller
from kit.errors import Invalid
from services.auth.domain.errors import BeyondYourPermissions, KeyLimited
from services.auth.domain.permissions import ADMIN, Permission, is_within, word

OWNER = "owner"
USUAL = "friend"

_VIEWER = word(Permission.VIEW_SERVICES, Permission.RECENT_VIEW)
_CHILD = word(Permission.REQUEST, Permission.REQUEST_MOVIE, Permission.REQUEST_TV)
_FRIEND = _VIEWER | _CHILD | word(Permission.CREATE_ISSUES)
_TRUSTED = _FRIEND | word(Permission.AUTO_APPROVE, Permission.REQUEST_VIEW)

ROLES = {
    OWNER: ADMIN,
    "admin": ADMIN,
    "trusted": _TRUSTED,
    "friend": _FRIEND,
    "child": _CHILD,
    "viewer": _VIEWER,
}


def ensure_giveable(role: str, by: Caller) -> None:
    """Raises Invalid for a role that nobody can be given, and BeyondYourPermissions
    for one that may do more than who gives it."""
    if role == OWNER or role not in ROLES:
        names = ", ".join(name for name in ROLES if name != OWNER)
        raise Invalid(f"role is one of {names}.", field="role")
    ensure_in_reach(role, by)


def ensure_in_reach(role: str, by: Caller) -> None:
    """Raises BeyondYourPermissions when those with the role may do more than `by`."""
    if not is_in_reach(role, by):
        raise BeyondYourPermissions(f"A {role} may do more than you may.")


def is_in_reach(role: str, by: Caller) -> bool:
    """Whether those with the role may do no more than `by`."""
    return is_within(ROLES[role], by.permissions)


def ensure_whole(caller: Caller) -> None:
    """Raises KeyLimited for a key that may do less than its user: a program that was
    trusted with a part must not get at the rest by way of the account."""
    if not is_within(ROLES[caller.role], caller.permissions):
        raise KeyLimited("This key is limited: its user's account is beyond it.")


def givers(role: str) -> list[str]:
    """The roles whose holders may invite somebody into `role`."""
    needed = ROLES[role] | word(Permission.MANAGE_USERS)
    return [name for name, owned in ROLES.items() if is_within(needed, owned)]
