"""A true mail server, by aiosmtpd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.media.plex.tls import self_signed


@dataclass
class Office:
    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    """What is said of a recipient, instead of taking it."""
    letters: list[Message] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, *asked: Any) -> str:
        _, _, envelope, address, _ = asked
        if said := self.answers.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *asked: Any) -> str:
        server, _, envelope = asked
        self.letters.append(message_from_bytes(envelope.content))
        self.to.append(envelope.rcpt_tos)
        is_tls = server.transport.get_extra_info("sslcontext") is not None
        self.over_tls.append(is_tls)
        return "250 OK"

    def let_in(self, *asked: Any) -> AuthResult:
        said = asked[-1]
        assert isinstance(said, LoginPassword)
        is_right = (said.login, said.password) == (b"nest", b"correct horse")
        return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def open_office(
    security: str, *, signs_in: bool = False
) -> AsyncIterator[Office]:
    office = Office()
    how: dict[str, Any] = {}
    if security == "STARTTLS":
        how = {"tls_context": self_signed(), "require_starttls": True}
    if signs_in:
        how |= {"authenticator": office.let_in, "auth_required": True}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(office, hostname="localhost", **how),
        "127.0.0.1",
        0,
        ssl=self_signed() if security == "TLS" else None,
    )
    try:
        office.port = server.sockets[0].getsockname()[1]
        yield office
    finally:
        server.close()
        await server.wait_closed()
