"""Methods that the gateway answers from what it knows itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from gateway.calls import too_late
from gateway.policy import Policy
from gateway.rules import name_of
from gateway.sources import Asked

Answer = Callable[[Any], Awaitable[Any]]
"""Request message → answer message. May raise Problem."""
OwnMethods = Mapping[str, Answer]
"""By the method's path."""


class Own:
    """One such method, to be asked any number of times."""

    def __init__(
        self, method: MethodDescriptor, policy: Policy, answer: Answer
    ) -> None:
        self.service = name_of(method.containing_service)
        self.policy = policy
        self._answer = answer

    async def answer(self, asked: Asked) -> bytes:
        try:
            async with asyncio.timeout(asked.deadline.seconds):
                message = await self._answer(asked.message)
        except TimeoutError as exc:
            raise too_late(self.service) from exc
        told: bytes = message.SerializeToString()
        return told
