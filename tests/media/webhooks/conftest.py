"""Webhooks behind their real door, on a database of their own."""

from collections.abc import AsyncIterator

import pytest
from grpc import aio

from kit.clock import Clock
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import Doorkeeper
from kit.rpc.policy import policies
from kit.sealing import Seal
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import webhooks_pb2, webhooks_pb2_grpc
from services.media.domain.webhooks.receiving import Receiving
from services.media.domain.webhooks.sources import Admitting
from services.media.rpc.webhooks import WebhooksHandlers
from services.media.store.letterbox import PostgresLetterbox
from services.media.store.webhook_deliveries import PostgresDeliveries
from services.media.store.webhook_sources import PostgresWebhookSources
from tests.conftest import MakeDatabase
from tests.media.requests.house import Shelf, open_shelf
from tests.media.shelf.door import KEYS, SEALING_KEYS
from tests.media.shelf.house import AheadClock
from tests.media.webhooks.house import Programs, WebhooksHouse


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return (await make_database("media"))[0]


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    return await open_shelf(database)


@pytest.fixture
async def house(database: Database) -> WebhooksHouse:
    return WebhooksHouse(database, Seal(SEALING_KEYS), AheadClock())


@pytest.fixture
async def programs(house: WebhooksHouse) -> AsyncIterator[Programs]:
    clock: Clock = house.clock
    sources = PostgresWebhookSources(house.database, house.seal)
    handlers = WebhooksHandlers(
        Admitting(sources, clock),
        Receiving(PostgresLetterbox(house.database, sources), clock, lambda: None),
        sources,
        PostgresDeliveries(house.database),
        Pages(b"k" * 32),
        clock,
    )
    service = webhooks_pb2.DESCRIPTOR.services_by_name["WebhooksService"]
    door = Door(Doorkeeper(KEYS, clock), policies([service], policy_pb2.policy))
    server = aio.server(interceptors=(door,))
    webhooks_pb2_grpc.add_WebhooksServiceServicer_to_server(handlers, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Programs(channel, clock)
    await server.stop(0)
