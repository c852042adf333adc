"""Thousands of WebSocket clients in one light process: `python -m
tests.bench.live.clients PORT`, with orders as lines of JSON, and a line for each.

It reads frames and notes when they came, and does nothing else: what is measured is the
gateway. Times are the machine's monotonic clock, which is the same in all processes.
"""

import asyncio
import json
import resource
import socket
import sys
import time
import zlib
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import uvloop

from tests.waiting import eventually

_TEXT, _CLOSE, _PING = 1, 8, 9
_AT_ONCE = 100
_ASK = (
    "GET /v1/ws{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Authorization: Bearer {token}\r\n{more}\r\n"
)
_DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


@dataclass
class Group:
    """Clients of one kind, and when each event came to each of them."""

    clients: list["Client"] = field(default_factory=list)
    arrived: list["array[float]"] = field(default_factory=list)
    open: int = 0
    ends: Counter[int] = field(default_factory=Counter)
    """By close code; 0 for those that were cut off without one."""
    sample: str = ""
    """The latest that the first of them was told."""

    def told(self, number: int) -> None:
        while len(self.arrived) <= number:
            self.arrived.append(array("d"))
        self.arrived[number].append(time.monotonic())


class Client(asyncio.Protocol):
    __slots__ = ("_ask", "_group", "_heard", "_number", "opened", "transport")

    def __init__(self, group: Group, ask: bytes, opened: asyncio.Semaphore) -> None:
        self._group = group
        self._ask = ask
        self._heard = b""
        self._number = -2
        self.opened = opened
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._ask)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number > -2:
            self._group.open -= 1
            if exc or not self._closed():
                self._group.ends[0] += 1

    def _closed(self) -> bool:
        return self._number == sys.maxsize

    def data_received(self, data: bytes) -> None:
        heard = self._heard + data if self._heard else data
        if self._number == -2:
            head, end, heard = heard.partition(b"\r\n\r\n")
            if not end:
                self._heard = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ValueError(head)
            self._number = -1
        self._heard = self._frames(heard)

    def _frames(self, heard: bytes) -> bytes:
        """What is left of it."""
        while len(heard) >= 2:
            size, start = heard[1], 2
            if size == 126:
                size, start = int.from_bytes(heard[2:4], "big"), 4
            end = start + size
            if len(heard) < max(start, 4 if size == 126 else 2) or len(heard) < end:
                break
            self._hear(heard[0], heard[start:end])
            heard = heard[end:]
        return heard

    def _hear(self, head: int, body: bytes) -> None:
        kind = head & 0x0F
        if kind == _TEXT:
            if self._number == -1:
                self._group.open += 1
                self.opened.release()
            else:
                self._group.told(self._number)
            self._number += 1
            if self._group.clients[0] is self:
                self._group.sample = _text(body, is_deflated=bool(head & 0x40))
        elif kind == _PING:
            # Masked with zeros.
            self.transport.write(b"\x8a%c\0\0\0\0%b" % (0x80 | len(body), body))
        elif kind == _CLOSE:
            self._group.ends[int.from_bytes(body[:2], "big")] += 1
            self._number = sys.maxsize
            self.transport.write(b"\x88\x82\0\0\0\0%b" % body[:2])
            self.transport.close()


def _text(body: bytes, *, is_deflated: bool) -> str:
    if is_deflated:
        body = zlib.decompressobj(-15).decompress(body + b"\0\0\xff\xff")
    return body.decode()


class Crowd:
    def __init__(self, port: int) -> None:
        self._port = port
        self._groups: dict[str, Group] = {}

    async def connect(self, of: Group, order: dict[str, Any]) -> dict[str, Any]:
        """`count` clients for each of so many `tokens` in turn."""
        opened = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()
        for first in range(0, order["count"], _AT_ONCE):
            for number in range(first, min(first + _AT_ONCE, order["count"])):
                token = order["tokens"][number % len(order["tokens"])]
                more = _DEFLATE if order["deflate"] else ""
                ask = _ASK.format(query=order["query"], token=token, more=more)
                client = Client(of, ask.encode(), opened)
                of.clients.append(client)
                at = socket.socket()
                at.setblocking(False)
                if wanted := order.get("receive_bytes"):
                    at.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
                at.bind((order["from"], 0))
                await loop.sock_connect(at, ("127.0.0.1", self._port))
                await loop.create_connection(lambda client=client: client, sock=at)
            for _ in range(first, min(first + _AT_ONCE, order["count"])):
                async with asyncio.timeout(20):
                    await opened.acquire()
        return {"open": of.open}

    async def stop_reading(self, of: Group, _: dict[str, Any]) -> dict[str, Any]:
        for client in of.clients:
            client.transport.pause_reading()
        return {}

    async def read_again(self, of: Group, _: dict[str, Any]) -> dict[str, Any]:
        for client in of.clients:
            client.transport.resume_reading()
        return {}

    async def told(self, of: Group, order: dict[str, Any]) -> dict[str, Any]:
        """When event `number` came: to how many, and to the last of them."""
        number, until = order["number"], time.monotonic() + order["within_s"]
        while time.monotonic() < until:
            times = of.arrived[number] if len(of.arrived) > number else ()
            if len(times) >= order["count"]:
                break
            await asyncio.sleep(0.005)
        came = sorted(of.arrived[number]) if len(of.arrived) > number else []
        return {"count": len(came), "at": [came[0], came[-1]] if came else []}

    async def times(self, of: Group, _: dict[str, Any]) -> dict[str, Any]:
        """When each event came first."""
        return {"at": [min(times) for times in of.arrived], "sample": of.sample}

    async def state(self, of: Group, _: dict[str, Any]) -> dict[str, Any]:
        return {"open": of.open, "ends": dict(of.ends), "sample": of.sample}

    async def leave(self, of: Group, _: dict[str, Any]) -> dict[str, Any]:
        for client in of.clients:
            client.transport.abort()
        await eventually(lambda: not of.open)
        return {}

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        group = self._groups.setdefault(order["group"], Group())
        answer: dict[str, Any] = await getattr(self, order["do"])(group, order)
        return answer


async def main(port: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(port)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await crowd.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
