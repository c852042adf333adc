"""The door for those who watch what happens."""

from collections.abc import AsyncIterator
from typing import Any

from grpc import aio

from kit.outbox import Feed
from kit.rpc.events import tell
from medianest.api.v1 import events_pb2
from medianest.status.v1 import events_pb2_grpc


class EventsHandlers(events_pb2_grpc.EventsServiceServicer):
    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def WatchEvents(
        self,
        request: events_pb2.WatchEventsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[events_pb2.Event]:
        return tell(self._feed, request, context, events_pb2.Event)
