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


class RequestNotClosed(Refused):
    reason = "request_not_closed"


class RequestNotFailed(Refused):
    reason = "request_not_failed"


class RequestNotApproved(Refused):
    reason = "request_not_approved"


class RequestFollowed(Refused):
    reason = "request_followed"


class RequestInWords(Refused):
    reason = "request_in_words"


class SeasonsInvalid(Invalid):
    reason = "seasons_invalid"


class EpisodesInvalid(Invalid):
    reason = "episodes_invalid"


class ChoicesNotAllowed(Denied):
    reason = "choices_not_allowed"


class AnotherNotAllowed(Denied):
    """To ask for somebody else."""

    reason = "another_not_allowed"


class RequesterUnknown(Invalid):
    """Whom it is asked for is nobody who may have it."""

    reason = "requester_unknown"


class RequesterGone(Missing):
    reason = "requester_gone"


class RatingTooHigh(Denied):
    reason = "rating_too_high"


class QuotaUsedUp(Denied):
    reason = "quota_used_up"


class QuotaViewNeeded(Denied):
    reason = "quota_view_needed"


class LimitsMissing(Missing):
    reason = "request_limits_missing"
