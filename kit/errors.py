"""The kinds of failure a service may promise its callers.

    Failure
      Invalid            the request can never succeed as written
      Unauthenticated    we do not know who is asking
      Denied             we know who is asking, and they may not
      Missing            the thing asked for is not there
      Refused            the world is not in a state that allows it
      Conflict           somebody else got there first
      VersionChanged     it is not the version that the caller wants to change
      Exhausted          a quota is used up; retry after a while
      Unavailable        something we depend on is down; retry soon

A service subclasses one of these for each thing that can go wrong in its
domain. Anything else that is raised is a bug, and reaches the caller as
INTERNAL with nothing of its text.
"""

from datetime import timedelta


class Failure(Exception):
    """Something that a caller is told: a sentence for a person, a reason for a
    program, and where it helps the field that is wrong and when to try again."""

    reason = "failed"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after


class Invalid(Failure):
    reason = "invalid"


class Unauthenticated(Failure):
    reason = "unauthenticated"


class Denied(Failure):
    reason = "denied"


class Missing(Failure):
    reason = "missing"


class Refused(Failure):
    reason = "refused"


class Conflict(Failure):
    reason = "conflict"


class VersionChanged(Failure):
    reason = "version_changed"

    def __init__(
        self,
        message: str = "Somebody has changed this meanwhile. Look again.",
        *,
        field: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message, field=field, retry_after=retry_after)


class Exhausted(Failure):
    reason = "exhausted"


class Unavailable(Failure):
    reason = "unavailable"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        retry_after: timedelta | None = timedelta(seconds=2),
    ) -> None:
        super().__init__(message, field=field, retry_after=retry_after)


class AddressTaken(OSError):
    """Another process listens where we should. Ends a process before it has callers,
    and so is none of the above."""
