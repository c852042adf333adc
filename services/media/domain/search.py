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

    async def latest(self, version: int = 0) -> TitleIndex:
        """The index, of this version of the catalogue or a later one if that can be
        read within a second, else what there is. Raises IndexNotRead when there is
        none yet."""


class Cards(Protocol):
    """What is stored of titles."""

    async def find_title(self, title_id: UUID) -> tuple[Title, Facts]:
        """All of a title. Raises TitleMissing."""

    async def cards(
        self, title_ids: Sequence[UUID]
    ) -> tuple[int, Sequence[tuple[Title, Facts]]]:
        """The catalogue's version at this moment, and what a card shows of these
        titles, in this order, without the cast. Titles that are gone are left
        out."""


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
        index = await self._indexes.latest()
        version, cards = await self._cards.cards(index.find(text, kind, most))
        if index.version < version:
            # Something was imported since, be it through another replica.
            index = await self._indexes.latest(version)
            _, cards = await self._cards.cards(index.find(text, kind, most))
        found = [Found(title, presence_for(caller, facts)) for title, facts in cards]
        return found, [] if index.version >= version else [BEHIND]

    async def title(self, title_id: UUID, caller: Caller) -> Found:
        """Raises TitleMissing."""
        title, facts = await self._cards.find_title(title_id)
        return Found(title, presence_for(caller, facts))
