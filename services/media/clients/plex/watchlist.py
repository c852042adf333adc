"""Plex's catalogue of everything, asked what is on an account's watchlist."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

from kit.http import Answer, Upstream, UpstreamAway, open_upstream
from services.media.clients.plex.accounts import PLEX_HEADERS
from services.media.clients.plex.guids import provider_ids
from services.media.clients.plex.reading import (
    Said,
    container,
    inner,
    listed,
    nonsense,
    number,
    text,
)
from services.media.domain.matching import ItemKind, ParsedName
from services.media.domain.plex_watchlist.watchlist import MOST_ENTRIES, SignedOut

_NAME = "discover.provider.plex.tv"
_LIST = "/library/sections/watchlist/all"
_PAGE = 100
_LAST_YEAR = 2200
_LARGEST_BYTES = 4 * 1024 * 1024
_KINDS = {"movie": ItemKind.MOVIE, "show": ItemKind.SERIES}


class PlexDiscover:
    """WatchlistsElsewhere, as Plex has them."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def read(self, token: str) -> Sequence[ParsedName]:
        found: list[Said] = []
        while True:
            page = listed(
                container(await self._page(token, len(found))), len(found), _PAGE
            )
            found += page.entries
            if len(found) >= min(page.total, MOST_ENTRIES):
                break
            if not page.entries:
                raise nonsense("less than it says there is")
        names = (_name(each) for each in found[:MOST_ENTRIES])
        return [each for each in names if each is not None]

    async def _page(self, token: str, start: int) -> Answer:
        answer = await self._upstream.get(
            _LIST,
            params={
                "includeGuids": "1",
                "sort": "watchlistedAt:desc",
                "X-Plex-Container-Start": str(start),
                "X-Plex-Container-Size": str(_PAGE),
            },
            headers={"X-Plex-Token": token},
        )
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise SignedOut
        if not answer.is_success:
            raise UpstreamAway(f"Plex refused with status {answer.status}.")
        return answer


@asynccontextmanager
async def open_discover(address: str) -> AsyncIterator[PlexDiscover]:
    """The one at `address`, which need not be there."""
    async with open_upstream(
        _NAME,
        address.rstrip("/"),
        headers=PLEX_HEADERS,
        most_at_once=2,
        largest_bytes=_LARGEST_BYTES,
    ) as upstream:
        yield PlexDiscover(upstream)


def _name(said: Said) -> ParsedName | None:
    """None for what is neither a film nor a series, and for what has no name."""
    kind, name = _KINDS.get(text(said, "type")), text(said, "title")
    if kind is None or not name:
        return None
    ids = provider_ids(each.get("id") for each in inner(said, "Guid"))
    year = number(said, "year")
    return ParsedName(
        kind,
        name,
        year=year if year <= _LAST_YEAR else 0,
        tmdb_id=ids.tmdb_id,
        tvdb_id=ids.tvdb_id,
        imdb_id=ids.imdb_id,
    )
