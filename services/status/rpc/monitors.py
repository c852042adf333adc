"""The door for those who watch over what is watched."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.status.v1 import monitors_pb2, monitors_pb2_grpc
from services.status.domain.monitors import Monitors, read_id
from services.status.rpc import wire

_LIST = "monitors"
_Context = aio.ServicerContext[Any, Any]


class MonitorsHandlers(monitors_pb2_grpc.MonitorsServiceServicer):
    def __init__(self, monitors: Monitors, pages: Pages) -> None:
        self._monitors = monitors
        self._pages = pages

    async def CreateMonitor(
        self, request: monitors_pb2.CreateMonitorRequest, context: _Context
    ) -> monitors_pb2.Monitor:
        monitor = await self._monitors.add(
            wire.plan_from_wire(request.monitor),
            identity.of(context),
            once(request, context),
        )
        return wire.monitor_to_wire(monitor)

    async def GetMonitor(
        self, request: monitors_pb2.GetMonitorRequest, context: _Context
    ) -> monitors_pb2.Monitor:
        monitor_id = read_id(request.monitor_id)
        monitor = await self._monitors.get(monitor_id, identity.of(context))
        return wire.monitor_to_wire(monitor)

    async def ListMonitors(
        self, request: monitors_pb2.ListMonitorsRequest, context: _Context
    ) -> monitors_pb2.ListMonitorsResponse:
        key = self._pages.read(_LIST, request.page_token)
        monitors, behind = await self._monitors.page(
            self._pages.size(request.page_size),
            str(key[0]) if key else None,
            identity.of(context),
        )
        return monitors_pb2.ListMonitorsResponse(
            monitors=map(wire.monitor_to_wire, monitors),
            next_page_token=self._pages.token(_LIST, [behind]) if behind else "",
        )

    async def UpdateMonitor(
        self, request: monitors_pb2.UpdateMonitorRequest, context: _Context
    ) -> monitors_pb2.Monitor:
        changes = wire.changes_from_wire(request.monitor, request.update_mask)
        monitor = await self._monitors.change(
            read_id(request.monitor.id), changes, request.if_version
        )
        return wire.monitor_to_wire(monitor)

    async def DeleteMonitor(
        self, request: monitors_pb2.DeleteMonitorRequest, context: _Context
    ) -> Empty:
        await self._monitors.remove(read_id(request.monitor_id), request.if_version)
        return Empty()
