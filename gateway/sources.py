"""Who answers a method: a service, or the gateway itself."""

from dataclasses import dataclass
from typing import Any, Protocol

from gateway.calls import Call, Deadline, Watched, metadata_of
from gateway.http.negotiation import offer_of
from gateway.http.requests import Request
from gateway.identity import Caller
from gateway.messages.trimming import Tree
from gateway.policy import Policy
from kit.rpc.offers import OFFER_KEY
from kit.rpc.sent import LONGEST, sent_key


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a method."""

    message: Any
    request: Request
    caller: Caller | None
    deadline: Deadline
    wanted: Tree | None
    """The fields that will be told. None: all."""


class Source(Protocol):
    service: str
    policy: Policy

    async def answer(self, asked: Asked) -> bytes:
        """The answer, as wire bytes. Raises Problem."""


class Service:
    """A method of a service, over the wire."""

    def __init__(self, call: Call) -> None:
        self.service = call.service
        self.policy = call.policy
        self._call = call

    async def answer(self, asked: Asked) -> bytes:
        caller, request = asked.caller, asked.request
        metadata = metadata_of(request, caller.assertion if caller else "")
        if offers := self.policy.offers:
            chosen = offer_of(request.headers.get(b"accept"), offers)
            metadata += ((OFFER_KEY, chosen.decode()),)
        for name in self.policy.headers:
            sent = request.header(name)
            if 0 < len(sent) <= LONGEST:
                metadata += ((sent_key(name.decode()), sent),)
        return await self._call.ask(
            asked.message.SerializeToString(), asked.deadline.seconds, metadata
        )

    async def watch(
        self, message: Any, request: Request, caller: Caller | None
    ) -> Watched:
        """As `Call.watch`."""
        metadata = metadata_of(request, caller.assertion if caller else "")
        return await self._call.watch(message.SerializeToString(), metadata)
