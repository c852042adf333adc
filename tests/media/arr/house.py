"""A media database with Radarrs and Sonarrs set up in it, and its door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from grpc import aio

from kit.cache import Cache
from kit.caller import Caller
from kit.clock import SystemClock
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, Doorkeeper
from kit.rpc.policy import policies
from kit.rpc.repeats import IDEMPOTENCY_KEY
from kit.sealing import Seal
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import fulfillers_pb2, fulfillers_pb2_grpc
from services.media.clients.arr.opening import ArrClients
from services.media.clients.arr.remembered import RememberedOptions
from services.media.domain.fulfilling.appointed import Appointed
from services.media.domain.fulfilling.choosing import Choosing
from services.media.domain.fulfilling.setup import SettingUp
from services.media.rpc.fulfillers import FulfillersHandlers
from services.media.store.fulfillers import PostgresFulfillers
from tests.media.shelf.door import KEYS, SEALING_KEYS
from tests.media.shelf.house import AheadClock, a_caller
from tests.simulators.arr.server import Arr

REQUEST, REQUEST_ADVANCED, MANAGE_SETTINGS = 5, 13, 2
OWNER = a_caller("Owner", MANAGE_SETTINGS, REQUEST_ADVANCED)
FRIEND = a_caller("Friend", REQUEST)
CHOOSER = a_caller("Chooser", REQUEST_ADVANCED)


@dataclass
class FulfillersHouse:
    database: Database
    clock: AheadClock = field(default_factory=AheadClock)
    seal: Seal = field(default_factory=lambda: Seal(SEALING_KEYS))

    @property
    def setups(self) -> PostgresFulfillers:
        return PostgresFulfillers(self.database, self.seal, self.clock)

    @property
    def appointed(self) -> Appointed:
        return Appointed(self.setups, ArrClients(self.clock).open)

    @asynccontextmanager
    async def door(self) -> AsyncIterator[aio.Channel]:
        clients = ArrClients(self.clock)
        memory = RememberedOptions(
            Cache("fulfillers", None, clock=self.clock), self.clock
        )
        handlers = FulfillersHandlers(
            SettingUp(self.setups, self.clock),
            self.setups,
            Choosing(self.setups, clients.open, memory),
            Pages(b"k" * 32),
        )
        service = fulfillers_pb2.DESCRIPTOR.services_by_name["FulfillersService"]
        door = Door(
            Doorkeeper(KEYS, SystemClock()), policies([service], policy_pb2.policy)
        )
        server = aio.server(interceptors=(door,))
        fulfillers_pb2_grpc.add_FulfillersServiceServicer_to_server(handlers, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield channel
        finally:
            await server.stop(None)


class Visitor:
    """Calls a method as somebody."""

    def __init__(self, channel: aio.Channel, caller: Caller | None = OWNER) -> None:
        self._channel = channel
        self._caller = caller

    async def call(self, method: str, key: str = "", **fields: Any) -> Any:
        metadata = [(IDEMPOTENCY_KEY, key)] if key else []
        if self._caller is not None:
            metadata.append((METADATA_KEY, KEYS.sign(self._caller)))
        request = getattr(fulfillers_pb2, f"{method}Request")(**fields)
        answer = getattr(
            fulfillers_pb2_grpc.FulfillersServiceStub(self._channel), method
        )
        return await answer(request, metadata=metadata, timeout=15)

    async def refused(self, method: str, **fields: Any) -> tuple[str, str, str]:
        """Code, reason and message of the refusal."""
        with pytest.raises(aio.AioRpcError) as refusal:
            await self.call(method, **fields)
        error = refusal.value
        trailers = {key: value for key, value in error.trailing_metadata() or ()}  # noqa: C416
        return error.code().name, str(trailers["reason"]), error.details() or ""

    async def add(self, server: Arr, **fields: Any) -> Any:
        """With what the server has."""
        return await self.call("CreateFulfiller", **fields_of(server, **fields))

    async def update(self, fulfiller: Any, if_version: int = 0, **change: Any) -> Any:
        return await self.call(
            "UpdateFulfiller", **update_of(fulfiller, if_version, **change)
        )


def fields_of(server: Arr, **fields: Any) -> dict[str, Any]:
    is_radarr = server.app_name == "Radarr"
    given = {
        "name": server.app_name,
        "kind": fulfillers_pb2.Fulfiller.RADARR
        if is_radarr
        else fulfillers_pb2.Fulfiller.SONARR,
        "address": server.url,
        "api_key": server.key,
        "defaults": {"profile_id": 4, "folder": "/movies" if is_radarr else "/tv"},
    }
    return {**given, **fields}


def update_of(fulfiller: Any, if_version: int = 0, **change: Any) -> dict[str, Any]:
    return {
        "fulfiller_id": fulfiller.id,
        "change": change,
        "update_mask": {"paths": list(change)},
        "if_version": if_version,
    }
