"""The door for those who read what was down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from grpc import aio

from kit.pages import Pages
from medianest.status.v1 import incidents_pb2, incidents_pb2_grpc
from services.status.domain.incidents import Incidents
from services.status.rpc import wire


class IncidentsHandlers(incidents_pb2_grpc.IncidentsServiceServicer):
    def __init__(self, incidents: Incidents, pages: Pages) -> None:
        self._incidents = incidents
        self._pages = pages

    async def ListIncidents(
        self,
        request: incidents_pb2.ListIncidentsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> incidents_pb2.ListIncidentsResponse:
        of_list = "incidents:open" if request.open_only else "incidents"
        size = self._pages.size(request.page_size)
        key = self._pages.read(of_list, request.page_token)
        before = (
            (datetime.fromisoformat(str(key[0])), UUID(str(key[1]))) if key else None
        )
        newest = (
            self._incidents.newest_open if request.open_only else self._incidents.newest
        )
        rows = await newest(size + 1, before)
        page, token = self._pages.cut(
            of_list, rows, size, lambda row: [row.opened_at.isoformat(), str(row.id)]
        )
        return incidents_pb2.ListIncidentsResponse(
            incidents=wire.incidents_to_wire(page), next_page_token=token
        )
