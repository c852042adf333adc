"""Titles that something else is about, as somebody sees them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from kit.caller import Caller
from services.media.domain.presence import presence_for
from services.media.domain.search import Cards, Found


async def shown(
    cards: Cards, title_ids: Sequence[UUID], by: Caller
) -> Mapping[UUID, Found]:
    """By their ids, what a card shows of each."""
    _, found = await cards.cards(list(dict.fromkeys(title_ids)))
    return {title.id: Found(title, presence_for(by, facts)) for title, facts in found}
