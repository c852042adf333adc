"""The door for those who are invited, and those who invite."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.auth.v1 import invites_pb2, invites_pb2_grpc, sessions_pb2
from services.auth.domain.applicants import Applicant
from services.auth.domain.invites import Invitations, Terms
from services.auth.domain.sessions import Lifetime
from services.auth.rpc import wire


class InvitesHandlers(invites_pb2_grpc.InvitesServiceServicer):
    def __init__(
        self, invitations: Invitations, pages: Pages, lifetime: Lifetime
    ) -> None:
        self._invitations = invitations
        self._pages = pages
        self._lifetime = lifetime

    async def CreateInvite(
        self,
        request: invites_pb2.CreateInviteRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> invites_pb2.Invite:
        terms = Terms(
            request.role,
            request.max_uses,
            request.expires_in_days,
            wire.ids_from_wire(request.library_ids, "library_ids"),
        )
        invite = await self._invitations.invite(
            terms, identity.of(context), once(request, context)
        )
        return wire.invite_to_wire(invite)

    async def ListInvites(
        self,
        request: invites_pb2.ListInvitesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> invites_pb2.ListInvitesResponse:
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read("invites", request.page_token))
        rows = await self._invitations.page(after, size + 1, identity.of(context))
        page, token = self._pages.cut("invites", rows, size, wire.key_of)
        return invites_pb2.ListInvitesResponse(
            invites=map(wire.invite_to_wire, page), next_page_token=token
        )

    async def RedeemInvite(
        self,
        request: invites_pb2.RedeemInviteRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.SignedIn:
        signed_in = await self._invitations.redeem(
            wire.code_from_wire(request.code),
            Applicant(request.name, request.password, request.email),
            wire.device_of(context),
        )
        return wire.signed_in_to_wire(signed_in, self._lifetime)

    async def DeleteInvite(
        self,
        request: invites_pb2.DeleteInviteRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        code = wire.code_from_wire(request.code)
        await self._invitations.withdraw(code, identity.of(context))
        return Empty()
