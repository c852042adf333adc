"""What the launcher asks of auth and media in the name of the house, whose keys it
has."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias, TypeVar
from uuid import UUID

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from kit.caller import OPERATOR_SESSION, Caller
from kit.clock import SystemClock
from kit.rpc.channel import open_channel
from kit.rpc.identity import METADATA_KEY, CallerKeys
from kit.rpc.policy import policies
from launcher.failures import CannotRun
from launcher.house import House
from medianest.api.v1 import policy_pb2
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import operator_pb2, operator_pb2_grpc
from medianest.media.v1 import operator_pb2 as media_pb2
from medianest.media.v1 import operator_pb2_grpc as media_pb2_grpc

Answer = TypeVar("Answer")

_SERVICE = operator_pb2.DESCRIPTOR.services_by_name["OperatorService"]
_SIGNED_FOR = timedelta(seconds=60)
_DEADLINE_S = 10.0
_NOBODY = str(UUID(int=0))
Metadata = tuple[tuple[str, str], ...]
Stub: TypeAlias = "operator_pb2_grpc.OperatorServiceAsyncStub"


def reset_link(house: House, *, disable_second_factor: bool) -> str:
    """Where the owner chooses a new password, once and within a day. Raises
    CannotRun."""

    async def ask(stub: Stub, metadata: Metadata) -> str:
        if disable_second_factor:
            await stub.DisableOwnerSecondFactor(
                operator_pb2.DisableOwnerSecondFactorRequest(),
                metadata=metadata,
                timeout=_DEADLINE_S,
            )
        reset = await stub.IssueOwnerPasswordReset(
            operator_pb2.IssueOwnerPasswordResetRequest(),
            metadata=metadata,
            timeout=_DEADLINE_S,
        )
        return f"{house.gateway_url}/reset#{reset.token}"

    return asyncio.run(_asked(house, ask))


def sealing_of(house: House) -> operator_pb2.Sealing:
    """With which key auth seals, and what it needs others for. Raises CannotRun."""

    async def ask(stub: Stub, metadata: Metadata) -> operator_pb2.Sealing:
        return await stub.GetSealing(
            operator_pb2.GetSealingRequest(), metadata=metadata, timeout=_DEADLINE_S
        )

    return asyncio.run(_asked(house, ask))


def media_sealing_of(house: House) -> media_pb2.Sealing:
    """As `sealing_of`, of media. Raises CannotRun."""

    async def ask(channel: aio.Channel, metadata: Metadata) -> media_pb2.Sealing:
        stub = media_pb2_grpc.OperatorServiceStub(channel)
        return await stub.GetSealing(
            media_pb2.GetSealingRequest(), metadata=metadata, timeout=_DEADLINE_S
        )

    service = media_pb2.DESCRIPTOR.services_by_name["OperatorService"]
    return asyncio.run(_called(house, "media", house.media_addresses, service, ask))


async def _asked(
    house: House, ask: Callable[[Stub, Metadata], Awaitable[Answer]]
) -> Answer:
    async def ask_auth(channel: aio.Channel, metadata: Metadata) -> Answer:
        return await ask(operator_pb2_grpc.OperatorServiceStub(channel), metadata)

    return await _called(house, "auth", house.auth_addresses, _SERVICE, ask_auth)


async def _called(
    house: House,
    name: str,
    addresses: str,
    service: ServiceDescriptor,
    ask: Callable[[aio.Channel, Metadata], Awaitable[Answer]],
) -> Answer:
    methods = policies([service], policy_pb2.policy).values()
    signed = CallerKeys(house.caller_keys).sign(_operator())
    async with open_channel(addresses, methods, compress=False) as channel:
        try:
            return await ask(channel, ((METADATA_KEY, signed),))
        except aio.AioRpcError as exc:
            if exc.code() is grpc.StatusCode.UNAVAILABLE:
                raise CannotRun(f"{name} does not answer: try again") from exc
            raise CannotRun(str(exc.details())) from exc


def _operator() -> Caller:
    """Who has the keys of the house may act in its name."""
    return Caller(
        user_id=_NOBODY,
        name=OPERATOR_SESSION,
        role="admin",
        permissions=1 << Permission.ADMIN,
        session_id=OPERATOR_SESSION,
        expires_at=SystemClock().now() + _SIGNED_FOR,
    )
