"""The door for those who watch what happens."""

from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit.outbox import Event, Feed
from medianest.api.v1 import events_pb2
from medianest.status.v1 import events_pb2_grpc


class EventsHandlers(events_pb2_grpc.EventsServiceServicer):
    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def WatchEvents(  # type: ignore[override]
        self,
        request: events_pb2.WatchEventsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[events_pb2.Event]:
        async for event_id, event in self._feed.watch(request.after):
            yield event_to_wire(event_id, event)


def event_to_wire(event_id: str, event: Event) -> events_pb2.Event:
    occurred_at = Timestamp()
    occurred_at.FromDatetime(event.at)
    return events_pb2.Event(
        id=event_id,
        type=event.type,
        occurred_at=occurred_at,
        key=event.key,
        rooms=event.rooms,
        tags=event.tags,
        data=ParseDict(dict(event.data), Struct()),
    )
