"""Rules behind their real door, on a database of their own."""

from collections.abc import AsyncIterator

import pytest
from grpc import aio

from kit.clock import SystemClock
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import Doorkeeper
from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import (
    request_profiles_pb2,
    request_profiles_pb2_grpc,
    rules_pb2,
    rules_pb2_grpc,
)
from services.media.domain.request_profiles import ShortList
from services.media.domain.rules.keeping import RuleKeeping
from services.media.domain.rules.remembered import RememberedRuling
from services.media.rpc.request_profiles import RequestProfilesHandlers
from services.media.rpc.rules import RequestRulesHandlers
from services.media.store.request_profiles import PostgresProfiles
from services.media.store.request_rules import PostgresRules
from tests.conftest import MakeDatabase
from tests.media.requests.house import KEYS, Shelf, open_shelf
from tests.media.rules.house import KEEPER, Visit, Visitor


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return (await make_database("media"))[0]


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    return await open_shelf(database)


@pytest.fixture
def ruling(database: Database) -> RememberedRuling:
    return RememberedRuling(PostgresRules(database))


@pytest.fixture
async def visit(database: Database, ruling: RememberedRuling) -> AsyncIterator[Visit]:
    rules = PostgresRules(database)
    handlers = RequestRulesHandlers(
        RuleKeeping(rules, SystemClock()), rules, ruling, Pages(b"k" * 32)
    )
    profiles = PostgresProfiles(database)
    short_list = RequestProfilesHandlers(
        ShortList(profiles, SystemClock()), profiles, Pages(b"k" * 32)
    )
    services = [
        rules_pb2.DESCRIPTOR.services_by_name["RequestRulesService"],
        request_profiles_pb2.DESCRIPTOR.services_by_name["RequestProfilesService"],
    ]
    door = Door(Doorkeeper(KEYS, SystemClock()), policies(services, policy_pb2.policy))
    server = aio.server(interceptors=(door,))
    rules_pb2_grpc.add_RequestRulesServiceServicer_to_server(handlers, server)
    request_profiles_pb2_grpc.add_RequestProfilesServiceServicer_to_server(
        short_list, server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield lambda caller: Visitor(channel, caller)
    await server.stop(0)


@pytest.fixture
def keeper(visit: Visit) -> Visitor:
    return visit(KEEPER)
