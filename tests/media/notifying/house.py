"""A house that tells targets outside what happens in it."""

from dataclasses import dataclass
from typing import Any

from grpc import aio

from kit import outbox
from kit.caller import Caller
from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.postgres import Database
from kit.rpc.identity import METADATA_KEY
from kit.sealing import Seal
from medianest.media.v1 import notification_targets_pb2 as pb
from medianest.media.v1 import notification_targets_pb2_grpc
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.notifying import Notifying
from tests.media.requests.house import KEYS, NOON, Shelf, a_caller
from tests.simulators.ear import Ear

MANAGE_SETTINGS = 2
SEAL = "test:" + "7e" * 32
KEEPER = a_caller("Keeper", MANAGE_SETTINGS)
TEMPLATE = '{"what": "{{notification_type}}", "subject": "{{subject}}"}'


@dataclass
class NotifyingHouse:
    database: Database
    shelf: Shelf
    ear: Ear
    stored: PostgresNotificationTargets
    deliveries: Deliveries
    delivering: Delivering
    notifying: Notifying
    channel: aio.Channel

    def door(self, by: Caller | None = KEEPER) -> "Door":
        return Door(self.channel, by)

    async def target(self, *event_types: str, **changes: Any) -> pb.NotificationTarget:
        """A webhook to the ear."""
        channel = pb.WebhookChannel(url=self.ear.url, template=TEMPLATE)
        asked = pb.CreateNotificationTargetRequest(
            name="Ear",
            event_types=event_types or ("request.created",),
            webhook=channel,
        )
        asked.MergeFrom(pb.CreateNotificationTargetRequest(**changes))
        made = await self.door().call("CreateNotificationTarget", asked)
        assert isinstance(made, pb.NotificationTarget)
        return made

    async def happens(self, what: str, **data: Any) -> None:
        """As a store writes it down."""
        event = outbox.Event(
            what, "0190-request", NOON, ("requests",), ("requests",), data
        )
        async with self.database.transaction() as conn:
            await outbox.write(conn, event)

    async def deliveries_of(
        self, target: pb.NotificationTarget
    ) -> list[pb.NotificationDelivery]:
        asked = pb.ListDeliveriesRequest(target_id=target.id)
        return list((await self.door().call("ListDeliveries", asked)).deliveries)

    async def states_of(self, target: pb.NotificationTarget) -> list[str]:
        found = await self.deliveries_of(target)
        return [pb.NotificationDelivery.State.Name(each.state) for each in found]


class Door:
    def __init__(self, channel: aio.Channel, by: Caller | None) -> None:
        self._stub = notification_targets_pb2_grpc.NotificationTargetsServiceStub(
            channel
        )
        self._metadata = [] if by is None else [(METADATA_KEY, KEYS.sign(by))]

    async def call(self, method: str, request: Any, key: str = "") -> Any:
        metadata = list(self._metadata)
        if key:
            metadata.append(("idempotency-key", key))
        return await getattr(self._stub, method)(request, metadata=metadata, timeout=20)

    async def refused(self, method: str, request: Any, key: str = "") -> str:
        """The code and the reason of the refusal."""
        try:
            await self.call(method, request, key)
        except aio.AioRpcError as exc:
            trailers = dict(exc.trailing_metadata() or ())
            return f"{exc.code().name} {trailers['reason']}"
        raise AssertionError(f"{method} was not refused")


def a_seal(keys: str = SEAL) -> Seal:
    return Seal(keys)
