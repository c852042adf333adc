"""The door for whoever has the keys of the house itself."""

from typing import Any

from grpc import aio

from kit.rpc import identity
from medianest.media.v1 import operator_pb2, operator_pb2_grpc
from services.media.domain.operator import Operator


class OperatorHandlers(operator_pb2_grpc.OperatorServiceServicer):
    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def GetSealing(
        self,
        request: operator_pb2.GetSealingRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> operator_pb2.Sealing:
        sealing = await self._operator.sealing(identity.of(context))
        return operator_pb2.Sealing(
            by_other_keys=sealing.by_other_keys, key_id=sealing.key_id
        )
