"""The door for those who ask for titles, and for those who decide."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from grpc import aio

from kit.caller import Caller
from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from kit.unchanged import Unchanged
from medianest.media.v1 import requests_pb2, requests_pb2_grpc
from services.media.domain.requests.asking import Asking
from services.media.domain.requests.deciding import Deciding
from services.media.domain.requests.errors import RequestMissing
from services.media.domain.requests.seeing import Filter, Place, Seeing
from services.media.domain.requests.states import State
from services.media.rpc import request_wire as wire

_LONGEST_USER_ID = 100
_LONGEST_REASON = 500

Context = aio.ServicerContext[Any, Any]


class RequestsHandlers(requests_pb2_grpc.RequestsServiceServicer):
    def __init__(
        self,
        asking: Asking,
        deciding: Deciding,
        seeing: Seeing,
        pages: Pages,
        unchanged: Unchanged,
    ) -> None:
        self._asking = asking
        self._deciding = deciding
        self._seeing = seeing
        self._pages = pages
        self._unchanged = unchanged

    async def CreateMediaRequest(
        self, request: requests_pb2.CreateMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        made = await self._asking.ask(
            _title_id(request.title_id),
            request.seasons,
            once(request, context),
            by=by,
        )
        return wire.request_to_wire(made, by)

    async def GetMediaRequest(
        self, request: requests_pb2.GetMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        found = await self._seeing.find(_request_id(request.request_id), by=by)
        return wire.request_to_wire(found, by)

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
            _request_id(request.request_id), by=by, if_version=request.if_version
        )
        return wire.request_to_wire(decided, by)

    async def DeclineMediaRequest(
        self, request: requests_pb2.DeclineMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.decline(
            _request_id(request.request_id),
            _reason(request.reason),
            by=by,
            if_version=request.if_version,
        )
        return wire.request_to_wire(decided, by)

    async def CancelMediaRequest(
        self, request: requests_pb2.CancelMediaRequestRequest, context: Context
    ) -> requests_pb2.MediaRequest:
        by = identity.of(context)
        decided = await self._deciding.cancel(
            _request_id(request.request_id), by=by, if_version=request.if_version
        )
        return wire.request_to_wire(decided, by)

    async def _page(
        self, request: requests_pb2.ListMediaRequestsRequest, by: Caller
    ) -> requests_pb2.ListMediaRequestsResponse:
        of_list = f"requests {request.state} {request.requested_by}"
        page = await self._seeing.page(
            Filter(_state(request.state), _user_id(request.requested_by)),
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


def _title_id(text: str) -> UUID:
    found = _uuid(text)
    if found is None:
        raise Invalid("title_id is the id of a title.", field="title_id")
    return found


def _request_id(text: str) -> UUID:
    """What is no id is no request's id either."""
    found = _uuid(text)
    if found is None:
        raise RequestMissing
    return found


def _uuid(text: str) -> UUID | None:
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _state(number: int) -> State | None:
    if number not in wire.STATE_FROM_WIRE:
        raise Invalid("state is one of the states of a request.", field="state")
    return wire.STATE_FROM_WIRE[number]


def _user_id(text: str) -> str | None:
    if len(text) > _LONGEST_USER_ID or "\0" in text:
        raise Invalid("requested_by is the id of a user.", field="requested_by")
    return text or None


def _reason(text: str) -> str:
    reason = text.strip()
    if len(reason) > _LONGEST_REASON:
        raise Invalid(
            f"reason has at most {_LONGEST_REASON} characters.", field="reason"
        )
    if "\0" in reason:
        raise Invalid("reason has a character that is none.", field="reason")
    return reason


def _place(key: list[str | int | float] | None) -> Place | None:
    if key is None:
        return None
    created_at, request_id = key
    return datetime.fromisoformat(str(created_at)), UUID(str(request_id))
