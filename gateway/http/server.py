"""Serves HTTP until told to leave."""

import asyncio
import math
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
import uvicorn

from gateway.http.crowd import Crowd
from gateway.http.protocol import Connection
from gateway.http.sockets import WebSocket
from kit.errors import AddressTaken

log = structlog.get_logger()

_BACKLOG = 2048
_UNREAD_MS = 30_000
_PING_EVERY_S = 20.0
_LARGEST_FRAME_BYTES = 16 * 1024


def listen(address: str) -> socket.socket:
    """A socket at `host:port`. Raises AddressTaken."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        at = socket.create_server(
            (host, int(port)), family=family, backlog=_BACKLOG, reuse_port=False
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


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not uvicorn's to hear: the roof decides when to leave."""
        yield


async def serve(
    application: Any,
    at: socket.socket,
    leaving: asyncio.Event,
    grace_s: float,
    crowd: Crowd,
) -> None:
    """Serve until `leaving` is set; then take nobody in, and let requests finish for
    `grace_s` seconds."""
    http: Any = partial(Connection, crowd)
    config = uvicorn.Config(
        application,
        http=http,
        ws=WebSocket,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=math.ceil(crowd.bounds.idle_s),
        timeout_graceful_shutdown=math.ceil(grace_s),
        ws_max_size=_LARGEST_FRAME_BYTES,
        ws_ping_interval=_PING_EVERY_S,
        ws_ping_timeout=_PING_EVERY_S,
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[at]), name="http")
        log.info("serving", address="{}:{}".format(*at.getsockname()))
        try:
            await leaving.wait()
        finally:
            server.should_exit = True
    log.info("stopped")
