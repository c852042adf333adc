"""Notifications behind their real door, on a database of their own."""

from collections.abc import AsyncIterator, Callable

import pytest
from grpc import aio

from kit.caller import Caller
from kit.clock import SystemClock
from kit.delivery.apprises import open_apprises
from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.mail import open_mails
from kit.delivery.settings import EMAIL
from kit.delivery.webhooks import open_webhooks
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import Doorkeeper
from kit.rpc.policy import policies
from kit.sealing import Seal
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import (
    notifications_pb2,
    notifications_pb2_grpc,
    own_targets_pb2,
    own_targets_pb2_grpc,
)
from services.media.domain.telling.inbox import Bell
from services.media.domain.telling.own_targets import Reaching
from services.media.domain.telling.preferences import Wishes
from services.media.rpc.notifications import NotificationsHandlers
from services.media.rpc.own_targets import OwnTargetsHandlers
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.telling.inbox import PostgresInbox
from services.media.store.telling.own_targets import PostgresOwnTargets
from services.media.store.telling.preferences import PostgresPreferences
from services.media.store.telling.reaching import (
    OWN_APPRISE,
    OWN_WEBHOOK,
    EveryTarget,
    OwnMessenger,
)
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase
from tests.media.requests.house import KEYS, Desk, Shelf, open_shelf
from tests.media.telling.house import Reader, following
from tests.media.telling.outside import SEAL, Outside
from tests.media.telling.own_door import OwnDoor
from tests.simulators.ear import listening

Look = Callable[[Caller | None], Reader]


@pytest.fixture
async def media(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("media")


@pytest.fixture
async def database(media: tuple[Database, str]) -> Database:
    return media[0]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    return await open_shelf(database)


@pytest.fixture
async def desk(database: Database, clock: StoppedClock) -> Desk:
    return Desk(database, clock)


@pytest.fixture
async def outside(database: Database, clock: StoppedClock) -> Outside:
    return Outside(database, clock)


@pytest.fixture
async def followed(
    media: tuple[Database, str], clock: StoppedClock
) -> AsyncIterator[None]:
    """Two processes follow what happens."""
    async with following(*media, clock, replicas=2):
        yield


@pytest.fixture
async def look(database: Database, clock: StoppedClock) -> AsyncIterator[Look]:
    handlers = NotificationsHandlers(
        Bell(PostgresInbox(database), clock),
        Wishes(PostgresPreferences(database), clock),
        Pages(b"k" * 32),
    )
    service = notifications_pb2.DESCRIPTOR.services_by_name["NotificationsService"]
    keeper = Doorkeeper(KEYS, SystemClock())
    server = aio.server(
        interceptors=(Door(keeper, policies([service], policy_pb2.policy)),)
    )
    notifications_pb2_grpc.add_NotificationsServiceServicer_to_server(handlers, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield lambda caller: Reader(channel, caller)
    await server.stop(0)


@pytest.fixture(params=[True])
def private_allowed(request: pytest.FixtureRequest) -> bool:
    """Whether own targets may be where the test's are."""
    return bool(request.param)


@pytest.fixture
async def door(database: Database, private_allowed: bool) -> AsyncIterator[OwnDoor]:
    clock, seal = SystemClock(), Seal(SEAL)
    own = PostgresOwnTargets(database, seal)
    house = PostgresNotificationTargets(database, seal)
    targets = EveryTarget(own, house)
    async with (
        listening() as ear,
        open_webhooks(clock, private_allowed=private_allowed) as webhooks,
        open_mails(private_allowed=True) as mails,
        open_apprises(private_allowed=private_allowed) as apprises,
    ):
        channels = {OWN_WEBHOOK: webhooks, OWN_APPRISE: apprises, EMAIL: mails}
        delivering = Delivering(Deliveries(database, clock), targets, channels)
        messenger = OwnMessenger(targets, delivering, apprises, clock)
        service = own_targets_pb2.DESCRIPTOR.services_by_name["OwnTargetsService"]
        keeper = Doorkeeper(KEYS, clock)
        server = aio.server(
            interceptors=(Door(keeper, policies([service], policy_pb2.policy)),)
        )
        own_targets_pb2_grpc.add_OwnTargetsServiceServicer_to_server(
            OwnTargetsHandlers(Reaching(own, messenger, clock), Pages(b"k" * 32)),
            server,
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield OwnDoor(channel, ear, house, database, targets)
        await server.stop(0)
