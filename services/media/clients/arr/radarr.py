"""Radarr, which gets films."""

from collections.abc import Sequence

from services.media.clients.arr.door import Asked, Place, asking
from services.media.clients.arr.downloads import download
from services.media.clients.arr.said import Said, id_of, is_true, known_as, text, thing
from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerRefused,
)
from services.media.domain.fulfilling.fulfiller import Download, Entry, Options, Order


class Radarr:
    """A Fulfiller."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def options(self) -> Options:
        async with asking(self._place) as asked:
            return await asked.options()

    async def find(self, order: Order) -> Entry | None:
        async with asking(self._place) as asked:
            movie = await _movie(asked, order)
        return None if movie is None else _entry(movie)

    async def add(self, order: Order, found: Entry | None) -> Entry:  # noqa: ARG002
        """What was found is looked at again, for it may have changed."""
        _ensure_named(order)
        async with asking(self._place) as asked:
            tags = await asked.tags(order.choices.tags)
            movie = await _movie(asked, order)
            if movie is None:
                try:
                    return _entry(thing(await asked.post("movie", _new(order, tags))))
                except FulfillerKeyRefused:
                    raise
                except FulfillerRefused:
                    # It says no as well to what somebody else has just added.
                    movie = await _movie(asked, order)
                    if movie is None:
                        raise
            return _entry(await _widen(asked, movie, tags))

    async def search(self, order: Order, entry: Entry) -> None:  # noqa: ARG002
        if entry.is_there:
            return
        body = {"name": "MoviesSearch", "movieIds": [entry.remote_id]}
        async with asking(self._place) as asked:
            await asked.post("command", body)

    async def queue(self) -> Sequence[Download]:
        async with asking(self._place) as asked:
            # What it does not know of has no film.
            rows = asked.queue(includeUnknownMovieItems="false")
            return [download(each, "movieId") async for each in rows]


def _ensure_named(order: Order) -> None:
    if not order.tmdb_id:
        raise FulfillerRefused(
            f"Radarr knows films by their TMDB number, and {order.name} has none."
        )


async def _movie(asked: Asked, order: Order) -> Said | None:
    if not order.tmdb_id:
        return None
    said = await asked.get("movie", {"tmdbId": str(order.tmdb_id)})
    # Those that do not know the parameter give all that they have.
    return known_as(said, "tmdbId", order.tmdb_id)


def _new(order: Order, tags: list[int]) -> Said:
    return {
        "tmdbId": order.tmdb_id,
        "title": order.name,
        "year": order.year or 0,
        "qualityProfileId": order.choices.profile_id,
        "rootFolderPath": order.choices.folder,
        "minimumAvailability": "released",
        "monitored": True,
        "tags": tags,
        # A search is a step of its own, which may be done again.
        "addOptions": {"searchForMovie": False, "monitor": "movieOnly"},
    }


async def _widen(asked: Asked, movie: Said, tags: list[int]) -> Said:
    has = [each for each in movie.get("tags") or [] if isinstance(each, int)]
    more = [each for each in tags if each not in has]
    if is_true(movie, "monitored") and not more:
        return movie
    changed = {**movie, "monitored": True, "tags": has + more}
    return thing(await asked.put(f"movie/{id_of(movie)}", changed))


def _entry(movie: Said) -> Entry:
    return Entry(
        remote_id=id_of(movie),
        slug=f"movie/{text(movie, 'titleSlug', 200)}",
        is_there=is_true(movie, "hasFile"),
        is_wanted=is_true(movie, "monitored"),
    )
