"""Looking at requests: one's own, or everybody's."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from services.media.domain.requests.errors import RequestMissing, RequestViewNeeded
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.permissions import sees_everybodys
from services.media.domain.requests.states import State
from services.media.domain.titles import Kind


@dataclass(frozen=True, slots=True)
class View:
    """Whose requests somebody may see."""

    user_id: str
    everybody: bool

    @classmethod
    def of(cls, caller: Caller) -> "View":
        return cls(caller.user_id, sees_everybodys(caller))

    def shows(self, requested_by: str) -> bool:
        return self.everybody or requested_by == self.user_id

    def tells_who(self, request: MediaRequest) -> bool:
        """Whether they may know who asked: to follow a request is not enough, as what
        is told of a title does not say it either."""
        return self.shows(request.requested_by) or request.asked_by == self.user_id


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests are looked for. None: of any state, of any requester."""

    state: State | None = None
    requested_by: str | None = None
    title_id: UUID | None = None
    kind: Kind | None = None
    is_4k: bool | None = None
    is_followed: bool = False
    """By who looks: whose they are does not matter then."""

    @property
    def is_narrowed(self) -> bool:
        """By more than state and requester."""
        return (self.title_id, self.kind, self.is_4k, self.is_followed) != (
            None,
            None,
            None,
            False,
        )

    def within(self, view: View) -> "Filter":
        """The filter, narrowed to what the view shows. Raises RequestViewNeeded."""
        if self.is_followed:
            return self
        if self.requested_by is None:
            return self if view.everybody else replace(self, requested_by=view.user_id)
        if not view.shows(self.requested_by):
            raise RequestViewNeeded(
                "You may see your own requests only. Ask the owner for the permission."
            )
        return self


Place = tuple[datetime, UUID]
"""Where a request stands in a list: when it was made, and its id."""

Counts = Mapping[State, int]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A step that a request took. `before` is None: it was asked for."""

    id: int
    before: State | None
    after: State
    by: str
    """Empty: nobody did; it came, or could not be got."""
    by_name: str
    reason: str
    at: datetime
    rule_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class SeasonThere:
    """What is there of a season, as it was asked for."""

    season: int
    episodes: int
    aired: int
    """How many there should be by now; 0: nobody knows."""
    is_available: bool


def seasons_there(
    request: MediaRequest, there: Mapping[int, Set[int]], aired: Mapping[int, int]
) -> Sequence[SeasonThere]:
    """Of episodes by season, what a request for a series or parts of it asks for."""
    single: dict[int, set[int]] = {}
    for season, number in request.episodes:
        single.setdefault(season, set()).add(number)
    known = {season for season, count in aired.items() if season and count}
    asked = {*request.seasons, *single} or known | set(there)

    def is_there(season: int) -> bool:
        episodes = there.get(season, set())
        if season in single and season not in request.seasons:
            return single[season] <= episodes
        return len(episodes) >= max(1, aired.get(season, 1))

    return [
        SeasonThere(
            season,
            len(there.get(season, set())),
            aired.get(season, 0),
            is_there(season),
        )
        for season in sorted(asked)
    ]


class Requests(Protocol):
    """What must be stored for looking."""

    async def find(self, request_id: UUID, viewer: str) -> MediaRequest:
        """As the user `viewer` sees it. Raises RequestMissing."""

    async def newest(
        self, wanted: Filter, size: int, after: Place | None, viewer: str
    ) -> list[MediaRequest]:
        """At most `size` requests, newest first, behind the place `after`."""

    async def seasons_there(self, request: MediaRequest) -> Sequence[SeasonThere]:
        """Of each season that is asked for; where none is, of all that has
        something."""

    async def history(
        self, request_id: UUID, size: int, after: int
    ) -> Sequence[HistoryRow]:
        """At most `size` steps, the first first, behind the row `after`."""

    async def counts(self, requested_by: str | None) -> Counts:
        """How many there are of each state, each state named; None: everybody's."""


@dataclass(frozen=True, slots=True)
class Page:
    requests: list[MediaRequest]
    last: Place | None
    """Where the next page begins; None when there is none."""


class Seeing:
    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def find(self, request_id: UUID, *, by: Caller) -> MediaRequest:
        """Raises RequestMissing, also for what the caller may not see."""
        request = await self._requests.find(request_id, by.user_id)
        if not View.of(by).shows(request.requested_by) and not request.followed_by_me:
            raise RequestMissing
        return request

    async def seasons_there(self, request: MediaRequest) -> Sequence[SeasonThere]:
        if request.title is None or request.title.kind is not Kind.SERIES:
            return ()
        return await self._requests.seasons_there(request)

    async def history(
        self, request_id: UUID, size: int, after: int, *, by: Caller
    ) -> Sequence[HistoryRow]:
        """Who only follows reads what happened, and not by whom. Raises RequestMissing,
        also for what the caller may not see."""
        request = await self.find(request_id, by=by)
        steps = await self._requests.history(request_id, size, after)
        if View.of(by).tells_who(request):
            return steps
        return [
            each if each.by == by.user_id else replace(each, by="", by_name="")
            for each in steps
        ]

    async def page(
        self, wanted: Filter, size: int, after: Place | None, *, by: Caller
    ) -> Page:
        """A page, newest first. Raises RequestViewNeeded."""
        seen = wanted.within(View.of(by))
        found = await self._requests.newest(seen, size + 1, after, by.user_id)
        if len(found) <= size:
            return Page(found, None)
        last = found[size - 1]
        return Page(found[:size], (last.created_at, last.id))

    async def counts(self, *, by: Caller) -> Counts:
        view = View.of(by)
        return await self._requests.counts(None if view.everybody else view.user_id)
