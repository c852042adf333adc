"""Something to watch: a server on a port that can be up, down, slow or wrong.

Alone: `python -m tests.simulators.target PORT [STATUS]`.
"""

import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

_TLS = b"\x16"
_BODILESS = {204, 304}
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass
class Target:
    """Answers HTTP on a loopback port, however it is told to. A path may have an
    answer of its own."""

    port: int = 0
    status: int = 200
    delay_s: float = 0.0
    is_mute: bool = False
    """Takes connections and never answers."""
    says: bytes | None = None
    """Said instead of HTTP, and then hung up."""
    endless: bool = False
    """The body never ends."""
    location: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    asked: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When each path was asked for, by the monotonic clock."""
    heads: list[str] = field(default_factory=list)
    """The last hundred requests, as they came."""
    connections: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def total(self) -> int:
        return sum(map(len, self.asked.values()))

    async def __aenter__(self) -> "Target":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(
            self._answer, "127.0.0.1", self.port, backlog=1000
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._speak(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _speak(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first = await reader.readexactly(1)
        if first == _TLS:
            return
        rest = await reader.readuntil(b"\r\n\r\n")
        head = (first + rest).decode("latin-1")
        path = head.split(" ", 2)[1].partition("?")[0]
        self.asked[path].append(time.monotonic())
        self.heads = [*self.heads[-99:], head]
        if self.is_mute:
            await reader.read()
            return
        await asyncio.sleep(self.delay_s)
        if self.says is not None:
            writer.write(self.says)
            await writer.drain()
            return
        status = self.statuses.get(path, self.status)
        lines = [f"HTTP/1.1 {status} Whatever", "Set-Cookie: seen=1; Path=/"]
        if status in _REDIRECTS:
            lines.append(f"Location: {self.location}")
        body = b"" if status in _BODILESS else b"ok"
        if body and not self.endless:
            lines += ["Content-Length: 2", "Connection: close"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        while self.endless:
            writer.write(b"x" * 65536)
            await writer.drain()
        await writer.drain()


async def _alone(port: int, status: int) -> None:
    target = Target(port, status)
    await target.start()
    print(target.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    _port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    _status = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    asyncio.run(_alone(_port, _status))
