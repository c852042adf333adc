"""Clients that keep asking, and count what they are not answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PATIENCE_S = 30.0
# Without it, those who ask would have the machine, and no worker could begin.
_SHORT_S = 0.01


class Visitors:
    """Each speaks HTTP by hand: no library tries again for them what was dropped. A
    request counts as dropped when it was sent and not answered whole."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._asked = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        self.answered: Counter[int] = Counter()
        self.told_to_close = 0
        self.hung_up = 0
        """Closed without a word, though nothing was lost by it."""
        self.dropped: list[str] = []
        self.refused = 0
        """Nobody listened: nothing was sent."""

    @property
    def count(self) -> int:
        return self.answered.total()

    async def stay(self, pause_s: float) -> None:
        """Ask on one connection, for as long as the server keeps it."""
        while True:
            try:
                door = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            try:
                await self._ask_on(*door, pause_s)
            finally:
                door[1].close()

    async def _ask_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause_s: float
    ) -> None:
        is_kept = True
        while is_kept:
            is_kept = await self._ask(reader, writer)
            await asyncio.sleep(pause_s)

    async def come_and_go(self) -> None:
        """Ask once on each connection."""
        while True:
            try:
                door = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            try:
                await self._ask(*door)
            finally:
                door[1].close()
            await asyncio.sleep(_SHORT_S)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection may be used again."""
        if reader.at_eof():
            self.hung_up += 1
            return False
        try:
            writer.write(self._asked)
            async with asyncio.timeout(PATIENCE_S):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].split(b"\r")[0])
                await reader.readexactly(length)
        except (OSError, EOFError, TimeoutError) as exc:
            self.dropped.append(repr(exc))
            return False
        self.answered[int(head.split(b" ")[1])] += 1
        is_last = b"connection: close" in head
        self.told_to_close += is_last
        return not is_last


@asynccontextmanager
async def visited(
    port: int, path: str = "/v1/setup", *, busy: int = 6, idle: int = 4, fresh: int = 2
) -> AsyncIterator[Visitors]:
    """Visited by some who hardly pause, some who mostly do nothing, and some who come
    anew each time."""
    visitors = Visitors(port, path)
    coming = [
        *(visitors.stay(_SHORT_S) for _ in range(busy)),
        *(visitors.stay(0.3) for _ in range(idle)),
        *(visitors.come_and_go() for _ in range(fresh)),
    ]
    tasks = [asyncio.create_task(each) for each in coming]
    try:
        yield visitors
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
