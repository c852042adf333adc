"""How media servers are reached: who may be asked, and what it means when they fail."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from kit.errors import Invalid, Unavailable
from kit.hosts import is_host
from services.media.domain.origins import ServerKind
from services.media.domain.servers import (
    MediaServer,
    Playing,
    ServerCollection,
    ServerIdentity,
    ServerLibrary,
    ServerPage,
    SignIn,
)

log = structlog.get_logger()

OpenServer = Callable[[str, str], AbstractAsyncContextManager[MediaServer]]
"""Speaks to the server at an address, with a token."""


class Doorman(Protocol):
    """Lets accounts of a server in. Fails as a MediaServer does."""

    async def sign_in(self, address: str, account: SignIn) -> str:
        """The token that the server gives."""

    async def sign_out(self, address: str, token: str) -> None: ...


LONGEST_ADDRESS = 500
LONGEST_TOKEN = 500
_PORTS = {"http": 80, "https": 443}


class ServerAway(Invalid):
    """It does not answer, or not in full."""

    reason = "server_away"


class Asked:
    """A server whose failures are ServerAway and ServerRefused, and nobody else's."""

    def __init__(self, server: MediaServer) -> None:
        self._server = server

    async def identify(self) -> ServerIdentity:
        with _failing():
            return await self._server.identify()

    async def libraries(self) -> Sequence[ServerLibrary]:
        with _failing():
            return await self._server.libraries()

    async def items(
        self, library: ServerLibrary, changed_since: datetime | None
    ) -> AsyncIterator[ServerPage]:
        """See MediaServer."""
        with _failing():
            async for page in self._server.items(library, changed_since):
                yield page

    async def collections(
        self, libraries: Sequence[ServerLibrary]
    ) -> AsyncIterator[ServerCollection]:
        """See MediaServer."""
        with _failing():
            async for collection in self._server.collections(libraries):
                yield collection

    async def playing(self) -> Sequence[Playing]:
        with _failing():
            return await self._server.playing()


class Servers:
    """The kinds of servers that can be spoken with."""

    def __init__(
        self,
        clients: Mapping[ServerKind, OpenServer],
        doormen: Mapping[ServerKind, Doorman],
    ) -> None:
        self._clients = clients
        self._doormen = doormen

    @asynccontextmanager
    async def open(
        self, kind: ServerKind, address: str, token: str
    ) -> AsyncIterator[Asked]:
        """Raises Invalid for a kind that cannot be spoken with."""
        if kind not in self._clients:
            raise Invalid(
                f"MediaNest cannot read {kind.value.capitalize()} here.", field="kind"
            )
        async with self._clients[kind](address, token) as server:
            yield Asked(server)

    async def sign_in(self, kind: ServerKind, address: str, account: SignIn) -> str:
        """Raises Invalid for a kind that cannot be signed in to."""
        if kind not in self._doormen:
            raise Invalid(
                f"{kind.value.capitalize()} is not signed in to by name and password.",
                field="sign_in",
            )
        with _failing():
            return await self._doormen[kind].sign_in(address, account)

    async def sign_out(self, kind: ServerKind, address: str, token: str) -> None:
        """End what was not kept. A server that is away forgets it one day."""
        try:
            with _failing():
                await self._doormen[kind].sign_out(address, token)
        except Invalid as exc:
            log.info("sign_out_failed", kind=kind.value, error=exc.reason)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except Unavailable as exc:
        raise ServerAway(exc.message, field="address") from exc


def plain_address(
    address: str, example: str = "http://plex.lan:32400", what: str = "token"
) -> str:
    """The one spelling of a server's address. Raises Invalid."""
    told = address.strip()
    if len(told) > LONGEST_ADDRESS or not told.isprintable() or " " in told:
        raise _wrong(f"has at most {LONGEST_ADDRESS} characters, without spaces.")
    try:
        parts = urlsplit(told)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as exc:
        raise _wrong(f"is a URL, such as {example}.") from exc
    if parts.scheme not in _PORTS or not host:
        raise _wrong("begins with http:// or https://, and names a server.")
    if not is_host(host):
        raise _wrong("has what is no name or address of a server.")
    if parts.username is not None or parts.query or parts.fragment:
        raise _wrong(f"ends with the server's port or path: the {what} goes elsewhere.")
    shown = f"[{host}]" if ":" in host else host
    if port and port != _PORTS[parts.scheme]:
        shown += f":{port}"
    return f"{parts.scheme}://{shown}{parts.path.rstrip('/')}"


def plain_token(token: str) -> str:
    """The token without spaces around it. Raises Invalid."""
    token = token.strip()
    if not token or len(token) > LONGEST_TOKEN:
        raise Invalid(f"token has 1 to {LONGEST_TOKEN} characters.", field="token")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Invalid("token is one word without accents.", field="token")
    return token


def _wrong(what: str) -> Invalid:
    return Invalid(f"address {what}", field="address")
