"""The door to the shelf."""

from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit.pages import Key, Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import libraries_pb2, libraries_pb2_grpc
from services.media.domain.shelf import (
    Item,
    ItemState,
    Libraries,
    Library,
    LibraryMissing,
)
from services.media.domain.sources import (
    Shelving,
    Source,
    SourceMissing,
    Sources,
    SourceState,
)
from services.media.rpc.wire import title_to_wire

STATE_OF_SOURCE = {
    SourceState.SCANNING: libraries_pb2.Source.SCANNING,
    SourceState.READY: libraries_pb2.Source.READY,
    SourceState.UNREACHABLE: libraries_pb2.Source.UNREACHABLE,
}
STATE_OF_ITEM = {
    ItemState.OK: libraries_pb2.Item.OK,
    ItemState.EMPTY: libraries_pb2.Item.EMPTY,
    ItemState.CORRUPT: libraries_pb2.Item.CORRUPT,
}
_Context = aio.ServicerContext[Any, Any]


class LibrariesHandlers(libraries_pb2_grpc.LibrariesServiceServicer):
    def __init__(
        self, shelving: Shelving, sources: Sources, libraries: Libraries, pages: Pages
    ) -> None:
        self._shelving = shelving
        self._sources = sources
        self._libraries = libraries
        self._pages = pages

    async def CreateSource(
        self, request: libraries_pb2.CreateSourceRequest, context: _Context
    ) -> libraries_pb2.Source:
        source = await self._shelving.add_source(
            request.name, request.path, identity.of(context), once(request, context)
        )
        return source_to_wire(source)

    async def ListSources(
        self, request: libraries_pb2.ListSourcesRequest, context: _Context
    ) -> libraries_pb2.ListSourcesResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("sources by age", request.page_token)
        rows = await self._sources.page(_since(key), size + 1)
        page, token = self._pages.cut(
            "sources by age",
            rows,
            size,
            lambda row: [row.created_at.isoformat(), str(row.id)],
        )
        return libraries_pb2.ListSourcesResponse(
            sources=map(source_to_wire, page), next_page_token=token
        )

    async def DeleteSource(
        self, request: libraries_pb2.DeleteSourceRequest, context: _Context
    ) -> Empty:
        await self._shelving.remove_source(_source_id(request.source_id))
        return Empty()

    async def ScanSource(
        self, request: libraries_pb2.ScanSourceRequest, context: _Context
    ) -> libraries_pb2.Source:
        source_id = _source_id(request.source_id)
        return source_to_wire(await self._shelving.ask_for_scan(source_id))

    async def ListLibraries(
        self, request: libraries_pb2.ListLibrariesRequest, context: _Context
    ) -> libraries_pb2.ListLibrariesResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("libraries", request.page_token)
        after = (str(key[0]), UUID(str(key[1]))) if key else None
        rows = await self._libraries.page(after, size + 1)
        page, token = self._pages.cut(
            "libraries", rows, size, lambda row: [row.name, str(row.id)]
        )
        return libraries_pb2.ListLibrariesResponse(
            libraries=map(library_to_wire, page), next_page_token=token
        )

    async def ListLibraryItems(
        self, request: libraries_pb2.ListLibraryItemsRequest, context: _Context
    ) -> libraries_pb2.ListLibraryItemsResponse:
        library_id = _library_id(request.library_id)
        of_list = f"items of {library_id}"
        size = self._pages.size(request.page_size)
        key = self._pages.read(of_list, request.page_token)
        rows = await self._libraries.items(library_id, _since(key), size + 1)
        page, token = self._pages.cut(
            of_list, rows, size, lambda row: [row.added_at.isoformat(), str(row.id)]
        )
        return libraries_pb2.ListLibraryItemsResponse(
            items=map(item_to_wire, page), next_page_token=token
        )


def source_to_wire(source: Source) -> libraries_pb2.Source:
    return libraries_pb2.Source(
        id=str(source.id),
        name=source.name,
        path=source.path,
        state=STATE_OF_SOURCE[source.state],
        detail=source.detail,
        scanned_at=_timestamp(source.scanned_at) if source.scanned_at else None,
        created_at=_timestamp(source.created_at),
    )


def library_to_wire(library: Library) -> libraries_pb2.Library:
    return libraries_pb2.Library(
        id=str(library.id),
        source_id=str(library.source_id),
        name=library.name,
        item_count=library.item_count,
        flagged_count=library.flagged_count,
    )


def item_to_wire(item: Item) -> libraries_pb2.Item:
    media = item.media
    return libraries_pb2.Item(
        id=str(item.id),
        library_id=str(item.library_id),
        path=item.path,
        state=STATE_OF_ITEM[item.state],
        detail=item.detail,
        title=title_to_wire(item.title) if item.title else None,
        parsed_name=item.parsed_name,
        parsed_year=item.parsed_year,
        season=item.season,
        episode=item.episode,
        duration_s=media.duration_s,
        width=media.width,
        height=media.height,
        video_codec=media.video_codec,
        audio_codec=media.audio_codec,
        size_bytes=item.size_bytes,
        added_at=_timestamp(item.added_at),
    )


def _source_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise SourceMissing("There is no such source.") from exc


def _library_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise LibraryMissing("There is no such library.") from exc


def _timestamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def _since(key: Key | None) -> tuple[datetime, UUID] | None:
    if key is None:
        return None
    return datetime.fromisoformat(str(key[0])), UUID(str(key[1]))
