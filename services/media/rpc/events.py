"""The door for those who watch what happens."""

from collections.abc import AsyncIterator
from typing import Any

from grpc import aio

from kit.outbox import Feed
from kit.rpc.events import event_to_wire
from medianest.api.v1 import events_pb2
from medianest.media.v1 import events_pb2_grpc


class EventsHandlers(events_pb2_grpc.EventsServiceServicer):
    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def WatchEvents(
        self,
        request: events_pb2.WatchEventsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[events_pb2.Event]:
        async def opened() -> None:
            # A watcher may trust, from now on, that it misses nothing.
            await context.send_initial_metadata(())

        async for event_id, event in self._feed.watch(request.after, opened):
            yield event_to_wire(events_pb2.Event, event_id, event)
