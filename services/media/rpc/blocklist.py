"""The door for those who say what nobody may ask for."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import blocklist_pb2, blocklist_pb2_grpc
from services.media.domain.blocking import (
    LONGEST_KEYWORD,
    Blocking,
    BlockMissing,
    BlockOf,
    SeenBlock,
)
from services.media.rpc.fields import (
    place_from_key,
    title_id_given,
    uuid_from_wire,
    words_from_wire,
)
from services.media.rpc.request_wire import time_to_wire
from services.media.rpc.titles import found_to_wire

OF_FROM_WIRE: dict[int, BlockOf | None] = {
    blocklist_pb2.ListBlocklistRequest.ALL: None,
    blocklist_pb2.ListBlocklistRequest.TITLES: BlockOf.TITLES,
    blocklist_pb2.ListBlocklistRequest.KEYWORDS: BlockOf.KEYWORDS,
}
_LONGEST_REASON = 500
_Context = aio.ServicerContext[Any, Any]


class BlocklistHandlers(blocklist_pb2_grpc.BlocklistServiceServicer):
    def __init__(self, blocking: Blocking, pages: Pages) -> None:
        self._blocking = blocking
        self._pages = pages

    async def CreateBlock(
        self, request: blocklist_pb2.CreateBlockRequest, context: _Context
    ) -> blocklist_pb2.Block:
        added = await self._blocking.add(
            title_id_given(request.title_id) if request.title_id else None,
            words_from_wire(request.keyword, "keyword", LONGEST_KEYWORD, 0),
            words_from_wire(request.reason, "reason", _LONGEST_REASON, 0),
            once(request, context),
            by=identity.of(context),
        )
        return block_to_wire(added)

    async def ListBlocklist(
        self, request: blocklist_pb2.ListBlocklistRequest, context: _Context
    ) -> blocklist_pb2.ListBlocklistResponse:
        if request.of not in OF_FROM_WIRE:
            raise Invalid("of is TITLES, KEYWORDS or left out.", field="of")
        of_list = f"blocklist {request.of}"
        size = self._pages.size(request.page_size)
        found = await self._blocking.page(
            OF_FROM_WIRE[request.of],
            size + 1,
            place_from_key(self._pages.read(of_list, request.page_token)),
            by=identity.of(context),
        )
        page, token = self._pages.cut(
            of_list,
            found,
            size,
            lambda each: (each[0].added_at.isoformat(), str(each[0].id)),
        )
        return blocklist_pb2.ListBlocklistResponse(
            blocks=map(block_to_wire, page), next_page_token=token
        )

    async def DeleteBlock(
        self, request: blocklist_pb2.DeleteBlockRequest, context: _Context
    ) -> Empty:
        block_id = uuid_from_wire(request.block_id)
        if block_id is None:
            raise BlockMissing
        await self._blocking.remove(block_id, by=identity.of(context))
        return Empty()


def block_to_wire(seen: SeenBlock) -> blocklist_pb2.Block:
    block, title = seen
    return blocklist_pb2.Block(
        id=str(block.id),
        title=None if title is None else found_to_wire(title),
        keyword=block.keyword,
        reason=block.reason,
        added_by=block.added_by,
        added_by_name=block.added_by_name,
        added_at=time_to_wire(block.added_at),
    )
