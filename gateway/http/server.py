"""Serves HTTP until told to leave."""

import asyncio
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import structlog
import uvicorn

from gateway.http.crowd import Crowd
from gateway.http.doors import BACKLOG
from gateway.http.protocol import Connection
from gateway.http.sockets import WebSocket

log = structlog.get_logger()

# How long idle connections are still listened to by one that nobody replaces.
_IDLE_S = 1.0
_LOOK_AGAIN_S = 0.05
# For what is cut off to end.
_LAST_S = 1
_PING_EVERY_S = 20.0
_LARGEST_FRAME_BYTES = 16 * 1024


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        grace_s: float,
        replaced: asyncio.Event,
        serving: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._grace_s = grace_s
        self._replaced = replaced
        self._serving = serving

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not uvicorn's to hear: the roof decides when to leave."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._serving()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody in but those who wait at the door. Each connection ends with an
        answer that says so: one that is closed while idle loses what its client is
        just sending. Those that stay idle have to be closed so in the end."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._grace_s
        idle_s = self._grace_s if self._replaced.is_set() else _IDLE_S
        close_at = min(ends_at, loop.time() + idle_s)
        doors = [each.dup() for each in sockets or ()]
        for server in self.servers:
            server.close()
        for door in doors:
            with door:
                await self._let_in(door)
        connections = self.server_state.connections
        while connections and (now := loop.time()) < ends_at:
            for each in list(connections):
                if isinstance(each, Connection):
                    each.leave(may_close=now >= close_at)
            # Nothing tells when a connection ends.
            await asyncio.sleep(_LOOK_AGAIN_S)
        await super().shutdown(sockets)

    async def _let_in(self, door: socket.socket) -> None:
        """Those who are connected, for all they know, but whom nobody has accepted:
        they would be thrown out when the last process closes the door."""
        loop = asyncio.get_running_loop()
        config, state = self.config, self.server_state
        protocol: Any = config.http_protocol_class
        if self._replaced.is_set():
            return
        with suppress(OSError):
            for _ in range(BACKLOG):
                connection, _ = door.accept()
                connection.setblocking(False)
                await loop.connect_accepted_socket(
                    lambda: protocol(config=config, server_state=state, app_state={}),
                    connection,
                )


async def serve(
    application: Any,
    at: socket.socket,
    leaving: asyncio.Event,
    grace_s: float,
    crowd: Crowd,
    replaced: asyncio.Event | None = None,
    serving: Callable[[], None] = lambda: None,
) -> None:
    """Serve until `leaving` is set; then take nobody in, and let requests finish for
    `grace_s` seconds. When it is also `replaced`, another process serves at the same
    address, and nobody waits for this one to end. Says when it is `serving`."""
    http: Any = partial(Connection, crowd)
    config = uvicorn.Config(
        application,
        http=http,
        ws=WebSocket,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=math.ceil(crowd.bounds.idle_s),
        timeout_graceful_shutdown=_LAST_S,
        ws_max_size=_LARGEST_FRAME_BYTES,
        ws_ping_interval=_PING_EVERY_S,
        ws_ping_timeout=_PING_EVERY_S,
    )
    server = _Server(config, grace_s, replaced or asyncio.Event(), serving)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[at]), name="http")
        log.info("serving", address="{}:{}".format(*at.getsockname()))
        try:
            await leaving.wait()
        finally:
            server.should_exit = True
    log.info("stopped")
