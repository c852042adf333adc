"""What can go wrong with requests."""

from kit.errors import Conflict, Denied, Invalid, Missing, Refused


class RequestMissing(Missing):
    reason = "request_missing"

    def __init__(self) -> None:
        super().__init__("There is no such request.")


class RequestNotAllowed(Denied):
    reason = "request_not_allowed"


class RequestViewNeeded(Denied):
    reason = "request_view_needed"


class NotYours(Denied):
    reason = "not_yours"


class AlreadyRequested(Conflict):
    reason = "already_requested"


class AlreadyAvailable(Refused):
    reason = "already_available"


class RequestNotPending(Refused):
    reason = "request_not_pending"


class SeasonsInvalid(Invalid):
    reason = "seasons_invalid"
