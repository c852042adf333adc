"""Rules, who keeps them, and the door in front of both."""

from collections.abc import Callable
from typing import Any

import grpc
from grpc import aio

from kit.caller import Caller
from kit.rpc.identity import METADATA_KEY
from medianest.media.v1 import (
    request_profiles_pb2_grpc,
    requests_pb2_grpc,
    rules_pb2,
    rules_pb2_grpc,
)
from tests.media.requests.house import KEYS, a_caller

MANAGE_SETTINGS = 2
KEEPER = a_caller("Keeper", MANAGE_SETTINGS)


class Visitor:
    """Somebody at the doors of the rules, the profiles and the requests."""

    def __init__(self, channel: aio.Channel, caller: Caller | None) -> None:
        self._doors = (
            rules_pb2_grpc.RequestRulesServiceStub(channel),
            request_profiles_pb2_grpc.RequestProfilesServiceStub(channel),
            requests_pb2_grpc.RequestsServiceStub(channel),
        )
        self._metadata = [] if caller is None else [(METADATA_KEY, KEYS.sign(caller))]

    async def call(self, method: str, request: object, key: str = "") -> Any:
        metadata = [*self._metadata, *([("idempotency-key", key)] if key else [])]
        [ask] = [getattr(door, method) for door in self._doors if hasattr(door, method)]
        return await ask(request, metadata=metadata, timeout=10)

    async def refused(self, method: str, request: object, key: str = "") -> str:
        """The code and the reason of the refusal."""
        try:
            await self.call(method, request, key)
        except aio.AioRpcError as exc:
            trailers = dict(exc.trailing_metadata() or ())
            code: grpc.StatusCode = exc.code()
            return f"{code.name} {trailers['reason']}"
        raise AssertionError(f"{method} was not refused")

    async def make(self, name: str, **fields: Any) -> rules_pb2.RequestRule:
        if "choices" not in fields:
            fields.setdefault("approves", True)
        rule = rules_pb2.RequestRule(name=name, **fields)
        made: rules_pb2.RequestRule = await self.call(
            "CreateRequestRule", rules_pb2.CreateRequestRuleRequest(rule=rule)
        )
        return made

    async def names(self) -> list[str]:
        """Of all rules, in order."""
        names: list[str] = []
        token = ""
        while True:
            page = await self.call(
                "ListRequestRules",
                rules_pb2.ListRequestRulesRequest(page_size=3, page_token=token),
            )
            names += [each.name for each in page.rules]
            token = page.next_page_token
            if not token:
                return names

    async def move(self, rule: rules_pb2.RequestRule, position: int, **ifs: int) -> Any:
        return await self.call(
            "MoveRequestRule",
            rules_pb2.MoveRequestRuleRequest(rule_id=rule.id, position=position, **ifs),
        )


Visit = Callable[[Caller | None], Visitor]
