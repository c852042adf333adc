"""Looking at orders: how far they have come, and how much there is of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.errors import Missing
from services.media.domain.fetching.orders import OrderState
from services.media.domain.fetching.patience import Tries
from services.media.domain.fetching.progress import Progress
from services.media.domain.metadata import Answers
from services.media.domain.provider import Details
from services.media.domain.requests.permissions import MANAGE_REQUESTS
from services.media.domain.requests.seeing import Seeing
from services.media.domain.titles import Kind


class OrderMissing(Missing):
    reason = "order_missing"


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The fulfiller of an order, as it is shown."""

    id: UUID
    name: str
    page: str
    """Where a person looks at the film or series there."""
    unseen_since: datetime | None
    """Since when it is not known what it does; what is told of it is older."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order with what is known of it."""

    request_id: UUID
    title_id: UUID
    kind: Kind
    name: str
    tmdb_id: int | None
    requested_by: str
    requested_by_name: str
    is_4k: bool
    seasons: frozenset[int]
    """Of which something was asked for; empty: all, or a film."""
    state: OrderState
    tries: Tries
    next_at: datetime
    last_words: str
    changed_at: datetime
    fetcher: Fetcher | None
    downloads: Sequence[Progress]


@dataclass(frozen=True, slots=True)
class SeasonThere:
    number: int
    there: int
    """Episodes on the shelf."""
    known: int
    """Episodes that it has, as far as somebody told; 0: nobody did."""


class OrderViews(Protocol):
    """What there must be of orders for looking."""

    async def of_request(self, request_id: UUID) -> Placed | None: ...

    async def newest(
        self, state: OrderState | None, size: int, before: UUID | None
    ) -> Sequence[Placed]:
        """By their requests, the newest first; None: those that are under way or have
        failed."""

    async def downloading(self, size: int, before: UUID | None) -> Sequence[Placed]:
        """Those of which something is downloaded now, in the same order."""

    async def there(self, title_id: UUID, *, is_4k: bool) -> Mapping[int, int]:
        """How many episodes of each season are on the shelf."""


class Overseeing:
    def __init__(self, seeing: Seeing, views: OrderViews, answers: Answers) -> None:
        self._seeing = seeing
        self._views = views
        self._answers = answers

    async def order(
        self, request_id: UUID, *, by: Caller
    ) -> tuple[Placed, Sequence[SeasonThere]]:
        """What became of a request that the caller may see, and for a series how much
        of it is there. Nobody outside is asked. Raises RequestMissing and
        OrderMissing."""
        await self._seeing.find(request_id, by=by)
        placed = await self._views.of_request(request_id)
        if placed is None:
            raise OrderMissing(
                "Nothing was ordered for this request: it was not approved, or is"
                " fulfilled by hand."
            )
        return placed, await self._seasons(placed)

    async def _seasons(self, placed: Placed) -> Sequence[SeasonThere]:
        if placed.kind is not Kind.SERIES:
            return ()
        there = await self._views.there(placed.title_id, is_4k=placed.is_4k)
        known = await self._known(placed.tmdb_id)
        numbers = placed.seasons or {each for each in known if each} | there.keys()
        return [
            SeasonThere(each, there.get(each, 0), known.get(each, 0))
            for each in sorted(numbers)
        ]

    async def _known(self, tmdb_id: int | None) -> Mapping[int, int]:
        """As a provider told last, however long ago."""
        if tmdb_id is None:
            return {}
        told = await self._answers.find(f"tmdb:series:{tmdb_id}", Details)
        if told is None or told.value is None:
            return {}
        return {each.number: each.episode_count for each in told.value.seasons}


def may_read_words(caller: Caller) -> bool:
    """Whether somebody is told what a fulfiller said, and where it is: it names
    folders and hosts."""
    return caller.may(MANAGE_REQUESTS)
