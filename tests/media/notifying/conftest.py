"""The door to targets, those who deliver, and a program that is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from grpc import aio

from kit.background import running
from kit.clock import SystemClock
from kit.delivery.apprises import open_apprises
from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.mail import open_mails
from kit.delivery.webhooks import open_webhooks
from kit.outbox import Feed
from kit.pages import Pages
from kit.rpc.door import Door
from kit.rpc.identity import Doorkeeper
from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import notification_targets_pb2 as pb
from medianest.media.v1 import notification_targets_pb2_grpc
from services.media.domain.notifying.targets import Targets
from services.media.rpc.notification_targets import NotificationTargetsHandlers
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.notifying import Notifying
from tests.conftest import MakeDatabase
from tests.media.notifying.house import NotifyingHouse, a_seal
from tests.media.requests.house import KEYS, open_shelf
from tests.simulators.ear import listening


@pytest.fixture
async def house(make_database: MakeDatabase) -> AsyncIterator[NotifyingHouse]:
    database, dsn = await make_database("media")
    clock = SystemClock()
    stored = PostgresNotificationTargets(database, a_seal())
    deliveries = Deliveries(database, clock)
    feed = Feed(database, dsn, "media", asyncio.Event())
    async with (
        listening() as ear,
        open_webhooks(clock, private_allowed=True) as webhooks,
        open_mails(private_allowed=True) as mails,
        open_apprises(private_allowed=True) as apprises,
    ):
        channels = {"webhook": webhooks, "email": mails, "apprise": apprises}
        delivering = Delivering(deliveries, stored, channels)
        handlers = NotificationTargetsHandlers(
            Targets(stored, delivering, apprises, clock),
            stored,
            deliveries,
            Pages(b"k" * 32),
        )
        service = pb.DESCRIPTOR.services_by_name["NotificationTargetsService"]
        door = Door(Doorkeeper(KEYS, clock), policies([service], policy_pb2.policy))
        server = aio.server(interceptors=(door,))
        notification_targets_pb2_grpc.add_NotificationTargetsServiceServicer_to_server(
            handlers, server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            notifying = Notifying(
                database,
                feed,
                deliveries,
                "https://pictures.example",
                "https://home.example/nest/",
            )
            made = NotifyingHouse(
                database,
                await open_shelf(database),
                ear,
                stored,
                deliveries,
                delivering,
                notifying,
                channel,
            )
            async with running(events=feed.run()):
                yield made
        await server.stop(0)


@pytest.fixture
async def at_work(house: NotifyingHouse) -> AsyncIterator[NotifyingHouse]:
    async with running(
        notifying=house.notifying.run(), delivering=house.delivering.run()
    ):
        yield house
