"""The door to the users."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.auth.v1 import users_pb2, users_pb2_grpc
from services.auth.domain.people import Change, People
from services.auth.rpc import wire

_CHANGEABLE = ("email", "role", "suspended")


class UsersHandlers(users_pb2_grpc.UsersServiceServicer):
    def __init__(self, people: People, pages: Pages) -> None:
        self._people = people
        self._pages = pages

    async def ListUsers(
        self,
        request: users_pb2.ListUsersRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> users_pb2.ListUsersResponse:
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read("users", request.page_token))
        rows = await self._people.page(after, size + 1)
        page, token = self._pages.cut("users", rows, size, wire.key_of)
        return users_pb2.ListUsersResponse(
            users=map(wire.user_to_wire, page), next_page_token=token
        )

    async def GetUser(
        self,
        request: users_pb2.GetUserRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> users_pb2.User:
        user_id = wire.id_from_wire(request.user_id, "user_id")
        return wire.user_to_wire(await self._people.get(user_id, identity.of(context)))

    async def UpdateUser(
        self,
        request: users_pb2.UpdateUserRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> users_pb2.User:
        user_id = wire.id_from_wire(request.user.id, "user.id")
        change = _change(request)
        return wire.user_to_wire(
            await self._people.update(
                user_id, change, identity.of(context), request.if_version
            )
        )

    async def DeleteUser(
        self,
        request: users_pb2.DeleteUserRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        user_id = wire.id_from_wire(request.user_id, "user_id")
        await self._people.remove(user_id, identity.of(context), request.if_version)
        return Empty()


def _change(request: users_pb2.UpdateUserRequest) -> Change:
    """What the mask names. Raises Invalid."""
    named = set(request.update_mask.paths)
    if not named or not named.issubset(_CHANGEABLE):
        raise Invalid(
            f"update_mask names one or more of {', '.join(_CHANGEABLE)}.",
            field="update_mask",
        )
    return Change(**{name: getattr(request.user, name) for name in named})
