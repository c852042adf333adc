"""What happens in the services, as it happens: one stream of events for each.

An event makes remembered answers and callers forgotten, and is then told to those who
listen, so that who asks because of it finds the new state.
"""

import asyncio
import random
from collections.abc import Mapping
from contextlib import aclosing

import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from gateway.cache import ResponseCache
from gateway.callers import Callers
from gateway.calls import Call
from gateway.identity import Identity, change_of
from gateway.live.history import KEPT, is_behind
from gateway.live.listeners import Ending
from gateway.live.rooms import Rooms
from gateway.problems import Problem
from kit.rpc.identity import METADATA_KEY
from kit.rpc.positions import AFTER_KEY, HEAD_KEY
from medianest.api.v1 import events_pb2

log = structlog.get_logger()

_AUTH = "auth"
_UNLOCKED = "user.unlocked"
_NOT_RESUMED = 400
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 3.0


def events_method(service: ServiceDescriptor) -> MethodDescriptor | None:
    """The method that tells a service's events, if it is that one's work."""
    for method in service.methods:
        told = method.output_type.full_name == events_pb2.Event.DESCRIPTOR.full_name
        if method.server_streaming and told:
            return method
    return None


class EventStreams:
    def __init__(
        self,
        calls: Mapping[str, Call],
        token: str,
        identity: Identity,
        cache: ResponseCache,
        rooms: Rooms,
        callers: Callers,
    ) -> None:
        """`calls` are the methods that tell events, by the service's name; `token` is
        what the gateway itself shows to watch them."""
        self._calls = calls
        self._token = token
        self._identity = identity
        self._cache = cache
        self._rooms = rooms
        self._callers = callers

    async def run(self) -> None:
        """Watch until cancelled."""
        if not self._token:
            log.warning("events_unwatched", mend="set MEDIANEST_GATEWAY_EVENTS_TOKEN")
            return
        async with asyncio.TaskGroup() as group:
            for name, call in self._calls.items():
                group.create_task(self._follow(name, call), name=f"events of {name}")

    async def _follow(self, name: str, call: Call) -> None:
        watch = _Watch(name)
        while True:
            try:
                await self._watch(watch, call)
            except Problem as problem:
                log.info("events_interrupted", service=name, reason=problem.reason)
                if problem.status == _NOT_RESUMED and watch.after:
                    self._begin_anew(watch)
            finally:
                self._cache.distrust(name)
            await watch.pause()

    async def _watch(self, watch: "_Watch", call: Call) -> None:
        """Follow the stream to its end. Raises Problem."""
        caller = await self._identity.resolve(self._token, ())
        recent = 0 if watch.after else KEPT
        asked = events_pb2.WatchEventsRequest(after=watch.after, recent=recent)
        metadata = ((METADATA_KEY, caller.assertion),)
        stream = await call.watch(asked.SerializeToString(), metadata)
        async with aclosing(stream.messages):
            # What had happened before we first looked is news to nobody.
            old = stream.metadata.get(HEAD_KEY, "") if recent else ""
            self._rooms.history.begin(watch.service, stream.metadata.get(AFTER_KEY, ""))
            self._cache.trust(watch.service)
            watch.pause_s = _SHORTEST_PAUSE_S
            log.info("events_watched", service=watch.service)
            async for raw in stream.messages:
                event = events_pb2.Event.FromString(raw)
                watch.after = event.id
                if event.type == _UNLOCKED and watch.service == _AUTH:
                    # Also one from before we looked: other gateways heard of it.
                    self._callers.forgive(event.id)
                if is_behind(event.id, old):
                    self._happened(watch.service, event)
                else:
                    self._rooms.remember(event)

    def _begin_anew(self, watch: "_Watch") -> None:
        """What happened meanwhile is not known, so anything may have."""
        watch.after = ""
        self._identity.forget_everybody()
        self._rooms.doubt(lambda _: True)

    def _happened(self, service: str, event: events_pb2.Event) -> None:
        self._cache.drop(event.tags)
        change = change_of(event) if service == _AUTH else None
        if change:
            self._identity.forget(change.who)
            if change.is_over:
                self._rooms.end(Ending.SESSION_ENDED, change.who)
            else:
                self._rooms.doubt(change.who)
        self._rooms.publish(event)


class _Watch:
    """How far a service's events were followed."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.after = ""
        self.pause_s = _SHORTEST_PAUSE_S

    async def pause(self) -> None:
        await asyncio.sleep(self.pause_s * random.uniform(0.5, 1))  # noqa: S311
        self.pause_s = min(self.pause_s * 2, _LONGEST_PAUSE_S)
