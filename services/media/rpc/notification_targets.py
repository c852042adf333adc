"""The door to the house's targets of notifications."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.delivery.message import DeliveryMissing, LoggedDelivery
from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import notification_targets_pb2 as pb
from medianest.media.v1 import notification_targets_pb2_grpc
from services.media.domain.notifying.targets import (
    NotificationTarget,
    StoredTargets,
    TargetChange,
    TargetMissing,
    Targets,
)
from services.media.rpc.masks import named_by, take
from services.media.rpc.notification_wire import (
    delivery_to_wire,
    settings_from_wire,
    target_to_wire,
    without_secrets,
)
from services.media.rpc.sources import since_key

_CHANNELS = ("webhook", "email", "apprise")
_CHANGEABLE = ("name", "enabled", "event_types", *_CHANNELS)
_Context = aio.ServicerContext[Any, Any]


class DeliveryLog(Protocol):
    async def log(
        self, target_id: UUID, size: int, before: int | None = None
    ) -> Sequence[LoggedDelivery]: ...

    async def try_again(self, target_id: UUID, delivery_id: UUID) -> LoggedDelivery: ...


class NotificationTargetsHandlers(
    notification_targets_pb2_grpc.NotificationTargetsServiceServicer
):
    def __init__(
        self, targets: Targets, stored: StoredTargets, log: DeliveryLog, pages: Pages
    ) -> None:
        self._targets = targets
        self._stored = stored
        self._log = log
        self._pages = pages

    async def CreateNotificationTarget(
        self, request: pb.CreateNotificationTargetRequest, context: _Context
    ) -> pb.NotificationTarget:
        by, how_often = identity.of(context), once(without_secrets(request), context)
        settings, _ = settings_from_wire(request, _the_channel(request))
        target = await self._targets.add(
            request.name,
            request.enabled if request.HasField("enabled") else True,
            request.event_types,
            settings,
            by,
            how_often,
        )
        return target_to_wire(target)

    async def GetNotificationTarget(
        self, request: pb.GetNotificationTargetRequest, context: _Context
    ) -> pb.NotificationTarget:
        return target_to_wire(await self._stored.read(_target_id(request.target_id)))

    async def ListNotificationTargets(
        self, request: pb.ListNotificationTargetsRequest, context: _Context
    ) -> pb.ListNotificationTargetsResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("notification targets", request.page_token)
        found = await self._stored.page(since_key(key), size + 1)
        page, token = self._pages.cut("notification targets", found, size, _age_of)
        return pb.ListNotificationTargetsResponse(
            targets=map(target_to_wire, page), next_page_token=token
        )

    async def UpdateNotificationTarget(
        self, request: pb.UpdateNotificationTargetRequest, context: _Context
    ) -> pb.NotificationTarget:
        target_id = _target_id(request.target_id)
        named = named_by(request.update_mask, request.change, _CHANGEABLE)
        before = await self._stored.read(target_id)
        changed = await self._targets.change(
            target_id,
            _change(before, request.change, named),
            request.if_version or before.version,
        )
        return target_to_wire(changed)

    async def DeleteNotificationTarget(
        self, request: pb.DeleteNotificationTargetRequest, context: _Context
    ) -> Empty:
        await self._targets.remove(_target_id(request.target_id), request.if_version)
        return Empty()

    async def TestNotificationTarget(
        self, request: pb.TestNotificationTargetRequest, context: _Context
    ) -> pb.TestNotificationTargetResponse:
        answer = await self._targets.try_out(_target_id(request.target_id))
        return pb.TestNotificationTargetResponse(
            delivered=answer.delivered, words=answer.words
        )

    async def ListDeliveries(
        self, request: pb.ListDeliveriesRequest, context: _Context
    ) -> pb.ListDeliveriesResponse:
        target_id = _target_id(request.target_id)
        of_list = f"deliveries of {target_id}"
        size = self._pages.size(request.page_size)
        key = self._pages.read(of_list, request.page_token)
        before = int(key[0]) if key else None
        await self._stored.read(target_id)
        found = await self._log.log(target_id, size + 1, before)
        page, token = self._pages.cut(of_list, found, size, lambda each: [each.place])
        return pb.ListDeliveriesResponse(
            deliveries=map(delivery_to_wire, page), next_page_token=token
        )

    async def RetryDelivery(
        self, request: pb.RetryDeliveryRequest, context: _Context
    ) -> pb.NotificationDelivery:
        target_id = _target_id(request.target_id)
        await self._stored.read(target_id)
        delivery_id = _delivery_id(request.delivery_id)
        return delivery_to_wire(await self._log.try_again(target_id, delivery_id))


def _age_of(target: NotificationTarget) -> list[str | int | float]:
    return [target.created_at.isoformat(), str(target.id)]


def _the_channel(request: pb.CreateNotificationTargetRequest) -> str:
    given = [each for each in _CHANNELS if request.HasField(each)]  # type: ignore[arg-type]
    if len(given) != 1:
        raise ChannelRequired(
            "A target has one of webhook, email and apprise.", field="webhook"
        )
    return given[0]


class ChannelRequired(Invalid):
    reason = "channel_required"


def _change(
    before: NotificationTarget, wanted: pb.NotificationTarget, paths: Sequence[str]
) -> TargetChange:
    """What is named, of a channel also one by one. Raises Invalid."""
    named = {path.partition(".")[0] for path in paths}
    channels = named.intersection(_CHANNELS)
    if len(channels) > 1:
        raise ChannelRequired(
            "A target has one of webhook, email and apprise.", field="update_mask"
        )
    change = target_to_wire(before)
    take(paths, wanted, change)
    settings, kept = None, frozenset[str]()
    for channel in channels:
        settings, kept = settings_from_wire(change, channel)
    return TargetChange(
        change.name if "name" in named else None,
        change.enabled if "enabled" in named else None,
        tuple(change.event_types) if "event_types" in named else None,
        settings,
        kept,
    )


def _target_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise TargetMissing("There is no such target.") from exc


def _delivery_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise DeliveryMissing("There is no such delivery that has failed.") from exc
