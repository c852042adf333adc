"""A worker's end of what ties it to its parent."""

import asyncio
import socket
from contextlib import suppress


class Leash:
    """Cut by the parent when another worker has taken over, and by the parent's end:
    also by kill -9."""

    def __init__(self, held: socket.socket) -> None:
        held.setblocking(False)
        self._held = held

    def tell_serving(self) -> None:
        # A parent that is gone has cut the leash, which is noticed where that is
        # waited for.
        with suppress(OSError):
            self._held.send(b"serving")

    async def until_cut(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while await loop.sock_recv(self._held, 64):
                pass
