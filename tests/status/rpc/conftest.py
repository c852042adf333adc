"""Status's doors on a real port."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from grpc import aio

from kit.caller import Caller
from kit.clock import SystemClock
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, CallerKeys, Doorkeeper
from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from medianest.status.v1 import (
    heartbeats_pb2_grpc,
    incidents_pb2_grpc,
    monitors_pb2_grpc,
)
from services.status.app import SERVICES
from services.status.domain.monitors import Monitors
from services.status.rpc.heartbeats import HeartbeatsHandlers
from services.status.rpc.incidents import IncidentsHandlers
from services.status.rpc.monitors import MonitorsHandlers
from services.status.store.heartbeats import PostgresHeartbeats
from services.status.store.incidents import PostgresIncidents
from tests.status.builders import MANAGE_SERVICES, VIEW_SERVICES

KEYS = "test:" + "ab" * 32


@dataclass
class Doors:
    """Stubs of all doors, and callers to knock as."""

    monitors: "monitors_pb2_grpc.MonitorsServiceAsyncStub"
    heartbeats: "heartbeats_pb2_grpc.HeartbeatsServiceAsyncStub"
    incidents: "incidents_pb2_grpc.IncidentsServiceAsyncStub"
    keys: CallerKeys

    def caller(self, permissions: int, *more: tuple[str, str]) -> aio.Metadata:
        until = datetime(2100, 1, 1, tzinfo=UTC)
        caller = Caller("user-1", "ada", "owner", permissions, "session", until)
        return aio.Metadata((METADATA_KEY, self.keys.sign(caller)), *more)

    @property
    def owner(self) -> aio.Metadata:
        return self.caller(MANAGE_SERVICES | VIEW_SERVICES)

    @property
    def friend(self) -> aio.Metadata:
        return self.caller(VIEW_SERVICES)


@pytest.fixture
async def doors(database: Database, monitors: Monitors) -> AsyncIterator[Doors]:
    keys = CallerKeys(KEYS)
    pages = Pages(keys.signing_key)
    door = Door(Doorkeeper(keys, SystemClock()), policies(SERVICES, policy_pb2.policy))
    server = aio.server(interceptors=(door,))
    monitors_pb2_grpc.add_MonitorsServiceServicer_to_server(
        MonitorsHandlers(monitors, pages), server
    )
    heartbeats_pb2_grpc.add_HeartbeatsServiceServicer_to_server(
        HeartbeatsHandlers(PostgresHeartbeats(database), pages), server
    )
    incidents_pb2_grpc.add_IncidentsServiceServicer_to_server(
        IncidentsHandlers(PostgresIncidents(database), pages), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Doors(
            monitors_pb2_grpc.MonitorsServiceStub(channel),
            heartbeats_pb2_grpc.HeartbeatsServiceStub(channel),
            incidents_pb2_grpc.IncidentsServiceStub(channel),
            keys,
        )
    await server.stop(None)
