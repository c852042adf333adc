"""Looking for titles by name, and what MediaNest has of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from kit.caller import Caller
from kit.errors import Invalid, Unavailable
from services.media.domain.index import TitleIndex
from services.media.domain.presence import Facts, Presence, presence_for
from services.media.domain.titles import Kind, Title

LONGEST_QUERY = 200

BEHIND = "Titles are being imported: the newest may be missing."


class QueryInvalid(Invalid):
    reason = "query_invalid"


class IndexNotRead(Unavailable):
    reason = "index_not_read"


class Indexes(Protocol):
    """Where the index comes from."""

    async def latest(self) -> tuple[TitleIndex, bool]:
        """The index, and whether it has all that was imported before now. Waits a
        second for that and no longer. Raises IndexNotRead when there is none yet."""


class Cards(Protocol):
    """What is stored of titles."""

    async def find_title(self, title_id: UUID) -> tuple[Title, Facts]:
        """All of a title. Raises TitleMissing."""

    async def cards(self, title_ids: Sequence[UUID]) -> Sequence[tuple[Title, Facts]]:
        """What a card shows, without the cast, in this order. Titles that are gone
        are left out."""


@dataclass(frozen=True, slots=True)
class Found:
    """A title as somebody sees it."""

    title: Title
    presence: Presence


class Search:
    def __init__(self, indexes: Indexes, cards: Cards) -> None:
        self._indexes = indexes
        self._cards = cards

    async def search(
        self, text: str, kind: Kind | None, most: int, caller: Caller
    ) -> tuple[list[Found], list[str]]:
        """The best matches, and what is missing from them. Raises QueryInvalid."""
        text = text.strip()
        if not 1 <= len(text) <= LONGEST_QUERY:
            raise QueryInvalid(
                f"query has 1 to {LONGEST_QUERY} characters.", field="query"
            )
        index, is_complete = await self._indexes.latest()
        title_ids = index.find(text, kind, most)
        cards = await self._cards.cards(title_ids) if title_ids else ()
        found = [Found(title, presence_for(caller, facts)) for title, facts in cards]
        return found, [] if is_complete else [BEHIND]

    async def title(self, title_id: UUID, caller: Caller) -> Found:
        """Raises TitleMissing."""
        title, facts = await self._cards.find_title(title_id)
        return Found(title, presence_for(caller, facts))
