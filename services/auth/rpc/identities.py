"""The door for those who have an account elsewhere."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.auth.v1 import identities_pb2, identities_pb2_grpc
from services.auth.domain import tokens
from services.auth.domain.attempts import Begun
from services.auth.domain.entering import Entrance
from services.auth.domain.identities import Identity, Providers
from services.auth.domain.linking import Linking
from services.auth.domain.sessions import Lifetime
from services.auth.rpc import wire


class IdentitiesHandlers(identities_pb2_grpc.IdentitiesServiceServicer):
    def __init__(
        self,
        providers: Providers,
        entrance: Entrance,
        linking: Linking,
        pages: Pages,
        lifetime: Lifetime,
    ) -> None:
        self._providers = providers
        self._entrance = entrance
        self._linking = linking
        self._pages = pages
        self._lifetime = lifetime

    async def GetWaysIn(
        self,
        request: identities_pb2.GetWaysInRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> identities_pb2.WaysIn:
        return identities_pb2.WaysIn(password=True, providers=self._providers.names)

    async def BeginSignIn(
        self,
        request: identities_pb2.BeginSignInRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> identities_pb2.Attempt:
        provider = _provider_from_wire(request.provider)
        return _attempt_to_wire(await self._entrance.begin(provider))

    async def CompleteSignIn(
        self,
        request: identities_pb2.CompleteSignInRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> identities_pb2.CompleteSignInResponse:
        attempt_id = wire.id_from_wire(request.attempt_id, "attempt_id")
        signed_in = await self._entrance.complete(
            attempt_id,
            _verifier_from_wire(request.verifier),
            wire.code_from_wire(request.invite) if request.invite else "",
            wire.device_of(context),
        )
        if signed_in is None:
            return identities_pb2.CompleteSignInResponse(pending=True)
        told = wire.signed_in_to_wire(signed_in, self._lifetime)
        return identities_pb2.CompleteSignInResponse(
            session=told.session, token=told.token
        )

    async def BeginLink(
        self,
        request: identities_pb2.BeginLinkRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> identities_pb2.Attempt:
        provider = _provider_from_wire(request.provider)
        begun = await self._linking.begin(provider, identity.of(context))
        return _attempt_to_wire(begun)

    async def CompleteLink(
        self,
        request: identities_pb2.CompleteLinkRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> identities_pb2.CompleteLinkResponse:
        linked = await self._linking.complete(
            wire.id_from_wire(request.attempt_id, "attempt_id"),
            _verifier_from_wire(request.verifier),
            identity.of(context),
        )
        if linked is None:
            return identities_pb2.CompleteLinkResponse(pending=True)
        return identities_pb2.CompleteLinkResponse(identity=identity_to_wire(linked))

    async def ListIdentities(
        self,
        request: identities_pb2.ListIdentitiesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> identities_pb2.ListIdentitiesResponse:
        caller = identity.of(context)
        of_list = f"identities of {caller.user_id}"
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read(of_list, request.page_token))
        rows = await self._linking.page(caller, after, size + 1)
        page, token = self._pages.cut(of_list, rows, size, wire.key_of)
        return identities_pb2.ListIdentitiesResponse(
            identities=map(identity_to_wire, page), next_page_token=token
        )

    async def DeleteIdentity(
        self,
        request: identities_pb2.DeleteIdentityRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        identity_id = wire.id_from_wire(request.identity_id, "identity_id")
        caller = identity.of(context)
        if request.revoke_token:
            await self._linking.unlink_and_revoke(identity_id, caller)
        else:
            await self._linking.unlink(identity_id, caller)
        return Empty()


def _provider_from_wire(text: str) -> str:
    """Raises Invalid."""
    good = text.isascii() and text.isalpha() and text.islower()
    if not (good and len(text) <= 16):  # noqa: PLR2004 - as the contract says
        raise Invalid("provider is a word, such as plex.", field="provider")
    return text


def _verifier_from_wire(text: str) -> str:
    """Raises Invalid."""
    if not 0 < len(text) <= tokens.LONGEST:
        raise Invalid("verifier is what began the attempt.", field="verifier")
    return text


def _attempt_to_wire(begun: Begun) -> identities_pb2.Attempt:
    return identities_pb2.Attempt(
        id=str(begun.attempt.id),
        verifier=begun.verifier,
        code=begun.code,
        url=begun.url,
        expires_at=wire.time_to_wire(begun.attempt.expires_at),
    )


def identity_to_wire(linked: Identity) -> identities_pb2.Identity:
    return identities_pb2.Identity(
        id=str(linked.id),
        provider=linked.provider,
        name=linked.name,
        avatar_url=linked.avatar_url,
        linked_at=wire.time_to_wire(linked.linked_at),
        token_revoked_at=wire.time_to_wire(linked.token_revoked_at),
    )
