"""The door to by what one is reached outside of the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from grpc import aio

from kit.caller import Caller
from kit.postgres import Database
from kit.rpc.identity import METADATA_KEY
from medianest.media.v1 import own_targets_pb2 as pb
from medianest.media.v1 import own_targets_pb2_grpc
from services.media.domain.telling.planning import Person
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.telling.people_told import people_of
from services.media.store.telling.reaching import EveryTarget
from tests.media.requests.house import KEYS
from tests.simulators.ear import Ear

WEBHOOK = pb.OwnTarget.WEBHOOK
"""Kinds."""


@dataclass
class OwnDoor:
    channel: aio.Channel
    ear: Ear
    house: PostgresNotificationTargets
    database: Database
    every: EveryTarget

    async def call(self, who: Caller | None, method: str, request: object) -> Any:
        door = own_targets_pb2_grpc.OwnTargetsServiceStub(self.channel)
        metadata = [] if who is None else [(METADATA_KEY, KEYS.sign(who))]
        return await getattr(door, method)(request, metadata=metadata, timeout=20)

    async def refused(self, who: Caller | None, method: str, request: object) -> str:
        try:
            await self.call(who, method, request)
        except aio.AioRpcError as exc:
            trailers = dict(exc.trailing_metadata() or ())
            code: grpc.StatusCode = exc.code()
            return f"{code.name} {trailers['reason']}"
        raise AssertionError(f"{method} was not refused")

    async def add(self, who: Caller, address: str = "", **more: Any) -> pb.OwnTarget:
        made: pb.OwnTarget = await self.call(
            who, "CreateOwnTarget", wanted(address=address or self.ear.url, **more)
        )
        return made

    async def test(self, who: Caller, target: pb.OwnTarget) -> tuple[bool, str]:
        request = pb.TestOwnTargetRequest(target_id=target.id)
        answer = await self.call(who, "TestOwnTarget", request)
        return answer.delivered, answer.words

    async def names(self, who: Caller) -> list[str]:
        answer = await self.call(who, "ListOwnTargets", pb.ListOwnTargetsRequest())
        return [each.name for each in answer.targets]


def wanted(**fields: Any) -> pb.CreateOwnTargetRequest:
    usual = {"kind": WEBHOOK, "name": "Ear", "address": "https://there.example/"}
    return pb.CreateOwnTargetRequest(**{**usual, **fields})


def change(target: pb.OwnTarget, **fields: Any) -> pb.UpdateOwnTargetRequest:
    return pb.UpdateOwnTargetRequest(
        target_id=target.id, change=fields, update_mask={"paths": list(fields)}
    )


async def people_told(database: Database, *callers: Caller) -> Sequence[Person]:
    async with database.connection() as conn:
        return await people_of(conn, [each.user_id for each in callers])
