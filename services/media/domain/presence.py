"""What MediaNest has of a title, as far as the caller may know."""

from dataclasses import dataclass, replace
from enum import Enum
from uuid import UUID

from kit.caller import Caller
from services.media.domain.requests.permissions import sees_everybodys


class Have(Enum):
    ABSENT = "absent"
    REQUESTED = "requested"
    AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so, whoever asks."""

    on_shelf: bool = False
    """A file that can be played is matched to the title."""
    request_id: UUID | None = None
    """The open request, pending or approved; of several, the first."""
    requested_by: str = ""
    requested_by_name: str = ""
    waiting: tuple[tuple[str, UUID], ...] = ()
    """Who has asked, each with an open request: for some of it, or in 4K. May be left
    out where it is known whose the first is."""

    def request_of(self, user_id: str) -> UUID | None:
        """Their own open request."""
        if self.requested_by == user_id:
            return self.request_id
        return next((each for who, each in self.waiting if who == user_id), None)


@dataclass(frozen=True, slots=True)
class Presence:
    """What somebody is told. `request_id` and who asked are empty when it is not for
    them to know."""

    have: Have = Have.ABSENT
    request_id: UUID | None = None
    requested_by: str = ""
    requested_by_me: bool = False
    requested_by_name: str = ""


def presence_for(caller: Caller, facts: Facts) -> Presence:
    """On the shelf counts more than requested: a series may be both. Of several open
    requests, one's own is told before the first."""
    requested = facts.request_id is not None
    own = facts.request_of(caller.user_id)
    told = own is not None or sees_everybodys(caller)
    if own is not None and own != facts.request_id:
        facts = replace(
            facts,
            request_id=own,
            requested_by=caller.user_id,
            requested_by_name=caller.name,
        )
    return Presence(
        Have.AVAILABLE
        if facts.on_shelf
        else Have.REQUESTED
        if requested
        else Have.ABSENT,
        facts.request_id if told else None,
        facts.requested_by if told else "",
        own is not None,
        facts.requested_by_name if told else "",
    )
