"""What becomes of an approved request: an order at one of the fulfillers.

approved ──► WAITING ──sent──► PLACED ──request arrives──► ARRIVED
               │  ▲  │            ▲
   nobody gets │  │  └─no answer─►│
          such │  │   UNANSWERED ─┤ looked at again, for hours
               ▼  │               │
        NO_FULFILLER   refused, or no answer for too long, or
                       removed there (minding.py)         ──► FAILED
                       no longer approved ──► ENDED
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol
from uuid import UUID

from services.media.domain.fetching.patience import Tries
from services.media.domain.fulfilling.fulfiller import Entry
from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind


class OrderState(Enum):
    WAITING = "WAITING"
    """To be sent when it is due."""
    NO_FULFILLER = "NO_FULFILLER"
    """Nobody is set up who gets such a thing: people may do it by hand."""
    UNANSWERED = "UNANSWERED"
    """Sent, and not known what became of it."""
    PLACED = "PLACED"
    """The fulfiller has it, and looks for it."""
    ARRIVED = "ARRIVED"
    """The request is available. More of it may come."""
    FAILED = "FAILED"
    ENDED = "ENDED"
    """The request was taken back, declined, or fulfilled before it was sent."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for, as far as its order goes by it."""

    request_id: UUID
    kind: Kind
    name: str
    year: int | None
    tmdb_id: int | None
    tvdb_id: int | None
    genres: tuple[str, ...]
    language: str
    is_4k: bool
    seasons: tuple[int, ...]
    episodes: tuple[tuple[int, int], ...]
    future_only: bool
    choices: Choices

    @property
    def is_anime(self) -> bool:
        genres = {genre.casefold() for genre in self.genres}
        return "anime" in genres or ("animation" in genres and self.language == "ja")


@dataclass(frozen=True, slots=True)
class Claim:
    """An order that one process sends. Others may once the claim has run out, so what
    is written by it counts only while it holds."""

    claim_id: UUID
    fulfiller_id: UUID
    wanted: Wanted
    tries: Tries
    missing_since: datetime | None = None
    """Of one that is placed: since when the fulfiller says it does not have it."""


class Orders(Protocol):
    """What there must be stored of orders. They come about with the approval of their
    requests, in the same transaction, and end with it."""

    async def unassigned(
        self, now: datetime, size: int, after: UUID | None
    ) -> Sequence[Wanted]:
        """Due ones that nobody was chosen for yet, by id."""

    async def unserved(self, size: int, after: UUID | None) -> Sequence[Wanted]:
        """Those that nobody got when it was looked at last, by id."""

    async def assign(self, chosen: Mapping[UUID, UUID | None], now: datetime) -> None:
        """Note who gets each, by request; None: nobody does. What was assigned or has
        ended meanwhile stays as it is, and so do all when one of those who were chosen
        was removed."""

    async def due(self, now: datetime) -> Sequence[UUID]:
        """The fulfillers for which something is due that nobody has claimed."""

    async def claim(
        self, fulfiller_id: UUID, now: datetime, until: datetime
    ) -> Claim | None:
        """The one of a fulfiller's that is due first, for the caller alone."""

    async def placed(self, claim: Claim, entry: Entry, now: datetime) -> bool:
        """Each of these four: whether the claim held, and so it was noted."""

    async def put_off(
        self,
        claim: Claim,
        tries: Tries,
        state: OrderState,
        words: str,
        now: datetime,
        until: datetime,
    ) -> bool: ...

    async def fail(self, claim: Claim, words: str, now: datetime) -> bool:
        """With its request, which is told."""

    async def unassign(self, claim: Claim, now: datetime) -> bool:
        """Its fulfiller is no more: another one is to be chosen."""

    async def hurry(self, fulfiller_id: UUID, now: datetime) -> int:
        """What a fulfiller did not answer is due now: it answers again."""


LEASE = timedelta(seconds=90)
"""For which an order is claimed. The sending ends before it does."""
