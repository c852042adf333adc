"""The door for whoever has the keys of the house itself."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.rpc import identity
from medianest.auth.v1 import operator_pb2, operator_pb2_grpc, passwords_pb2
from services.auth.domain.operator import Operator
from services.auth.rpc import wire


class OperatorHandlers(operator_pb2_grpc.OperatorServiceServicer):
    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def IssueOwnerPasswordReset(
        self,
        request: operator_pb2.IssueOwnerPasswordResetRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> passwords_pb2.PasswordReset:
        reset = await self._operator.issue_reset(identity.of(context))
        return wire.reset_to_wire(reset)

    async def DisableOwnerSecondFactor(
        self,
        request: operator_pb2.DisableOwnerSecondFactorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        await self._operator.disable_factor(identity.of(context))
        return Empty()

    async def GetSealing(
        self,
        request: operator_pb2.GetSealingRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> operator_pb2.Sealing:
        sealing = await self._operator.sealing(identity.of(context))
        return operator_pb2.Sealing(
            by_other_keys=sealing.by_other_keys, key_id=sealing.key_id
        )
