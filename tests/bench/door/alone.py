"""The gateway's own share of a GET, with one request at a time.

First without a server: the application is called in this process, and what its RPCs
took is taken away. Then over HTTP: what wrk waits for the gateway, less what a client
of gRPC waits for the same answer, which counts the way through uvicorn, too.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any

from grpc import aio
from prometheus_client import CollectorRegistry

from gateway import rules
from gateway.app import build
from gateway.front import Front
from gateway.settings import Settings
from kit.rpc.channel import open_channel
from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import requests_pb2
from tests.bench import load
from tests.bench.door.memory import NEW, OTHER, SAME
from tests.bench.door.processes import TOKEN, Started, gateway, memory_service
from tests.bench.tables import markdown

_AT_MOST_MS = 0.3
_TIMES = 2_000
_UNMEASURED = 200
_HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Cache-Control": "no-cache",
    "Accept": "*/*",
    "Host": "127.0.0.1",
}
_LIST = "/medianest.media.v1.RequestsService/ListMediaRequests"


async def alone_at_the_door(seconds: int) -> str:
    head = ("20 requests, one at a time", "all p50 ms", "RPC p50 ms", "own p50 ms", "")
    states = {
        "seen before": SAME,
        "another list of known items": OTHER,
        "20 items never seen": NEW,
    }
    async with memory_service() as service:
        lines = [
            _line(f"the application alone, {name}", *(await _called(service, state)))
            for name, state in states.items()
        ]
        async with gateway(service) as front:
            for name, state in states.items():
                rpc = await _rpc_alone(service, state)
                waited = _over_http(front, state, seconds)
                line = _line(f"over HTTP, {name}", [waited], [rpc], [waited - rpc])
                lines.append(line)
    return markdown(head, lines)


def _line(
    name: str, everything: list[float], rpcs: list[float], own: list[float]
) -> list[str]:
    ours = statistics.median(own)
    said = "met" if ours < _AT_MOST_MS else "**missed**"
    middles = [statistics.median(each) for each in (everything, rpcs)]
    return [
        name,
        *(f"{each:.2f}" for each in (*middles, ours)),
        f"< {_AT_MOST_MS} {said}",
    ]


async def _called(
    service: Started, state: str
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds: all, of the RPC, and what is between."""
    services = rules.services()
    contract = [each for each in services if rules.name_of(each) in {"auth", "media"}]
    address = f"127.0.0.1:{service.port}"
    methods = policies(contract, policy_pb2.policy).values()
    async with open_channel(address, methods, compress=False) as channel:
        timed = _Timed(channel)
        settings = Settings(limit_read="100000000/1min")
        channels: Any = dict.fromkeys(("auth", "media"), timed)
        front, _ = build(
            settings, contract, channels, asyncio.Event(), CollectorRegistry(), None
        )
        everything = [await _ask(front, state) for _ in range(_TIMES)][_UNMEASURED:]
        # The first asked who is there.
        rpcs = timed.took_ms[-len(everything) :]
    pairs = zip(everything, rpcs, strict=True)
    return everything, rpcs, [whole - rpc for whole, rpc in pairs]


class _Timed:
    """A channel that notes how long each call took."""

    def __init__(self, channel: aio.Channel) -> None:
        self._channel = channel
        self.took_ms: list[float] = []

    def unary_unary(self, path: str, **codec: Any) -> Any:
        call: Any = self._channel.unary_unary(path, **codec)

        async def timed(request: bytes, **how: Any) -> Any:
            began = time.perf_counter()
            try:
                return await call(request, **how)
            finally:
                self.took_ms.append((time.perf_counter() - began) * 1000)

        return timed

    def unary_stream(self, path: str) -> Any:
        return self._channel.unary_stream(path)


async def _ask(front: Front, state: str) -> float:
    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/v1/requests",
        "query_string": f"state={state}".encode(),
        "headers": list(_lowered()),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    answered: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        answered.append(message)

    began = time.perf_counter()
    await front(scope, receive, send)
    took_ms = (time.perf_counter() - began) * 1000
    assert answered[0]["status"] == 200, answered
    return took_ms


def _lowered() -> Iterator[tuple[bytes, bytes]]:
    for name, value in _HEADERS.items():
        yield name.lower().encode(), value.encode()


async def _rpc_alone(service: Started, state: str) -> float:
    asked = requests_pb2.ListMediaRequestsRequest()
    asked.state = requests_pb2.MediaRequest.State.Value(state)
    request = asked.SerializeToString()
    async with aio.insecure_channel(f"127.0.0.1:{service.port}") as channel:
        call: Any = channel.unary_unary(_LIST)
        took_ms = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            await call(request, timeout=5)
            took_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(took_ms[_UNMEASURED:])


def _over_http(front: Started, state: str, seconds: int) -> float:
    measured = load.run(
        front.url,
        [f"/v1/requests?state={state}"],
        headers={name: _HEADERS[name] for name in ("Authorization", "Cache-Control")},
        connections=1,
        seconds=seconds,
        processes={},
    )
    return measured.p50_ms
