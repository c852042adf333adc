"""The door at which the house changes hands."""

from typing import Any

from grpc import aio

from kit.rpc import identity
from medianest.auth.v1 import ownership_pb2, ownership_pb2_grpc, users_pb2
from services.auth.domain.ownership import Ownership
from services.auth.rpc import wire


class OwnershipHandlers(ownership_pb2_grpc.OwnershipServiceServicer):
    def __init__(self, ownership: Ownership) -> None:
        self._ownership = ownership

    async def TransferOwnership(
        self,
        request: ownership_pb2.TransferOwnershipRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> users_pb2.User:
        heir_id = wire.id_from_wire(request.user_id, "user_id")
        heir = await self._ownership.hand_over(
            heir_id, identity.of(context), request.if_version
        )
        return wire.user_to_wire(heir)
