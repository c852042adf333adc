"""What nobody may ask for: single titles, and all whose names have certain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Conflict, Denied, Invalid, Missing, Refused
from kit.ids import uuid7
from services.media.domain.names import ARTICLES, key_of, tokens
from services.media.domain.search import Cards, Found
from services.media.domain.showing import shown

MANAGE_BLOCKLIST = 28
MOST_KEYWORDS = 500
"""Each is looked for in the name of whatever is asked for."""
LONGEST_KEYWORD = 100


class BlockMissing(Missing):
    reason = "block_missing"

    def __init__(self) -> None:
        super().__init__("There is no such entry in the blocklist.")


class AlreadyBlocklisted(Conflict):
    reason = "already_blocklisted"

    def __init__(self) -> None:
        super().__init__("This is on the blocklist already.")


class BlocklistFull(Refused):
    reason = "blocklist_full"

    def __init__(self) -> None:
        super().__init__(f"The blocklist holds {MOST_KEYWORDS} keywords.")


class Blocklisted(Denied):
    reason = "blocklisted"


class BlockOf(Enum):
    TITLES = "titles"
    KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class Block:
    id: UUID
    title_id: UUID | None
    """None: it is a keyword."""
    keyword: str
    reason: str
    added_by: str
    added_by_name: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Ban:
    """An entry that is not made yet."""

    block_id: UUID
    title_id: UUID | None
    keyword: str
    keyword_key: str
    """What spellings of the keyword have in common, as names of titles have."""
    reason: str
    by: Caller
    at: datetime


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The entry that a title falls under."""

    keyword: str
    """Empty: the title itself."""
    reason: str

    def refusal(self, to: Caller) -> Blocklisted:
        what = f"Titles named {self.keyword!r} are" if self.keyword else "This title is"
        why = f" ({self.reason.rstrip('.')})" if self.reason else ""
        mend = (
            "Take it off the blocklist first."
            if to.may(MANAGE_BLOCKLIST)
            else "Ask the owner to take it off the list."
        )
        return Blocklisted(f"{what} on the house's blocklist{why}. {mend}")


class Blocks(Protocol):
    """What must be stored of the blocklist."""

    async def add(self, ban: Ban, once: Once) -> Block:
        """With its event. The entry of an earlier call with the same `once`. Raises
        TitleMissing, AlreadyBlocklisted, BlocklistFull, KeyReused, and BlockMissing
        when that entry was taken off since."""

    async def page(
        self, of: BlockOf | None, size: int, after: tuple[datetime, UUID] | None
    ) -> Sequence[Block]:
        """At most `size` entries, what was added last first, behind `after`."""

    async def remove(self, block_id: UUID, at: datetime, by: Caller) -> None:
        """With its event. Raises BlockMissing."""


SeenBlock = tuple[Block, Found | None]
"""An entry, and its title as somebody sees it if it is one's."""


class Blocking:
    def __init__(self, blocks: Blocks, cards: Cards, clock: Clock) -> None:
        self._blocks = blocks
        self._cards = cards
        self._clock = clock

    async def add(
        self,
        title_id: UUID | None,
        keyword: str,
        reason: str,
        once: Once,
        *,
        by: Caller,
    ) -> SeenBlock:
        """Either a title or a keyword. Raises Invalid."""
        if (title_id is None) == (not keyword):
            raise Invalid("Name either a title or a keyword.", field="keyword")
        if keyword and ARTICLES.issuperset(tokens(keyword)):
            raise Invalid(
                "An article alone is no keyword: names are told apart without it. Add "
                "a word.",
                field="keyword",
            )
        now = self._clock.now()
        ban = Ban(uuid7(now), title_id, keyword, key_of(keyword), reason, by, now)
        [seen] = await self._seen([await self._blocks.add(ban, once)], by)
        return seen

    async def page(
        self,
        of: BlockOf | None,
        size: int,
        after: tuple[datetime, UUID] | None,
        *,
        by: Caller,
    ) -> Sequence[SeenBlock]:
        return await self._seen(await self._blocks.page(of, size, after), by)

    async def remove(self, block_id: UUID, *, by: Caller) -> None:
        await self._blocks.remove(block_id, self._clock.now(), by)

    async def _seen(self, blocks: Sequence[Block], by: Caller) -> Sequence[SeenBlock]:
        title_ids = [each.title_id for each in blocks if each.title_id]
        titles = await shown(self._cards, title_ids, by)
        return [
            (each, titles[each.title_id] if each.title_id else None) for each in blocks
        ]
