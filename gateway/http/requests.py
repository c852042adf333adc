"""One HTTP request, as the rooms of the gateway see it."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.http.addresses import Proxies
from gateway.http.negotiation import header_text
from gateway.http.presence import Receive
from gateway.problems import Problem

NOSNIFF = (b"x-content-type-options", b"nosniff")
LARGEST_BODY_BYTES = 1024 * 1024

_CONDITION = b"if-match"
_CLOSE = (b"connection", b"close")
_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class Request:
    __slots__ = (
        *("address", "headers", "id", "is_https", "method", "path", "query"),
        "sealing",
    )

    def __init__(
        self, scope: Mapping[str, Any], proxies: Proxies, base_path: str = ""
    ) -> None:
        lines: list[tuple[bytes, bytes]] = list(scope["headers"])
        headers = dict(lines)
        if len(headers) < len(lines) and _CONDITION in headers:
            # A list over several lines is one list: none of it may be passed over.
            parts = [value for name, value in lines if name == _CONDITION]
            headers[_CONDITION] = b", ".join(parts)
        self.headers = headers
        self.method: str = scope.get("method", "GET")
        self.path: str = scope["raw_path"].decode("ascii")
        # A reverse proxy may have taken it off already.
        if base_path and f"{self.path}/".startswith(f"{base_path}/"):
            self.path = self.path.removeprefix(base_path)
        self.query: bytes = scope["query_string"]
        peer: str = scope["client"][0] if scope["client"] else ""
        self.address, self.is_https = proxies.seen_through(
            peer, scope["scheme"], headers
        )
        self.id = request_id_of(headers.get(b"x-request-id"))
        self.sealing: Callable[[str], str] | None = None

    @property
    def seal(self) -> str:
        """What proves the address to a service. Made when it is asked for: what is
        remembered is told without."""
        return self.sealing(self.address) if self.sealing else ""

    def header(self, name: bytes) -> str:
        """Its text, or nothing."""
        return header_text(self.headers.get(name, b""))

    @property
    def is_read(self) -> bool:
        return self.method in {"GET", "HEAD"}

    @property
    def is_from_browser(self) -> bool:
        return b"sec-fetch-site" in self.headers or b"origin" in self.headers


def request_id_of(given: bytes | None) -> str:
    """What the client calls its request, if that can be said, or a name of ours."""
    if given and _SANE_ID.fullmatch(given):
        return given.decode()
    return os.urandom(16).hex()


async def read_body(request: Request, receive: Receive) -> bytes:
    """The whole body. Raises Problem: 413 for a long one, 400 for half of one. A slow
    one is the connection's to end."""
    headers = request.headers
    declared = headers.get(b"content-length", b"0")
    if declared == b"0" and b"transfer-encoding" not in headers:
        return b""
    if not declared.isdigit() or int(declared[:20]) > LARGEST_BODY_BYTES:
        raise _too_large()
    pieces = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "body_incomplete", "The body ended too early.")
        pieces.append(message["body"])
        size += len(message["body"])
        more = message.get("more_body", False)
        if size > LARGEST_BODY_BYTES:
            raise _too_large()
    return b"".join(pieces)


def _too_large() -> Problem:
    most = LARGEST_BODY_BYTES // (1024 * 1024)
    return Problem(
        413, "body_too_large", f"A body has at most {most} MiB.", headers=[_CLOSE]
    )
