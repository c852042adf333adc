"""10,000 WebSocket clients on one worker: what each costs, how long an event takes to
all of them, what others feel of it, and what becomes of those that do not read."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import psutil
from google.protobuf.struct_pb2 import Struct

from tests.bench.door.processes import Started
from tests.bench.live.house import Clients, clients, gateway, populate, running_valkey
from tests.bench.tables import held, markdown
from tests.gateway.backend import Backend, running_backend

_EVENTS = 10
_AT_MOST_KIB = 25.0
_AT_MOST_S = 0.5
_OTHERS_AT_MOST_MS = 100.0
# More than the gateway and both kernels keep for a client that does not read.
_FLOOD, _FLOOD_BYTES, _RECEIVE_BYTES = 500, 4_000, 8_192
_EVERYBODY, _FLOODED = "libraries", "requests"


@dataclass
class _Town:
    backend: Backend
    front: Started
    clients: Clients
    tokens: list[str]
    count: int
    """How many clients there are, besides those that are slow."""
    chance: random.Random = field(default_factory=lambda: random.Random(603))
    events: int = 0
    waits_ms: list[float] = field(default_factory=list)
    """Of somebody who asks for something else meanwhile."""

    async def happens(self, room: str, size: int = 200) -> float:
        """When it did."""
        self.events += 1
        struct = Struct()
        struct.update({"name": self.chance.randbytes(size).hex()[:size]})
        at = time.monotonic()
        await self.backend.tell(
            "media",
            id=f"media:{self.events}",
            type="library.changed",
            key=str(self.events),
            rooms=[room],
            data=struct,
        )
        return at

    async def enter(self, group: str, count: int, room: str, **how: object) -> None:
        order = {"tokens": self.tokens, "query": f"?rooms={room}", **how}
        await self.clients.do("connect", group, count=count, **order)

    async def took_s(self, number: int) -> float:
        """From an event until the last of the clients had it."""
        at = await self.happens(_EVERYBODY)
        order = {"number": number, "count": self.count, "within_s": 10}
        told = await self.clients.do("told", "all", **order)
        assert told["count"] == self.count, told
        return float(told["at"][1] - at)

    def rss_kib(self) -> float:
        return float(psutil.Process(self.front.pid).memory_info().rss / 1024)


async def crowd_of_clients(count: int) -> str:
    """The table, with and without permessage-deflate."""
    rows: list[list[str]] = []
    for is_deflated in (False, True):
        async with _town(count) as town:
            name = "deflated" if is_deflated else "plain"
            rows += [[name, *row] for row in await _measured(town, is_deflated)]
    return markdown(("frames", "what", "figure", "target"), rows)


@asynccontextmanager
async def _town(count: int) -> AsyncIterator[_Town]:
    with running_valkey() as valkey:
        async with (
            running_backend() as backend,
            gateway(backend, valkey.url) as front,
            clients(front.port) as crowd,
        ):
            yield _Town(backend, front, crowd, populate(backend), count)


async def _measured(town: _Town, is_deflated: bool) -> list[list[str]]:
    how = {"deflate": is_deflated}
    count = town.count
    await town.enter("first", 100, _EVERYBODY, **how, **{"from": "127.0.0.2"})
    await town.clients.do("leave", "first")
    before = town.rss_kib()
    began = time.monotonic()
    await town.enter("all", count, _EVERYBODY, **how, **{"from": "127.0.0.3"})
    connecting_s = time.monotonic() - began
    each_kib = (town.rss_kib() - before) / count
    async with _somebody_else(town):
        quiet = [await town.took_s(n) for n in range(_EVENTS)]
    others_ms = town.waits_ms
    after = (town.rss_kib() - before) / count
    slow = await _with_slow_ones(town, how)
    return [
        [f"{count:,} connected", f"in {connecting_s:.1f} s", ""],
        ["each of them, KiB", f"{each_kib:.1f}", held(each_kib, _AT_MOST_KIB)],
        [f"the same after {_EVENTS} events, KiB", f"{after:.1f}", ""],
        [f"an event to all, {_told(quiet)}", *_judged(quiet)],
        [
            "another request meanwhile, p99 ms",
            f"{_p99(others_ms):.0f} of {len(others_ms)}",
            held(_p99(others_ms), _OTHERS_AT_MOST_MS),
        ],
        *slow,
    ]


async def _with_slow_ones(town: _Town, how: dict[str, bool]) -> list[list[str]]:
    """5 % more that do not read, and are told far more than the others."""
    rooms = f"{_EVERYBODY},{_FLOODED}"
    count = town.count
    slow_ones = count // 20
    unread = {"receive_bytes": _RECEIVE_BYTES, "from": "127.0.0.4"}
    await town.enter("slow", slow_ones, rooms, **how, **unread)
    await town.clients.do("stop_reading", "slow")
    beside = [await town.took_s(_EVENTS + n) for n in range(_EVENTS // 2)]
    before = town.rss_kib()
    async with _somebody_else(town):
        flood = asyncio.create_task(_flood(town))
        during = [
            await town.took_s(_EVENTS + _EVENTS // 2 + n) for n in range(_EVENTS // 2)
        ]
        await flood
        others_ms = town.waits_ms
    kept_mib = (town.rss_kib() - before) / 1024
    await asyncio.sleep(1)
    await town.clients.do("read_again", "slow")
    await asyncio.sleep(3)
    state = await town.clients.do("state", "slow")
    quick = await town.clients.do("state", "all")
    gone = slow_ones - state["open"]
    return [
        [
            f"an event to all, {slow_ones} more do not read, {_told(beside)}",
            *_judged(beside),
        ],
        [f"the same while those are flooded, {_told(during)}", *_judged(during)],
        [
            "another request meanwhile, p99 ms",
            f"{_p99(others_ms):.0f} of {len(others_ms)}",
            held(_p99(others_ms), _OTHERS_AT_MOST_MS),
        ],
        ["the gateway's memory after the flood, MiB more", f"{kept_mib:.1f}", ""],
        [
            "of those that do not read, dropped",
            f"{gone} of {slow_ones}, by code {state['ends']}",
            "met" if gone == slow_ones else "**missed**",
        ],
        [
            "of the others, still there",
            f"{quick['open']:,} of {count:,}",
            "met" if quick["open"] == count else "**missed**",
        ],
    ]


async def _flood(town: _Town) -> None:
    for _ in range(_FLOOD):
        await town.happens(_FLOODED, _FLOOD_BYTES)
        await asyncio.sleep(0.005)


@asynccontextmanager
async def _somebody_else(town: _Town) -> AsyncIterator[None]:
    """Asks for something small again and again while the block runs."""
    town.waits_ms = []

    async def ask() -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                began = time.monotonic()
                async with http.get(f"{town.front.url}/health") as answer:
                    await answer.read()
                town.waits_ms.append((time.monotonic() - began) * 1000)
                await asyncio.sleep(0.005)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)] if values else 0.0


def _told(took_s: list[float]) -> str:
    return f"median and worst of {len(took_s)}, s"


def _judged(took_s: list[float]) -> tuple[str, str]:
    said = f"{statistics.median(took_s):.2f}, {max(took_s):.2f}"
    return said, held(max(took_s), _AT_MOST_S)
