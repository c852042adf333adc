"""The door to the shelf."""

from typing import Any
from uuid import UUID

from grpc import aio

from kit.pages import Pages
from medianest.media.v1 import libraries_pb2
from services.media.domain.serving import Serving
from services.media.domain.shelf import (
    Item,
    ItemState,
    Libraries,
    Library,
    LibraryMissing,
)
from services.media.domain.sources import Shelving, Sources
from services.media.rpc.sources import SourcesHandlers, since_key, timestamp
from services.media.rpc.wire import title_to_wire

STATE_OF_ITEM = {
    ItemState.OK: libraries_pb2.Item.OK,
    ItemState.EMPTY: libraries_pb2.Item.EMPTY,
    ItemState.CORRUPT: libraries_pb2.Item.CORRUPT,
}
_Context = aio.ServicerContext[Any, Any]


class LibrariesHandlers(SourcesHandlers):
    def __init__(
        self,
        shelving: Shelving,
        serving: Serving,
        sources: Sources,
        libraries: Libraries,
        pages: Pages,
    ) -> None:
        super().__init__(shelving, serving, sources, pages)
        self._libraries = libraries

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
        rows = await self._libraries.items(library_id, since_key(key), size + 1)
        page, token = self._pages.cut(
            of_list, rows, size, lambda row: [row.added_at.isoformat(), str(row.id)]
        )
        return libraries_pb2.ListLibraryItemsResponse(
            items=map(item_to_wire, page), next_page_token=token
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
        added_at=timestamp(item.added_at),
    )


def _library_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise LibraryMissing("There is no such library.") from exc
