"""The door for those who ask for titles, and for those who decide."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from grpc import aio

from kit.caller import Caller
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from kit.unchanged import Unchanged
from medianest.media.v1 import requests_pb2, requests_pb2_grpc
from services.media.domain.requests.asking import Asking
from services.media.domain.requests.deciding import Deciding
from services.media.domain.requests.editing import Editing
from services.media.domain.requests.seeing import Place, Seeing
from services.media.rpc import request_reading as reading
from services.media.rpc import request_wire as wire

Context = aio.ServicerContext[Any, Any]


class RequestsHandlers(requests_pb2_grpc.RequestsServiceServicer):
    def __init__(
        self,
        asking: Asking,
        deciding: Deciding,
        editing: Editing,
        seeing: Seeing,
        pages: Pages,
        unchanged: Unchanged,
    ) -> None:
        self._asking = asking
        self._deciding = deciding
        self._editing = editing
        self._seeing = seeing
        self._pages = pages
        self._unchanged = unchanged

    async def CreateMediaRequest(
        self, request: requests_pb2.CreateMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        made = await self._asking.ask(
            reading.thing_of(request), once(request, context), by=by
        )
        return wire.request_to_wire(made, by)

    async def GetMediaRequest(
        self, request: requests_pb2.GetMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        found = await self._seeing.find(
            reading.request_id_of(request.request_id), by=by
        )
        there = await self._seeing.seasons_there(found)
        answer = wire.request_to_wire(found, by)
        answer.seasons_there.extend(map(wire.there_to_wire, there))
        return answer

    async def ListMediaRequests(
        self, request: requests_pb2.ListMediaRequestsRequest, context: Context
    ) -> requests_pb2.ListMediaRequestsResponse:
        by = identity.of(context)
        return await self._unchanged.get(
            _asked(request, by), lambda: self._page(request, by)
        )

    async def CountMediaRequests(
        self, request: requests_pb2.CountMediaRequestsRequest, context: Context
    ) -> requests_pb2.MediaRequestCounts:
        by = identity.of(context)
        return await self._unchanged.get(_asked(request, by), lambda: self._counts(by))

    async def ApproveMediaRequest(
        self, request: requests_pb2.ApproveMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.approve(
            reading.request_id_of(request.request_id),
            by=by,
            if_version=request.if_version,
            choices=reading.choices_of(request.choices, "choices"),
        )
        return wire.request_to_wire(decided, by)

    async def DeclineMediaRequest(
        self, request: requests_pb2.DeclineMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.decline(
            reading.request_id_of(request.request_id),
            reading.reason_of(request.reason),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def CancelMediaRequest(
        self, request: requests_pb2.CancelMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.cancel(
            reading.request_id_of(request.request_id),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def ReopenMediaRequest(
        self, request: requests_pb2.ReopenMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.reopen(
            reading.request_id_of(request.request_id),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def RetryMediaRequest(
        self, request: requests_pb2.RetryMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.retry(
            reading.request_id_of(request.request_id),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def CompleteMediaRequest(
        self, request: requests_pb2.CompleteMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.complete(
            reading.request_id_of(request.request_id),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def WithdrawMediaRequest(
        self, request: requests_pb2.WithdrawMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.withdraw(
            reading.request_id_of(request.request_id),
            reading.reason_of(request.reason),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def UpdateMediaRequest(
        self, request: requests_pb2.UpdateMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        request_id = reading.request_id_of(request.request_id)
        named = reading.named_in(request)
        before = await self._seeing.find(request_id, by=by)
        edited = await self._editing.edit(
            request_id,
            reading.change_of(before.choices, request.change, named),
            by=by,
            if_version=request.if_version or before.version,
        )
        return wire.request_to_wire(edited, by)

    async def BatchDecideMediaRequests(
        self, request: requests_pb2.BatchDecideMediaRequestsRequest, context: Context
    ) -> requests_pb2.BatchDecideMediaRequestsResponse:
        decided = await self._deciding.decide_all(
            reading.decisions_of(request), by=identity.of(context)
        )
        return requests_pb2.BatchDecideMediaRequestsResponse(
            results=map(wire.decided_to_wire, decided)
        )

    async def ListRequestHistory(
        self, request: requests_pb2.ListRequestHistoryRequest, context: Context
    ) -> requests_pb2.ListRequestHistoryResponse:
        request_id = reading.request_id_of(request.request_id)
        size = self._pages.size(request.page_size)
        of_list = f"request history {request_id}"
        key = self._pages.read(of_list, request.page_token)
        rows = await self._seeing.history(
            request_id, size + 1, int(key[0]) if key else 0, by=identity.of(context)
        )
        page, token = self._pages.cut(of_list, rows, size, lambda row: [row.id])
        return requests_pb2.ListRequestHistoryResponse(
            steps=map(wire.step_to_wire, page), next_page_token=token
        )

    async def _page(
        self, request: requests_pb2.ListMediaRequestsRequest, by: Caller
    ) -> requests_pb2.ListMediaRequestsResponse:
        of_list = _list_of(request)
        page = await self._seeing.page(
            reading.filter_of(request),
            self._pages.size(request.page_size),
            _place(self._pages.read(of_list, request.page_token)),
            by=by,
        )
        return requests_pb2.ListMediaRequestsResponse(
            requests=[wire.request_to_wire(each, by) for each in page.requests],
            next_page_token=self._token(of_list, page.last),
        )

    async def _counts(self, by: Caller) -> requests_pb2.MediaRequestCounts:
        return wire.counts_to_wire(await self._seeing.counts(by=by))

    def _token(self, of_list: str, last: Place | None) -> str:
        if last is None:
            return ""
        created_at, request_id = last
        return self._pages.token(of_list, (created_at.isoformat(), str(request_id)))


def _asked(request: Message, by: Caller) -> Hashable:
    """All that an answer depends on, but the database."""
    text = request.SerializeToString(deterministic=True)
    return request.DESCRIPTOR.name, by.user_id, by.permissions, text


def _list_of(request: requests_pb2.ListMediaRequestsRequest) -> str:
    named = f"requests {request.state} {request.requested_by}"
    if request.title_id or request.kind or request.followed_by_me:
        named += f" {request.title_id} {request.kind} {request.followed_by_me}"
    if request.HasField("is_4k"):
        named += f" 4K {request.is_4k}"
    return named


def _place(key: list[str | int | float] | None) -> Place | None:
    if key is None:
        return None
    created_at, request_id = key
    return datetime.fromisoformat(str(created_at)), UUID(str(request_id))
