"""How much somebody may ask for: per days, at a time, and in one request."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import Enum

from kit.caller import Caller, Fact
from services.media.domain.requests.errors import QuotaUsedUp
from services.media.domain.requests.permissions import is_unlimited
from services.media.domain.requests.sizing import GB

# What auth knows of a person, by name.
MAX_RATING_AGE = "maxRatingAge"
MOVIE_QUOTA = "movieQuota"
SERIES_QUOTA = "seriesQuota"
# What we remember beside it: they have no limits.
UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Quota:
    """So many within so many days. A limit of 0 is none."""

    limit: int
    days: int = 7


class Counted(Enum):
    """What a quota counts."""

    MOVIES = "movies"
    SEASONS = "seasons"
    SIZE_GB = "size_gb"


@dataclass(frozen=True, slots=True)
class Limits:
    """None: nothing is said of it here. 0: there is no limit."""

    movies: Quota | None = None
    seasons: Quota | None = None
    size_gb: Quota | None = None
    seasons_per_request: int | None = None
    open_at_once: int | None = None

    def over(self, others: "Limits") -> "Limits":
        """These, and where they say nothing the others."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(
            others, **{name: each for name, each in own.items() if each is not None}
        )

    def quota(self, counted: Counted) -> Quota | None:
        """None: there is no such limit."""
        found: Quota | None = getattr(self, counted.value)
        return found if found and found.limit else None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Requester:
    """Somebody whom a request is for, and what auth said of them when they were last
    here: of one who never was, nothing."""

    user_id: str
    name: str
    role: str = ""
    facts: Mapping[str, Fact] | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Requester":
        facts = dict(caller.facts)
        if is_unlimited(caller):
            facts[UNLIMITED] = 1
        return cls(caller.user_id, caller.name, caller.role, facts)

    @property
    def max_rating_age(self) -> int | None:
        age = (self.facts or {}).get(MAX_RATING_AGE)
        return age if isinstance(age, int) else None

    def limits(self, user: Limits, role: Limits, house: Limits) -> Limits:
        """What holds for them: what is said of them here, then what auth says of
        them, then what is said of their role, and of everybody."""
        facts = self.facts or {}
        if UNLIMITED in facts:
            return NO_LIMITS
        told = Limits(
            movies=_quota(facts.get(MOVIE_QUOTA)),
            seasons=_quota(facts.get(SERIES_QUOTA)),
        )
        return user.over(told).over(role).over(house)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request counts as."""

    movies: int = 0
    seasons: int = 0
    size_bytes: int = 0

    def of(self, counted: Counted) -> int:
        """In the unit in which what was used is told: a size in bytes."""
        return {
            Counted.MOVIES: self.movies,
            Counted.SEASONS: self.seasons,
            Counted.SIZE_GB: self.size_bytes,
        }[counted]


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a quota is used. A size is in GB, and rounded up."""

    quota: Quota | None
    used: int
    frees_at: datetime | None = None
    """When there is room for one more; None: there is now, or never will be."""

    @property
    def remaining(self) -> int:
        return max(0, self.quota.limit - self.used) if self.quota else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with all that limits them."""

    limits: Limits
    uses: Mapping[Counted, Use]
    open_requests: int


def most(counted: Counted, quota: Quota) -> int:
    """The quota's limit in the unit of `Cost.of`."""
    return quota.limit * (GB if counted is Counted.SIZE_GB else 1)


def ensure_parts(limits: Limits, seasons: int) -> None:
    """Raises QuotaUsedUp for more seasons than one request may have."""
    if limits.seasons_per_request and seasons > limits.seasons_per_request:
        raise QuotaUsedUp(
            f"At most {limits.seasons_per_request} seasons may be asked for at once. "
            "Name fewer, and the others later."
        )


def ensure_open(limits: Limits, open_requests: int) -> None:
    """Raises QuotaUsedUp when as many wait as may."""
    if limits.open_at_once and open_requests >= limits.open_at_once:
        raise QuotaUsedUp(
            f"{limits.open_at_once} of your requests may wait at a time. Wait for one "
            "to be there, or take a pending one back."
        )


def used_up(
    counted: Counted, quota: Quota, frees_at: datetime | None, now: datetime
) -> QuotaUsedUp:
    """What is told when a request is more than there is room for."""
    what = {
        Counted.MOVIES: "movies",
        Counted.SEASONS: "seasons",
        Counted.SIZE_GB: "GB",
    }[counted]
    said = f"{quota.limit} {what} in {quota.days} days may be asked for."
    if frees_at is None:
        return QuotaUsedUp(f"{said} This alone is more. Ask for less, or an admin.")
    return QuotaUsedUp(
        f"{said} There is room again at {frees_at:%Y-%m-%d %H:%M} UTC: try then, or "
        "take a pending request back.",
        retry_after=max(frees_at - now, timedelta(seconds=1)),
    )


def _quota(fact: Fact | None) -> Quota | None:
    match fact:
        case [int(limit), int(days)]:
            return Quota(limit, days)
    return None
