"""What auth tells, heard by media."""

import asyncio
import random
from datetime import UTC, timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from google.protobuf.struct_pb2 import Struct
from grpc import aio

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Unavailable
from kit.rpc.channel import open_channel
from kit.rpc.identity import METADATA_KEY, CallerKeys
from kit.rpc.policy import policies
from medianest.api.v1 import events_pb2 as told
from medianest.api.v1 import policy_pb2
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import events_pb2, events_pb2_grpc
from services.media.domain.pictures.faces import Faces
from services.media.domain.requests.leaving import Leaving
from services.media.domain.telling.people import People

log = structlog.get_logger()

_SERVICE = events_pb2.DESCRIPTOR.services_by_name["EventsService"]
_OF_INITIALS = frozenset({"user.created", "user.changed"})
_OF_ROLES = frozenset({"role.created", "role.changed"})
_OF_AVATARS = frozenset({"identity.linked", "identity.changed", "identity.unlinked"})
_SIGNED_FOR = timedelta(seconds=60)
_AGAIN_AFTER_S = 2.0
_NOBODY = str(UUID(int=0))


class HouseEvents:
    """Follows auth's events from where it was, also over times in which either of the
    two was not there. On the way of no request."""

    def __init__(
        self,
        addresses: str,
        keys: CallerKeys,
        leaving: Leaving,
        faces: Faces,
        people: People,
        clock: Clock,
    ) -> None:
        self._addresses = addresses
        self._keys = keys
        self._leaving = leaving
        self._faces = faces
        self._people = people
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. Without an address nothing is heard."""
        if not self._addresses:
            log.warning("auth_unheard", mend="set MEDIANEST_MEDIA_AUTH_ADDRESSES")
            return
        methods = policies([_SERVICE], policy_pb2.policy).values()
        async with open_channel(self._addresses, methods, compress=False) as channel:
            stub = events_pb2_grpc.EventsServiceStub(channel)
            while True:
                try:
                    await self._follow(stub)
                except aio.AioRpcError as exc:
                    log.info("auth_interrupted", code=exc.code().name)
                except Unavailable as exc:
                    log.info("auth_interrupted", code=exc.reason)
                pause_s = _AGAIN_AFTER_S * random.uniform(0.5, 1)  # noqa: S311
                await asyncio.sleep(pause_s)

    async def _follow(self, stub: Any) -> None:
        asked = told.WatchEventsRequest(after=f"auth:{await self._leaving.place()}")
        signed = self._keys.sign(self._media())
        events = stub.WatchEvents(
            asked, metadata=((METADATA_KEY, signed),), wait_for_ready=True
        )
        async for event in events:
            await self._hear(event, int(event.id.partition(":")[2]))

    async def _hear(self, event: told.Event, place: int) -> None:
        data = event.data
        # Before the place is noted with what follows: it is heard again if that fails.
        await self._meet(event.type, data, place)
        at = event.occurred_at.ToDatetime(UTC)
        if event.type == "user.changed":
            await self._leaving.user_changed(str(data["userId"]), at)
        elif event.type == "role.changed":
            await self._leaving.role_changed(str(data["role"]), at)
        if event.type == "user.removed":
            await self._leaving.removed(str(data["userId"]), place)
        elif event.type in _OF_INITIALS and "initial" in data:
            user_id, initial = str(data["userId"]), str(data["initial"])
            await self._faces.has_initial(user_id, initial, place)
        elif event.type in _OF_AVATARS:
            # Without one: a link that was undone.
            url = str(data["avatarUrl"]) if "avatarUrl" in data else ""
            await self._faces.has_avatar(str(data["userId"]), url, place)
        else:
            await self._leaving.passed(place)

    async def _meet(self, what: str, data: Struct, place: int) -> None:
        if what in _OF_INITIALS and "role" in data:
            await self._people.is_in(
                str(data["userId"]),
                str(data["role"]),
                place,
                suspended=bool(data["suspended"]),
            )
        elif what in _OF_ROLES and "permissions" in data:
            granted = data.get_or_create_list("permissions")
            bits = sum(1 << int(cast(float, number)) for number in granted)
            await self._people.role_grants(str(data["role"]), bits, place)
        elif what == "role.removed":
            heir = str(data["replacement"]) if "replacement" in data else ""
            await self._people.role_ended(str(data["role"]), heir, place)

    def _media(self) -> Caller:
        """Media for itself: it may watch, and owns nothing."""
        return Caller(
            user_id=_NOBODY,
            name="media",
            role="viewer",
            permissions=1 << Permission.WATCH_EVENTS,
            session_id=_NOBODY,
            expires_at=self._clock.now() + _SIGNED_FOR,
        )
