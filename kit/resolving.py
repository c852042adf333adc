"""Names to addresses, and the addresses that nobody may be sent to."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from kit.hosts import is_link_local, is_public

# The system's resolver blocks a thread for as long as a dead name server takes:
# with threads of their own, slow names delay slow names and nothing else.
_THREADS = 32
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Refused(OSError):
    """The address is one of those that nobody may be sent to."""


class Guard:
    """Makes sockets, but none to where they must not lead: asked for each address
    that is really connected to, whatever name or redirect it came from."""

    def __init__(
        self, *, link_local_allowed: bool, private_allowed: bool = True
    ) -> None:
        self._link_local_allowed = link_local_allowed
        self._private_allowed = private_allowed

    def open_socket(self, address: Any) -> socket.socket:
        """A socket for one getaddrinfo row. Raises Refused."""
        family, kind, protocol, _, (host, *_) = address
        if not self._link_local_allowed and is_link_local(str(host)):
            raise Refused(errno.EACCES, "a link-local address is refused")
        if not self._private_allowed and not is_public(str(host)):
            raise Refused(errno.EACCES, "an address that is not public is refused")
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        return opened


class Resolver(AbstractResolver):
    """The system's resolver, asked in threads of its own."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def addresses(self, host: str, port: int) -> list[Any]:
        """Rows of getaddrinfo, at least one. Raises socket.gaierror."""
        if _is_literal(host):
            return socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=_NUMERIC
            )
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, _ask, host, port
        )

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=row_family,
                proto=protocol,
                flags=_NUMERIC,
            )
            for row_family, _, protocol, _, address in await self.addresses(host, port)
            if family in (socket.AF_UNSPEC, row_family)
        ]

    async def close(self) -> None:
        """The threads are closed by who opened them."""


@asynccontextmanager
async def open_resolver() -> AsyncIterator[Resolver]:
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolve")
    try:
        yield Resolver(threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _ask(host: str, port: int) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:
        raise socket.gaierror(socket.EAI_NONAME, "it is no name of a host") from exc


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
