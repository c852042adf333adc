"""Who is to get what was asked for, and how."""

from services.media.domain.fetching.orders import Wanted
from services.media.domain.fulfilling.errors import FulfillerMissing
from services.media.domain.fulfilling.fulfiller import FulfillerKind, Order
from services.media.domain.fulfilling.fulfillers import Fulfillers, Known
from services.media.domain.requests.choices import Choices

_GETS = {kind.gets: kind for kind in FulfillerKind}


async def chosen_for(wanted: Wanted, fulfillers: Fulfillers) -> Known | None:
    """Whom somebody chose, if that one is still there and gets such things, else the
    default one. None: nobody gets them. Raises FulfillerKeyRefused."""
    kind = _GETS[wanted.kind]
    if wanted.choices.fulfiller_id is not None:
        try:
            known = await fulfillers.of(wanted.choices.fulfiller_id)
        except FulfillerMissing:
            pass
        else:
            if known.kind is kind:
                return known
    return await fulfillers.default(kind, is_4k=wanted.is_4k, is_anime=wanted.is_anime)


def order_at(known: Known, wanted: Wanted) -> Order:
    """What is wanted, with all that was not chosen filled in."""
    chosen = wanted.choices
    if chosen.fulfiller_id not in {None, known.id}:
        # Profile and folder are another one's, which is no more.
        chosen = Choices(tags=chosen.tags)
    return Order(
        wanted.kind,
        wanted.tmdb_id,
        wanted.tvdb_id,
        wanted.name,
        wanted.year,
        known.choices(chosen, is_anime=wanted.is_anime),
        wanted.seasons,
        wanted.episodes,
        wanted.future_only,
        wanted.is_anime,
    )
