"""The door to the users."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.auth.v1 import users_pb2, users_pb2_grpc
from services.auth.domain.people import People
from services.auth.domain.profiles import Change
from services.auth.rpc import wire

_CHANGEABLE = (
    "email",
    "display_name",
    "locale",
    "role",
    "suspended",
    "max_rating_age",
    "movie_quota",
    "series_quota",
    "library_ids",
)


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
        of_list = f"users {request.query}"
        after = wire.after_from_key(self._pages.read(of_list, request.page_token))
        rows = await self._people.page(request.query, after, size + 1)
        page, token = self._pages.cut(of_list, rows, size, wire.key_of)
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

    async def ListInvitees(
        self,
        request: users_pb2.ListInviteesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> users_pb2.ListInviteesResponse:
        user_id = wire.id_from_wire(request.user_id, "user_id")
        of_list = f"invitees of {user_id}"
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read(of_list, request.page_token))
        rows = await self._people.invitees(user_id, after, size + 1)
        page, token = self._pages.cut(of_list, rows, size, wire.key_of)
        return users_pb2.ListInviteesResponse(
            users=map(wire.user_to_wire, page), next_page_token=token
        )

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
    named, user = wire.named_by(request.update_mask.paths), request.user
    if not named or not named.issubset(_CHANGEABLE):
        raise Invalid(
            f"update_mask names one or more of {', '.join(_CHANGEABLE)}.",
            field="update_mask",
        )
    return Change(
        named,
        email=user.email,
        role=user.role,
        suspended=user.suspended,
        display_name=user.display_name,
        locale=user.locale,
        max_rating_age=user.max_rating_age if user.HasField("max_rating_age") else None,
        movie_quota=(
            wire.quota_from_wire(user.movie_quota, "user.movie_quota")
            if user.HasField("movie_quota")
            else None
        ),
        series_quota=(
            wire.quota_from_wire(user.series_quota, "user.series_quota")
            if user.HasField("series_quota")
            else None
        ),
        library_ids=wire.ids_from_wire(user.library_ids, "user.library_ids"),
    )
