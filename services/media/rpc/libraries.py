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
from kit.unchanged import Unchanged
from medianest.media.v1 import libraries_pb2, libraries_pb2_grpc
from services.media.domain.browsing import Browsing
from services.media.domain.shelf import Libraries, Library, LibraryMissing
from services.media.domain.sources import (
    Shelving,
    Source,
    SourceMissing,
    Sources,
    SourceState,
)
from services.media.rpc import item_wire

STATE_OF_SOURCE = {
    SourceState.SCANNING: libraries_pb2.Source.SCANNING,
    SourceState.READY: libraries_pb2.Source.READY,
    SourceState.UNREACHABLE: libraries_pb2.Source.UNREACHABLE,
}
_Context = aio.ServicerContext[Any, Any]


class LibrariesHandlers(libraries_pb2_grpc.LibrariesServiceServicer):
    def __init__(
        self,
        shelving: Shelving,
        sources: Sources,
        libraries: Libraries,
        browsing: Browsing,
        pages: Pages,
        unchanged: Unchanged,
    ) -> None:
        self._shelving = shelving
        self._sources = sources
        self._libraries = libraries
        self._browsing = browsing
        self._pages = pages
        self._unchanged = unchanged

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
        # Of who asks, nothing depends.
        asked = request.SerializeToString(deterministic=True)
        return await self._unchanged.get(("items", asked), lambda: self._items(request))

    async def _items(
        self, request: libraries_pb2.ListLibraryItemsRequest
    ) -> libraries_pb2.ListLibraryItemsResponse:
        library_id = _library_id(request.library_id)
        order = item_wire.order_from_wire(request.sort, request.direction)
        wanted = item_wire.filter_from_wire(request)
        of_list = f"items of {library_id} {order} {wanted}"
        key = self._pages.read(of_list, request.page_token)
        page = await self._browsing.items(
            library_id,
            order,
            wanted,
            self._pages.size(request.page_size),
            item_wire.place_from_key(key, order),
        )
        return libraries_pb2.ListLibraryItemsResponse(
            items=map(item_wire.item_to_wire, page.rows),
            next_page_token=self._pages.token(
                of_list, item_wire.place_to_key(page.last)
            )
            if page.last
            else "",
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
