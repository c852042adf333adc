"""The door at which people get what is theirs."""

from typing import Any

from grpc import aio

from kit.rpc import identity
from medianest.auth.v1 import exports_pb2, exports_pb2_grpc
from services.auth.domain.exports import Exports
from services.auth.domain.sessions import Lifetime
from services.auth.rpc import wire
from services.auth.rpc.audit import entry_to_wire
from services.auth.rpc.identities import identity_to_wire


class ExportsHandlers(exports_pb2_grpc.ExportsServiceServicer):
    def __init__(self, exports: Exports, lifetime: Lifetime) -> None:
        self._exports = exports
        self._lifetime = lifetime

    async def ExportOwnData(
        self,
        request: exports_pb2.ExportOwnDataRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> exports_pb2.OwnData:
        caller = identity.of(context)
        own = await self._exports.own(caller)
        return exports_pb2.OwnData(
            exported_at=wire.time_to_wire(own.at),
            user=wire.user_to_wire(own.user),
            sessions=(
                wire.session_to_wire(each, self._lifetime, asking=caller.session_id)
                for each in own.sessions
            ),
            keys=map(wire.key_to_wire, own.keys),
            invites=map(wire.invite_to_wire, own.invites),
            identities=map(identity_to_wire, own.identities),
            second_factor_enabled_at=wire.time_to_wire(own.second_factor_enabled_at),
            audit=map(entry_to_wire, own.audit),
        )
