"""The door to one's own bell."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf import empty_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit.caller import Caller
from kit.errors import Invalid
from kit.pages import Key, Pages
from kit.rpc import identity
from medianest.media.v1 import notifications_pb2, notifications_pb2_grpc
from services.media.domain.telling.inbox import Bell
from services.media.domain.telling.preferences import Wishes, news_of
from services.media.rpc import bell_wire as wire

_Context = aio.ServicerContext[Any, Any]


class NotificationsHandlers(notifications_pb2_grpc.NotificationsServiceServicer):
    def __init__(self, bell: Bell, wishes: Wishes, pages: Pages) -> None:
        self._bell = bell
        self._wishes = wishes
        self._pages = pages

    async def ListNotifications(
        self, request: notifications_pb2.ListNotificationsRequest, context: _Context
    ) -> notifications_pb2.ListNotificationsResponse:
        by, size = identity.of(context), self._pages.size(request.page_size)
        of_list = f"notifications {by.user_id} {request.unread_only}"
        after = _place(self._pages.read(of_list, request.page_token))
        rows = await self._bell.page(
            by, size + 1, after, unread_only=request.unread_only
        )
        page, token = self._pages.cut(of_list, rows, size, lambda row: [row.place])
        return notifications_pb2.ListNotificationsResponse(
            notifications=[wire.notification_to_wire(each) for each in page],
            next_page_token=token,
        )

    async def CountNotifications(
        self, request: notifications_pb2.CountNotificationsRequest, context: _Context
    ) -> notifications_pb2.NotificationCounts:
        unread = await self._bell.unread(identity.of(context))
        return notifications_pb2.NotificationCounts(unread=unread)

    async def ReadNotifications(
        self, request: notifications_pb2.ReadNotificationsRequest, context: _Context
    ) -> notifications_pb2.NotificationCounts:
        left = await self._read(request, identity.of(context))
        return notifications_pb2.NotificationCounts(unread=left)

    async def DeleteNotification(
        self, request: notifications_pb2.DeleteNotificationRequest, context: _Context
    ) -> empty_pb2.Empty:
        await self._bell.remove(
            identity.of(context),
            wire.notification_id_from_wire(request.notification_id),
        )
        return empty_pb2.Empty()

    async def GetNotificationPreferences(
        self,
        request: notifications_pb2.GetNotificationPreferencesRequest,
        context: _Context,
    ) -> notifications_pb2.NotificationPreferences:
        by = identity.of(context)
        return wire.preferences_to_wire(await self._wishes.of(by), news_of(by))

    async def UpdateNotificationPreferences(
        self,
        request: notifications_pb2.UpdateNotificationPreferencesRequest,
        context: _Context,
    ) -> notifications_pb2.NotificationPreferences:
        by = identity.of(context)
        changed = await self._wishes.change(wire.change_from_wire(request), by)
        return wire.preferences_to_wire(changed, news_of(by))

    async def _read(
        self, request: notifications_pb2.ReadNotificationsRequest, by: Caller
    ) -> int:
        if not request.HasField("until"):
            return await self._bell.read(by, wire.ids_from_wire(request.ids))
        if request.ids:
            raise Invalid("Either ids or until is given.", field="until")
        return await self._bell.read_until(by, _until(request.until))


def _until(time: Timestamp) -> datetime:
    try:
        return time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as exc:
        raise Invalid("until is a time.", field="until") from exc


def _place(key: Key | None) -> int | None:
    return None if key is None else int(key[0])
