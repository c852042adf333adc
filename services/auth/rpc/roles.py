"""The door to the roles."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.auth.v1 import roles_pb2, roles_pb2_grpc
from services.auth.domain.quotas import Quota
from services.auth.domain.roles import KeptRoles, Role, RoleChange
from services.auth.rpc import wire

_CHANGEABLE = ("permissions", "movie_quota", "series_quota")


class RolesHandlers(roles_pb2_grpc.RolesServiceServicer):
    def __init__(self, roles: KeptRoles, pages: Pages) -> None:
        self._roles = roles
        self._pages = pages

    async def ListRoles(
        self,
        request: roles_pb2.ListRolesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> roles_pb2.ListRolesResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("roles", request.page_token)
        rows = await self._roles.page(str(key[0]) if key else "", size + 1)
        page, token = self._pages.cut("roles", rows, size, lambda role: [role.name])
        return roles_pb2.ListRolesResponse(
            roles=map(_role_to_wire, page), next_page_token=token
        )

    async def GetRole(
        self,
        request: roles_pb2.GetRoleRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> roles_pb2.Role:
        return _role_to_wire(await self._roles.get(wire.text(request.name)))

    async def CreateRole(
        self,
        request: roles_pb2.CreateRoleRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> roles_pb2.Role:
        wanted = _change(request, frozenset(_CHANGEABLE), "")
        return _role_to_wire(
            await self._roles.create(request.name, wanted, identity.of(context))
        )

    async def UpdateRole(
        self,
        request: roles_pb2.UpdateRoleRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> roles_pb2.Role:
        change = _change(request.role, _named(request), "role.")
        return _role_to_wire(
            await self._roles.update(
                wire.text(request.role.name),
                change,
                identity.of(context),
                request.if_version,
            )
        )

    async def DeleteRole(
        self,
        request: roles_pb2.DeleteRoleRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        await self._roles.remove(
            wire.text(request.name),
            wire.text(request.replacement),
            identity.of(context),
        )
        return Empty()


def _named(request: roles_pb2.UpdateRoleRequest) -> frozenset[str]:
    """What the mask names. Raises Invalid."""
    named = wire.named_by(request.update_mask.paths)
    if not named or not named.issubset(_CHANGEABLE):
        raise Invalid(
            f"update_mask names one or more of {', '.join(_CHANGEABLE)}.",
            field="update_mask",
        )
    return named


def _change(
    asked: roles_pb2.CreateRoleRequest | roles_pb2.Role,
    named: frozenset[str],
    place: str,
) -> RoleChange:
    """Raises Invalid for a quota."""

    def quota(name: str) -> Quota | None:
        if not asked.HasField(name):  # type: ignore[arg-type]
            return None
        return wire.quota_from_wire(getattr(asked, name), place + name)

    return RoleChange(
        named,
        list(asked.permissions),
        quota("movie_quota"),
        quota("series_quota"),
    )


def _role_to_wire(role: Role) -> roles_pb2.Role:
    return roles_pb2.Role(
        name=role.name,
        permissions=wire.permissions_to_wire(role.granted),
        movie_quota=wire.quota_to_wire(role.movie_quota),
        series_quota=wire.quota_to_wire(role.series_quota),
        fixed=role.is_fixed,
        created_at=wire.time_to_wire(role.created_at),
        version=role.version,
    )
