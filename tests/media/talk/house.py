"""Where people talk about titles: the door, and who comes to it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from kit.caller import Caller
from kit.clock import SystemClock
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, Doorkeeper
from kit.rpc.policy import policies
from kit.rpc.repeats import IDEMPOTENCY_KEY
from medianest.api.v1 import policy_pb2
from services.media.app.part import Served
from tests.media.requests.house import KEYS

AN_ID = "01996f9e-8c1f-7a30-b5c7-3f1f6f3c9d11"
NOT_IDS = ["", "1", "null", "../../etc", "{" + AN_ID + "}", "é" * 5000, "a\0b"]
NOT_IDS += [AN_ID.replace("-", ""), f"urn:uuid:{AN_ID}", "'; DROP TABLE reports; --"]


class Visitor:
    """Calls any method of the contract as somebody."""

    def __init__(
        self,
        channel: aio.Channel,
        methods: dict[str, MethodDescriptor],
        caller: Caller | None,
    ) -> None:
        self._channel = channel
        self._methods = methods
        self._caller = caller

    async def call(self, method: str, key: str = "", **fields: object) -> Any:
        of = self._methods[method]
        answer = self._channel.unary_unary(
            f"/{of.containing_service.full_name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(of.output_type).FromString,
        )
        metadata = [(IDEMPOTENCY_KEY, key)] if key else []
        if self._caller is not None:
            metadata.append((METADATA_KEY, KEYS.sign(self._caller)))
        request = GetMessageClass(of.input_type)(**fields)
        return await answer(request, metadata=metadata, timeout=10)

    async def refused(self, method: str, key: str = "", **fields: object) -> str:
        """The code and the reason of the refusal."""
        with pytest.raises(aio.AioRpcError) as refusal:
            await self.call(method, key, **fields)
        trailers = dict(refusal.value.trailing_metadata() or ())
        return f"{refusal.value.code().name} {trailers['reason']!s}"


class Street:
    """Everybody who comes to one door."""

    def __init__(
        self, channel: aio.Channel, methods: dict[str, MethodDescriptor]
    ) -> None:
        self._channel = channel
        self.methods = methods

    def visitor(self, caller: Caller | None) -> Visitor:
        return Visitor(self._channel, self.methods, caller)


@asynccontextmanager
async def street_of(served: Sequence[Served]) -> AsyncIterator[Street]:
    contracts = [each.contract for each in served]
    door = Door(Doorkeeper(KEYS, SystemClock()), policies(contracts, policy_pb2.policy))
    server = aio.server(interceptors=(door,))
    for each in served:
        each.add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    methods = {method.name: method for each in contracts for method in each.methods}
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Street(channel, methods)
    await server.stop(0)


async def told(database: Database, kind: str) -> list[tuple[str, list[str]]]:
    """The events whose type begins so, with their rooms."""
    rows = await database.fetch(
        "SELECT type, rooms FROM outbox WHERE type LIKE $1 || '%' ORDER BY id", kind
    )
    return [(row["type"], sorted(row["rooms"])) for row in rows]
