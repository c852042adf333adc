"""The door to those who must wait."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from medianest.auth.v1 import locks_pb2, locks_pb2_grpc
from services.auth.domain.locks import Lock, Locks
from services.auth.rpc import wire


class LocksHandlers(locks_pb2_grpc.LocksServiceServicer):
    def __init__(self, locks: Locks, pages: Pages) -> None:
        self._locks = locks
        self._pages = pages

    async def ListLocks(
        self,
        request: locks_pb2.ListLocksRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> locks_pb2.ListLocksResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("locks", request.page_token)
        after = bytes.fromhex(str(key[0])) if key else b""
        rows = await self._locks.page(after, size + 1)
        page, token = self._pages.cut("locks", rows, size, lambda row: [row.key.hex()])
        return locks_pb2.ListLocksResponse(
            locks=map(_lock_to_wire, page), next_page_token=token
        )

    async def UnlockUser(
        self,
        request: locks_pb2.UnlockUserRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        user_id = wire.id_from_wire(request.user_id, "user_id")
        await self._locks.unlock(user_id, identity.of(context))
        return Empty()


def _lock_to_wire(lock: Lock) -> locks_pb2.Lock:
    return locks_pb2.Lock(
        id=lock.key.hex(),
        scope=lock.scope,
        user_id=str(lock.user_id or ""),
        address=lock.address,
        failures=lock.failures,
        refused=lock.refused,
        locked_until=wire.time_to_wire(lock.locked_until),
    )
