"""The door for those who want another password."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.rpc import identity
from medianest.auth.v1 import passwords_pb2, passwords_pb2_grpc, sessions_pb2
from services.auth.domain.own_password import OwnPassword
from services.auth.domain.resets import PasswordResets
from services.auth.domain.sessions import Lifetime
from services.auth.rpc import wire


class PasswordsHandlers(passwords_pb2_grpc.PasswordsServiceServicer):
    def __init__(
        self, own: OwnPassword, resets: PasswordResets, lifetime: Lifetime
    ) -> None:
        self._own = own
        self._resets = resets
        self._lifetime = lifetime

    async def ChangePassword(
        self,
        request: passwords_pb2.ChangePasswordRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.SignedIn:
        wire.ensure_typed(request.current_password, "current_password")
        signed_in = await self._own.change(
            request.current_password,
            request.new_password,
            identity.of(context),
            wire.device_of(context),
        )
        return wire.signed_in_to_wire(signed_in, self._lifetime)

    async def IssuePasswordReset(
        self,
        request: passwords_pb2.IssuePasswordResetRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> passwords_pb2.PasswordReset:
        user_id = wire.id_from_wire(request.user_id, "user_id")
        reset = await self._resets.issue(user_id, identity.of(context))
        return wire.reset_to_wire(reset)

    async def RedeemPasswordReset(
        self,
        request: passwords_pb2.RedeemPasswordResetRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        await self._resets.redeem(
            request.token, request.password, wire.device_of(context)
        )
        return Empty()
