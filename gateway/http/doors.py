"""Where clients knock: sockets that listen."""

import os
import socket

from kit.errors import AddressTaken

BACKLOG = 2048
"""How many may wait at a door."""
_UNREAD_MS = 30_000


def listen(address: str) -> socket.socket:
    """A socket at `host:port`. Raises AddressTaken."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        at = socket.create_server(
            (host, int(port)), family=family, backlog=BACKLOG, reuse_port=False
        )
    except (OSError, OverflowError) as exc:
        number = getattr(exc, "errno", None)
        words = os.strerror(number).lower() if number else "no such port"
        raise AddressTaken(
            f"cannot listen on {address} ({words}): stop the program that does, or "
            "choose another address with MEDIANEST_GATEWAY_HTTP_ADDRESS"
        ) from exc
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Connections inherit it: one whose client takes nothing for so long is dead.
        at.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
    return at
