"""The permissions that requests turn on. Their numbers are the contract's."""

from kit.caller import Caller
from services.media.domain.titles import Kind

MANAGE_REQUESTS = 4
REQUEST = 5
AUTO_APPROVE = 7
AUTO_APPROVE_MOVIE = 8
AUTO_APPROVE_TV = 9
REQUEST_ADVANCED = 13
REQUEST_VIEW = 14
REQUEST_MOVIE = 18
REQUEST_TV = 19

ASKS_FOR = {
    Kind.MOVIE: (REQUEST, REQUEST_MOVIE),
    Kind.SERIES: (REQUEST, REQUEST_TV),
}
"""Any of these lets somebody ask for a title of the kind."""

NEEDS_NO_APPROVAL = {
    Kind.MOVIE: (MANAGE_REQUESTS, AUTO_APPROVE, AUTO_APPROVE_MOVIE),
    Kind.SERIES: (MANAGE_REQUESTS, AUTO_APPROVE, AUTO_APPROVE_TV),
}
"""Any of these makes a request for a title of the kind begin approved."""


def may_choose(caller: Caller) -> bool:
    """Whether somebody may say how a request is to be fulfilled."""
    return caller.may(REQUEST_ADVANCED) or caller.may(MANAGE_REQUESTS)


def sees_everybodys(caller: Caller) -> bool:
    """Whether somebody may know of requests that are not their own."""
    return caller.may(REQUEST_VIEW) or caller.may(MANAGE_REQUESTS)
