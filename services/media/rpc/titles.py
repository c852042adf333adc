"""The door to the catalogue."""

from typing import Any
from uuid import UUID

from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.media.v1 import titles_pb2, titles_pb2_grpc
from services.media.domain.importing import Entry, Imports, Rejected
from services.media.domain.search import Found, Search
from services.media.domain.titles import TitleMissing
from services.media.rpc.wire import KIND_FROM_WIRE, title_to_wire

_Context = aio.ServicerContext[Any, Any]
_DIGITS_OF_A_VOTE = 6


class TitlesHandlers(titles_pb2_grpc.TitlesServiceServicer):
    def __init__(self, search: Search, imports: Imports, pages: Pages) -> None:
        self._search = search
        self._imports = imports
        self._pages = pages

    async def SearchTitles(
        self, request: titles_pb2.SearchTitlesRequest, context: _Context
    ) -> titles_pb2.SearchTitlesResponse:
        if request.kind not in KIND_FROM_WIRE:
            raise Invalid("kind is MOVIE, SERIES or left out.", field="kind")
        found, warnings = await self._search.search(
            request.query,
            KIND_FROM_WIRE[request.kind],
            self._pages.size(request.page_size),
            identity.of(context),
        )
        return titles_pb2.SearchTitlesResponse(
            titles=map(found_to_wire, found), warnings=warnings
        )

    async def GetTitle(
        self, request: titles_pb2.GetTitleRequest, context: _Context
    ) -> titles_pb2.Title:
        title_id = title_id_from_wire(request.title_id)
        return found_to_wire(await self._search.title(title_id, identity.of(context)))

    async def ImportTitles(
        self, request: titles_pb2.ImportTitlesRequest, context: _Context
    ) -> titles_pb2.ImportTitlesResponse:
        taken, rejected = await self._imports.take(
            [entry_from_wire(each) for each in request.titles]
        )
        return titles_pb2.ImportTitlesResponse(
            added=taken.added,
            changed=taken.changed,
            unchanged=taken.unchanged,
            rejected=map(rejected_to_wire, rejected),
        )


def title_id_from_wire(text: str) -> UUID:
    """Raises TitleMissing: what is no id is the id of no title."""
    try:
        return UUID(text)
    except ValueError as exc:
        raise TitleMissing("There is no such title.") from exc


def found_to_wire(found: Found) -> titles_pb2.Title:
    return title_to_wire(found.title, found.presence)


def entry_from_wire(imported: titles_pb2.ImportedTitle) -> Entry:
    title = imported.title
    return Entry(
        origin_key=imported.origin_key,
        kind=KIND_FROM_WIRE.get(title.kind),
        name=title.name.strip(),
        original_name=title.original_name.strip(),
        year=title.year,
        overview=title.overview,
        genres=tuple(title.genres),
        cast=tuple(title.cast),
        runtime_minutes=title.runtime_minutes,
        popularity=title.popularity,
        # Of a number nearer to nothing the database cannot make a `real`.
        vote_average=round(title.vote_average, _DIGITS_OF_A_VOTE),
        vote_count=title.vote_count,
        poster_path=title.poster_path,
        tmdb_id=title.tmdb_id if title.HasField("tmdb_id") else None,
        imdb_id=title.imdb_id,
        tvdb_id=title.tvdb_id if title.HasField("tvdb_id") else None,
        original_language=title.original_language,
    )


def rejected_to_wire(rejected: Rejected) -> titles_pb2.RejectedTitle:
    return titles_pb2.RejectedTitle(index=rejected.index, detail=rejected.detail)
