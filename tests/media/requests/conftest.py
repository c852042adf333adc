"""Requests behind their real door, on a database of their own."""

from collections.abc import AsyncIterator, Callable

import pytest
from grpc import aio

from kit.caller import Caller
from kit.clock import SystemClock
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import Doorkeeper
from kit.rpc.policy import policies
from kit.unchanged import open_unchanged
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import requests_pb2, requests_pb2_grpc
from services.media.rpc.requests import RequestsHandlers
from tests.conftest import MakeDatabase
from tests.media.requests.house import (
    KEYS,
    Desk,
    MovingClock,
    Shelf,
    Visitor,
    open_shelf,
)

Visit = Callable[[Caller | None], Visitor]


@pytest.fixture
async def media(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("media")


@pytest.fixture
async def database(media: tuple[Database, str]) -> Database:
    return media[0]


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    return await open_shelf(database)


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(database, MovingClock())


@pytest.fixture
async def visit(media: tuple[Database, str]) -> AsyncIterator[Visit]:
    """Two replicas; each visitor goes from one to the other by turns."""
    database, url = media
    desk = Desk(database, SystemClock())
    async with (
        open_unchanged(url, application="test", entries=64) as here,
        open_unchanged(url, application="test", entries=64) as there,
    ):
        servers, addresses = [], []
        for unchanged in (here, there):
            handlers = RequestsHandlers(
                desk.asking,
                desk.deciding,
                desk.editing,
                desk.seeing,
                Pages(b"k" * 32),
                unchanged,
            )
            service = requests_pb2.DESCRIPTOR.services_by_name["RequestsService"]
            door = Door(
                Doorkeeper(KEYS, SystemClock()),
                policies([service], policy_pb2.policy),
            )
            server = aio.server(interceptors=(door,))
            requests_pb2_grpc.add_RequestsServiceServicer_to_server(handlers, server)
            port = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            servers.append(server)
            addresses.append(f"127.0.0.1:{port}")
        async with aio.insecure_channel(
            f"ipv4:{','.join(addresses)}",
            options=[("grpc.lb_policy_name", "round_robin")],
        ) as channel:
            yield lambda caller: Visitor(channel, caller)
        for server in servers:
            await server.stop(0)
