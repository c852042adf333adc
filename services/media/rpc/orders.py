"""The door to what became of approved requests."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from grpc import aio

from kit.caller import Caller
from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.media.v1 import orders_pb2, orders_pb2_grpc
from services.media.domain.fetching.overseeing import (
    OrderViews,
    Overseeing,
    Placed,
)
from services.media.domain.requests.errors import RequestMissing
from services.media.rpc.order_wire import STATE_FROM_WIRE, order_to_wire

_Context = aio.ServicerContext[Any, Any]


class OrdersHandlers(orders_pb2_grpc.OrdersServiceServicer):
    def __init__(self, overseeing: Overseeing, views: OrderViews, pages: Pages) -> None:
        self._overseeing = overseeing
        self._views = views
        self._pages = pages

    async def GetOrder(
        self, request: orders_pb2.GetOrderRequest, context: _Context
    ) -> orders_pb2.Order:
        by = identity.of(context)
        placed, seasons = await self._overseeing.order(
            _request_id(request.request_id), by=by
        )
        return order_to_wire(placed, by, seasons)

    async def ListOrders(
        self, request: orders_pb2.ListOrdersRequest, context: _Context
    ) -> orders_pb2.ListOrdersResponse:
        if request.state not in STATE_FROM_WIRE:
            raise Invalid("state is one of the states of an order.", field="state")
        of_list = f"orders {request.state}"
        size = self._pages.size(request.page_size)
        found = await self._views.newest(
            STATE_FROM_WIRE[request.state],
            size + 1,
            self._before(of_list, request.page_token),
        )
        page, token = self._cut(of_list, found, size, identity.of(context))
        return orders_pb2.ListOrdersResponse(orders=page, next_page_token=token)

    async def ListActiveDownloads(
        self, request: orders_pb2.ListActiveDownloadsRequest, context: _Context
    ) -> orders_pb2.ListActiveDownloadsResponse:
        of_list = "active downloads"
        size = self._pages.size(request.page_size)
        found = await self._views.downloading(
            size + 1, self._before(of_list, request.page_token)
        )
        page, token = self._cut(of_list, found, size, identity.of(context))
        return orders_pb2.ListActiveDownloadsResponse(
            orders=page, next_page_token=token
        )

    def _before(self, of_list: str, token: str) -> UUID | None:
        key = self._pages.read(of_list, token)
        return UUID(str(key[0])) if key else None

    def _cut(
        self, of_list: str, found: Sequence[Placed], size: int, by: Caller
    ) -> tuple[list[orders_pb2.Order], str]:
        page, token = self._pages.cut(
            of_list, found, size, lambda each: [str(each.request_id)]
        )
        return [order_to_wire(each, by) for each in page], token


def _request_id(text: str) -> UUID:
    """What is no id is no request's id either."""
    try:
        found = UUID(text)
    except ValueError:
        raise RequestMissing from None
    if str(found) != text.lower():
        raise RequestMissing
    return found
