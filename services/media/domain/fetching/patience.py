"""How long something that is not answered is tried again, and when it has failed."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

_FIRST = timedelta(seconds=5)
_LONGEST = timedelta(minutes=30)
# With some of it by chance, so that all that waits for one does not come at once.
_JITTER = 0.1
# What it says no to, it says no to again: soon somebody is to know what to mend.
_REFUSED_AGAIN = (
    timedelta(seconds=5),
    timedelta(seconds=20),
    timedelta(minutes=1),
)
# Nobody listened to a silence between two tries that lie further apart than this.
_LISTENS_FOR = 3 * _LONGEST


@dataclass(frozen=True, slots=True)
class Tries:
    """How an order fared so far."""

    attempts: int = 0
    """Since it was last made due with all its attempts."""
    refusals: int = 0
    unanswered_since: datetime | None = None
    """When it was first not known what became of a try; None: it is known."""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """`gives_up_after`: a silence that was listened to for so long is a failure."""

    gives_up_after: timedelta

    @property
    def span(self) -> str:
        """As people say it: 24 hours, 1 hour, 0.5 hours."""
        hours = self.gives_up_after / timedelta(hours=1)
        return "1 hour" if hours == 1 else f"{hours:g} hours"

    def silent_since(self, tries: Tries, now: datetime) -> datetime:
        """Since when nobody has answered. What was not tried for long, because nobody
        of ours ran, begins anew: the first try after a common restart proves little."""
        since, last = tries.unanswered_since, tries.tried_at
        if since is None or last is None or now - last > _LISTENS_FOR:
            return now
        return since

    def is_over(self, since: datetime, now: datetime) -> bool:
        return now - since >= self.gives_up_after

    def pause(self, attempts: int) -> timedelta:
        """Until what was not answered so many times before is tried again."""
        # Beyond that many the power is of no use, and too large for a timedelta.
        grown = _FIRST * 2 ** min(attempts, 16)
        return _about(min(grown, _LONGEST))

    def pause_of_refused(self, refusals: int) -> timedelta | None:
        """Until what was refused so many times before is tried again. None: it is
        not."""
        if refusals >= len(_REFUSED_AGAIN):
            return None
        return _about(_REFUSED_AGAIN[refusals])


def _about(span: timedelta) -> timedelta:
    return span * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
