"""The permissions that requests turn on. Their numbers are the contract's."""

from collections.abc import Sequence

from kit.caller import Caller
from services.media.domain.titles import Kind

MANAGE_USERS = 3
MANAGE_REQUESTS = 4
REQUEST = 5
AUTO_APPROVE = 7
AUTO_APPROVE_MOVIE = 8
AUTO_APPROVE_TV = 9
REQUEST_4K = 10
REQUEST_4K_MOVIE = 11
REQUEST_4K_TV = 12
REQUEST_ADVANCED = 13
REQUEST_VIEW = 14
AUTO_APPROVE_4K = 15
AUTO_APPROVE_4K_MOVIE = 16
AUTO_APPROVE_4K_TV = 17
REQUEST_MOVIE = 18
REQUEST_TV = 19

ASKS_FOR = {
    Kind.MOVIE: (REQUEST, REQUEST_MOVIE),
    Kind.SERIES: (REQUEST, REQUEST_TV),
}
"""Any of these lets somebody ask for a title of the kind."""

ASKS_FOR_4K = {
    Kind.MOVIE: (REQUEST_4K, REQUEST_4K_MOVIE),
    Kind.SERIES: (REQUEST_4K, REQUEST_4K_TV),
}

ASKS_IN_WORDS = (REQUEST, REQUEST_MOVIE, REQUEST_TV)

NEEDS_NO_APPROVAL = {
    Kind.MOVIE: (MANAGE_REQUESTS, AUTO_APPROVE, AUTO_APPROVE_MOVIE),
    Kind.SERIES: (MANAGE_REQUESTS, AUTO_APPROVE, AUTO_APPROVE_TV),
}
"""Any of these makes a request for a title of the kind begin approved."""

NEEDS_NO_APPROVAL_IN_4K = {
    Kind.MOVIE: (MANAGE_REQUESTS, AUTO_APPROVE_4K, AUTO_APPROVE_4K_MOVIE),
    Kind.SERIES: (MANAGE_REQUESTS, AUTO_APPROVE_4K, AUTO_APPROVE_4K_TV),
}

NEEDS_NO_APPROVAL_IN_WORDS = (MANAGE_REQUESTS, AUTO_APPROVE)


def may_any(caller: Caller, permissions: Sequence[int]) -> bool:
    return any(caller.may(permission) for permission in permissions)


def may_ask_for_others(caller: Caller) -> bool:
    """And see how they stand with their quotas."""
    return caller.may(MANAGE_USERS) or caller.may(MANAGE_REQUESTS)


def is_unlimited(caller: Caller) -> bool:
    """As in Seerr, quotas are not for those who manage users."""
    return caller.may(MANAGE_USERS)


def may_choose(caller: Caller) -> bool:
    """Whether somebody may say how a request is to be fulfilled."""
    return caller.may(REQUEST_ADVANCED) or caller.may(MANAGE_REQUESTS)


def sees_everybodys(caller: Caller) -> bool:
    """Whether somebody may know of requests that are not their own."""
    return caller.may(REQUEST_VIEW) or caller.may(MANAGE_REQUESTS)
