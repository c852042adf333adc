"""The door to one's own keys."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.auth.v1 import keys_pb2, keys_pb2_grpc
from services.auth.domain.keys import KeyTerms, OwnKeys
from services.auth.rpc import wire


class KeysHandlers(keys_pb2_grpc.KeysServiceServicer):
    def __init__(self, own: OwnKeys, pages: Pages) -> None:
        self._own = own
        self._pages = pages

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
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read(of_list, request.page_token))
        rows = await self._own.page(caller, after, size + 1)
        page, token = self._pages.cut(of_list, rows, size, wire.key_of)
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
