"""The door for those who read what checks saw."""

from datetime import datetime
from typing import Any

from grpc import aio

from kit.pages import Pages
from medianest.status.v1 import heartbeats_pb2, heartbeats_pb2_grpc
from services.status.domain.heartbeats import Heartbeats
from services.status.domain.monitors import read_id
from services.status.rpc import wire


class HeartbeatsHandlers(heartbeats_pb2_grpc.HeartbeatsServiceServicer):
    def __init__(self, heartbeats: Heartbeats, pages: Pages) -> None:
        self._heartbeats = heartbeats
        self._pages = pages

    async def ListHeartbeats(
        self,
        request: heartbeats_pb2.ListHeartbeatsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> heartbeats_pb2.ListHeartbeatsResponse:
        monitor_id = read_id(request.monitor_id)
        of_list = f"heartbeats:{monitor_id}"
        size = self._pages.size(request.page_size)
        key = self._pages.read(of_list, request.page_token)
        before = datetime.fromisoformat(str(key[0])) if key else None
        rows = await self._heartbeats.newest(monitor_id, size + 1, before)
        page, token = self._pages.cut(
            of_list, rows, size, lambda row: [row.checked_at.isoformat()]
        )
        return heartbeats_pb2.ListHeartbeatsResponse(
            heartbeats=wire.heartbeats_to_wire(page), next_page_token=token
        )
