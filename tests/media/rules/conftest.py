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
from kit.unchanged import open_unchanged
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import (
    request_profiles_pb2,
    request_profiles_pb2_grpc,
    requests_pb2,
    requests_pb2_grpc,
    rules_pb2,
    rules_pb2_grpc,
)
from services.media.domain.request_profiles import ShortList
from services.media.domain.requests.sizing import Sizing
from services.media.domain.rules.explaining import Explaining
from services.media.domain.rules.keeping import RuleKeeping
from services.media.domain.rules.remembered import RememberedRuling
from services.media.rpc.request_profiles import RequestProfilesHandlers
from services.media.rpc.requests import RequestsHandlers
from services.media.rpc.rules import RequestRulesHandlers
from services.media.store.request_profiles import PostgresProfiles
from services.media.store.request_rules import PostgresRules
from services.media.store.wishes import PostgresWishes
from tests.conftest import MakeDatabase
from tests.media.requests.house import KEYS, Desk, Shelf, open_shelf
from tests.media.rules.house import KEEPER, Visit, Visitor


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
def ruling(database: Database) -> RememberedRuling:
    return RememberedRuling(PostgresRules(database))


@pytest.fixture
async def visit(
    media: tuple[Database, str], ruling: RememberedRuling
) -> AsyncIterator[Visit]:
    database, url = media
    clock, pages = SystemClock(), Pages(b"k" * 32)
    rules, profiles = PostgresRules(database), PostgresProfiles(database)
    explaining = Explaining(PostgresWishes(database), ruling, Sizing())
    desk = Desk(database, clock)
    services = [
        rules_pb2.DESCRIPTOR.services_by_name["RequestRulesService"],
        request_profiles_pb2.DESCRIPTOR.services_by_name["RequestProfilesService"],
        requests_pb2.DESCRIPTOR.services_by_name["RequestsService"],
    ]
    door = Door(Doorkeeper(KEYS, clock), policies(services, policy_pb2.policy))
    server = aio.server(interceptors=(door,))
    rules_pb2_grpc.add_RequestRulesServiceServicer_to_server(
        RequestRulesHandlers(RuleKeeping(rules, clock), rules, explaining, pages),
        server,
    )
    request_profiles_pb2_grpc.add_RequestProfilesServiceServicer_to_server(
        RequestProfilesHandlers(ShortList(profiles, clock), profiles, pages), server
    )
    async with open_unchanged(url, application="test", entries=64) as unchanged:
        requests_pb2_grpc.add_RequestsServiceServicer_to_server(
            RequestsHandlers(
                desk.asking, desk.deciding, desk.editing, desk.seeing, pages, unchanged
            ),
            server,
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield lambda caller: Visitor(channel, caller)
        await server.stop(0)


@pytest.fixture
def keeper(visit: Visit) -> Visitor:
    return visit(KEEPER)
