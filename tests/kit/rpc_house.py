"""A service of the tests, behind the real door: the contract of status, with
handlers that do as a test says."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.caller import Caller
from kit.clock import SystemClock
from kit.rpc import identity
from kit.rpc.channel import open_channel
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, CallerKeys, Doorkeeper
from kit.rpc.policy import policies
from kit.rpc.server import serve
from medianest.api.v1 import events_pb2 as api_events_pb2
from medianest.api.v1 import permissions_pb2, policy_pb2
from medianest.status.v1 import (
    events_pb2,
    events_pb2_grpc,
    monitors_pb2,
    monitors_pb2_grpc,
)
from tests.servers import free_port

KEYS = "test:" + "ab" * 32
SERVICES = (
    monitors_pb2.DESCRIPTOR.services_by_name["MonitorsService"],
    events_pb2.DESCRIPTOR.services_by_name["EventsService"],
)
POLICIES = policies(SERVICES, policy_pb2.policy)
VIEW = 1 << permissions_pb2.VIEW_SERVICES
MANAGE = 1 << permissions_pb2.MANAGE_SERVICES
WATCH = 1 << permissions_pb2.WATCH_EVENTS


@dataclass
class Handlers(
    monitors_pb2_grpc.MonitorsServiceServicer, events_pb2_grpc.EventsServiceServicer
):
    """Answers with a monitor that has the caller's name, after `act` is through."""

    act: Callable[[], Awaitable[None]] | None = None
    calls: int = 0
    padding: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def GetMonitor(
        self,
        _: monitors_pb2.GetMonitorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> monitors_pb2.Monitor:
        return await self._answer(context)

    async def UpdateMonitor(
        self,
        _: monitors_pb2.UpdateMonitorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> monitors_pb2.Monitor:
        return await self._answer(context)

    async def DeleteMonitor(
        self,
        _: monitors_pb2.DeleteMonitorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        await self._answer(context)
        return Empty()

    async def WatchEvents(
        self,
        _: api_events_pb2.WatchEventsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[api_events_pb2.Event]:
        try:
            while True:
                yield api_events_pb2.Event(key=identity.of(context).name)
                if self.act:
                    await self.act()
        finally:
            self.ended.set()

    async def _answer(
        self, context: aio.ServicerContext[Any, Any]
    ) -> monitors_pb2.Monitor:
        self.calls += 1
        try:
            if self.act:
                await self.act()
        finally:
            self.ended.set()
        return monitors_pb2.Monitor(
            name=identity.of(context).name, detail=self.padding, id=str(os.getpid())
        )


def a_caller(permissions: int, **changes: Any) -> Caller:
    return Caller(
        **{
            "user_id": "u1",
            "name": "ada",
            "role": "member",
            "permissions": permissions,
            "session_id": "s1",
            "expires_at": SystemClock().now() + timedelta(minutes=1),
        }
        | changes
    )


def signed(permissions: int, **changes: Any) -> tuple[tuple[str, str], ...]:
    """Metadata as the gateway sends it."""
    assertion = CallerKeys(KEYS).sign(a_caller(permissions, **changes))
    return ((METADATA_KEY, assertion),)


@dataclass
class House:
    handlers: Handlers
    address: str
    leaving: asyncio.Event
    channel: aio.Channel

    def __post_init__(self) -> None:
        self.monitors = monitors_pb2_grpc.MonitorsServiceStub(self.channel)
        self.events = events_pb2_grpc.EventsServiceStub(self.channel)

    async def get(self, permissions: int = VIEW, **how: Any) -> monitors_pb2.Monitor:
        how.setdefault("metadata", signed(permissions))
        how.setdefault("timeout", 5)
        return await self.monitors.GetMonitor(monitors_pb2.GetMonitorRequest(), **how)

    async def update(
        self, permissions: int = MANAGE, **how: Any
    ) -> monitors_pb2.Monitor:
        how.setdefault("metadata", signed(permissions))
        how.setdefault("timeout", 5)
        return await self.monitors.UpdateMonitor(
            monitors_pb2.UpdateMonitorRequest(), **how
        )


async def answer_until(
    leaving: asyncio.Event,
    handlers: Handlers,
    address: str,
    *,
    compress: bool = False,
    grace_s: float = 0.5,
) -> None:
    def register(server: aio.Server) -> None:
        monitors_pb2_grpc.add_MonitorsServiceServicer_to_server(handlers, server)
        events_pb2_grpc.add_EventsServiceServicer_to_server(handlers, server)

    await serve(
        address,
        Door(Doorkeeper(CallerKeys(KEYS), SystemClock()), POLICIES),
        register,
        service_names=[service.full_name for service in SERVICES],
        leaving=leaving,
        grace_s=grace_s,
        compress=compress,
    )


@asynccontextmanager
async def a_house(*, compress: bool = False) -> AsyncIterator[House]:
    handlers, leaving = Handlers(), asyncio.Event()
    address = f"127.0.0.1:{free_port()}"
    serving = asyncio.create_task(
        answer_until(leaving, handlers, address, compress=compress)
    )
    async with open_channel(address, POLICIES.values(), compress=False) as channel:
        await asyncio.wait_for(channel.channel_ready(), 10)
        yield House(handlers, address, leaving, channel)
    leaving.set()
    await serving


if __name__ == "__main__":
    asyncio.run(answer_until(asyncio.Event(), Handlers(), sys.argv[1]))
