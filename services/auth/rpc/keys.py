"""The door to one's own keys."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.auth.v1 import keys_pb2, keys_pb2_grpc
from services.auth.domain.keys import KeyTerms, OwnKeys
from services.auth.rpc import wire
from services.auth.rpc.positions import Positions


class KeysHandlers(keys_pb2_grpc.KeysServiceServicer):
    def __init__(self, own: OwnKeys, positions: Positions) -> None:
        self._own = own
        self._positions = positions

    async def CreateKey(
        self,
        request: keys_pb2.CreateKeyRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> keys_pb2.CreateKeyResponse:
        terms = KeyTerms(
            request.name, list(request.permissions), request.expires_in_days
        )
        cut = await self._own.cut(terms, identity.of(context), once(request, context))
        return keys_pb2.CreateKeyResponse(
            key=wire.key_to_wire(cut.key), secret=cut.secret
        )

    async def ListKeys(
        self,
        request: keys_pb2.ListKeysRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> keys_pb2.ListKeysResponse:
        caller = identity.of(context)
        of_list = f"keys of {caller.user_id}"
        after, limit = self._positions.read(
            of_list, request.page_size, request.page_token
        )
        rows = await self._own.page(caller, after, limit)
        page, token = self._positions.cut(of_list, rows, limit, lambda row: row.id)
        return keys_pb2.ListKeysResponse(
            keys=map(wire.key_to_wire, page), next_page_token=token
        )

    async def DeleteKey(
        self,
        request: keys_pb2.DeleteKeyRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        key_id = wire.id_from_wire(request.key_id, "key_id")
        await self._own.delete(key_id, identity.of(context))
        return Empty()
