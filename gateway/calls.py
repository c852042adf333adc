"""Calls to the services: raw bytes in and out, always with a deadline."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from gateway import problems
from gateway.http.requests import Request
from gateway.policy import Policy
from gateway.problems import FieldError, Problem, invalid
from gateway.rules import name_of
from kit.rpc.addresses import ADDRESS_KEY, SEAL_KEY
from kit.rpc.door import REQUEST_ID_KEY
from kit.rpc.identity import METADATA_KEY
from kit.rpc.repeats import IDEMPOTENCY_KEY

Metadata = tuple[tuple[str, str], ...]

_TIMEOUT = re.compile(r"(\d{1,8}(?:\.\d{1,6})?)(ms|s)?")
_GRPC_TIMEOUT = re.compile(r"(\d{1,8})([HMSmun])")
_GRPC_UNITS_S = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


class Call:
    """One method, to be called any number of times."""

    def __init__(
        self, channel: aio.Channel, policy: Policy, service: ServiceDescriptor
    ) -> None:
        self.service = name_of(service)
        self.policy = policy
        self._ask: Any = channel.unary_unary(policy.path)
        self._watch: Any = channel.unary_stream(policy.path)

    async def ask(self, message: bytes, timeout_s: float, metadata: Metadata) -> bytes:
        """Raises Problem. Cancelling it cancels the call."""
        try:
            answer: bytes = await self._ask(
                message, timeout=timeout_s, metadata=metadata
            )
        except aio.AioRpcError as exc:
            raise problems.of_rpc(exc, self.service) from exc
        return answer

    async def watch(self, message: bytes, metadata: Metadata) -> "Watched":
        """A stream, once the service has said that it is open. Raises Problem, also in
        the middle."""
        call = self._watch(message, metadata=metadata)
        try:
            await call.wait_for_connection()
            said = await call.initial_metadata()
        except aio.AioRpcError as exc:
            raise problems.of_rpc(exc, self.service) from exc
        opened = {str(key): str(value) for key, value in said}
        return Watched(opened, self._messages(call))

    async def _messages(self, call: Any) -> AsyncGenerator[bytes, None]:
        try:
            # A read that is cancelled itself loses the message that it was to bring,
            # and gRPC keeps that for ever (1.85). It ends with the call.
            while (answer := await asyncio.shield(call.read())) is not aio.EOF:
                yield answer
            if await call.code() is not grpc.StatusCode.OK:
                raise problems.of_rpc(await _error_of(call), self.service)
        except aio.AioRpcError as exc:
            raise problems.of_rpc(exc, self.service) from exc
        finally:
            call.cancel()


@dataclass(frozen=True, slots=True)
class Watched:
    metadata: Mapping[str, str]
    """What the service said as it opened the stream."""
    messages: AsyncGenerator[bytes, None]


async def _error_of(call: Any) -> aio.AioRpcError:
    return aio.AioRpcError(
        await call.code(),
        await call.initial_metadata(),
        await call.trailing_metadata(),
        await call.details(),
    )


def metadata_of(request: Request, caller: str) -> Metadata:
    """What travels with the call: who asks, which request it is, and from where."""
    found = [
        (REQUEST_ID_KEY, request.id),
        (ADDRESS_KEY, request.address),
    ]
    if seal := request.seal:
        found.append((SEAL_KEY, seal))
    headers = request.headers
    if caller:
        found.append((METADATA_KEY, caller))
    if b"user-agent" in headers:
        found.append(("x-client-agent", request.header(b"user-agent")))
    if b"idempotency-key" in headers:
        found.append((IDEMPOTENCY_KEY, request.header(b"idempotency-key")))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Deadline:
    seconds: float
    is_lowered: bool
    """The client has less patience than the contract."""


def deadline_of(headers: Mapping[bytes, bytes], policy: Policy) -> Deadline:
    """The policy's, lowered by `X-Request-Timeout` (`1.5`, `1.5s`, `800ms`) or
    `Grpc-Timeout` (`800m`). Raises Problem for what is neither."""
    seconds = policy.deadline_s
    if wanted := headers.get(b"x-request-timeout"):
        found = _TIMEOUT.fullmatch(wanted.decode("latin-1"))
        if not found:
            raise invalid([FieldError("X-Request-Timeout", "must be like 1.5s")])
        seconds = min(seconds, float(found[1]) * (0.001 if found[2] == "ms" else 1))
    if wanted := headers.get(b"grpc-timeout"):
        found = _GRPC_TIMEOUT.fullmatch(wanted.decode("latin-1"))
        if not found:
            raise invalid([FieldError("Grpc-Timeout", "must be like 800m")])
        seconds = min(seconds, float(found[1]) * _GRPC_UNITS_S[found[2]])
    return Deadline(seconds, seconds < policy.deadline_s)


def too_late(service: str) -> Problem:
    return Problem(
        504,
        "deadline_exceeded",
        f"{service} did not answer in time.",
        headers=[problems.retry_after(2)],
    )
