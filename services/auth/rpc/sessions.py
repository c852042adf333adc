"""The door for those who come in, and those who go."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import addresses, identity
from kit.rpc.identity import CallerKeys
from medianest.auth.v1 import sessions_pb2, sessions_pb2_grpc
from services.auth.domain.exchange import Exchange
from services.auth.domain.sessions import Lifetime, OwnSessions
from services.auth.domain.sign_in import SignIn
from services.auth.rpc import wire

_LONGEST_LOGIN = 254


class SessionsHandlers(sessions_pb2_grpc.SessionsServiceServicer):
    def __init__(
        self,
        sign_in: SignIn,
        own: OwnSessions,
        exchange: Exchange,
        keys: CallerKeys,
        pages: Pages,
        lifetime: Lifetime,
    ) -> None:
        self._sign_in = sign_in
        self._own = own
        self._exchange = exchange
        self._keys = keys
        self._pages = pages
        self._lifetime = lifetime

    async def CreateSession(
        self,
        request: sessions_pb2.CreateSessionRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.SignedIn:
        login = request.login
        if not (0 < len(login) <= _LONGEST_LOGIN and login.isprintable()):
            raise Invalid("login is a user name or an e-mail address.", field="login")
        wire.ensure_typed(request.password, "password")
        wire.ensure_code(request.code or "0")
        signed_in = await self._sign_in.sign_in(
            login, request.password, request.code, wire.device_of(context)
        )
        return wire.signed_in_to_wire(signed_in, self._lifetime)

    async def GetCurrentSession(
        self,
        request: sessions_pb2.GetCurrentSessionRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.Session:
        session = await self._own.current(identity.of(context))
        return wire.session_to_wire(session, self._lifetime, asking=session.id)

    async def ListSessions(
        self,
        request: sessions_pb2.ListSessionsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.ListSessionsResponse:
        caller = identity.of(context)
        of_list = f"sessions of {caller.user_id}"
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read(of_list, request.page_token))
        rows = await self._own.page(caller, after, size + 1)
        page, token = self._pages.cut(of_list, rows, size, wire.key_of)
        return sessions_pb2.ListSessionsResponse(
            sessions=(
                wire.session_to_wire(each, self._lifetime, asking=caller.session_id)
                for each in page
            ),
            next_page_token=token,
        )

    async def EndCurrentSession(
        self,
        request: sessions_pb2.EndCurrentSessionRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        caller = identity.of(context)
        if request.revoke_tokens:
            await self._own.end_current_and_revoke(caller)
        else:
            await self._own.end_current(caller)
        return Empty()

    async def DeleteSession(
        self,
        request: sessions_pb2.DeleteSessionRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        session_id = wire.id_from_wire(request.session_id, "session_id")
        await self._own.end(session_id, identity.of(context))
        return Empty()

    async def EndOtherSessions(
        self,
        request: sessions_pb2.EndOtherSessionsRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        await self._own.end_others(identity.of(context))
        return Empty()

    async def ExchangeToken(
        self,
        request: sessions_pb2.ExchangeTokenRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.ExchangeTokenResponse:
        caller = await self._exchange.identify(request.token, addresses.current())
        return sessions_pb2.ExchangeTokenResponse(
            caller=self._keys.sign(caller),
            expires_at=wire.time_to_wire(caller.expires_at),
            user_id=caller.user_id,
            session_id=caller.session_id,
            permissions=caller.permissions,
        )
