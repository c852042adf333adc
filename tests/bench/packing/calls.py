"""From which size on gzip makes a gRPC call quicker, by the speed of the network.

What packing and unpacking costs is the CPU of a call on loopback, both ends in this
process, with and without; what it saves is bytes, which take a network their number
by its speed.
"""

import gzip
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc import aio

from tests.bench.example import a_list
from tests.bench.tables import markdown

_ITEMS = (1, 2, 3, 5, 8, 11, 16, 21, 43, 86)
_CALLS = 50
_ROUNDS = 12
_NETWORKS_MBIT = (100, 1000)
# What gRPC's own gzip uses.
_LEVEL = 6


async def packed_calls() -> str:
    async with _sink() as call:
        await _cpu_us(call, b"", None)
        lines = [await _line(call, items) for items in _ITEMS]
    head = [
        *("bytes", "gzipped", "CPU for it µs"),
        *(f"sooner at {speed:,} Mbit/s by µs" for speed in _NETWORKS_MBIT),
        "pays below Mbit/s",
    ]
    return markdown(head, lines)


async def _line(call: Any, items: int) -> list[str]:
    raw = a_list(items).SerializeToString()
    saved = len(raw) - len(gzip.compress(raw, _LEVEL))
    plain, packed = [], []
    for _ in range(_ROUNDS):
        plain.append(await _cpu_us(call, raw, None))
        packed.append(await _cpu_us(call, raw, grpc.Compression.Gzip))
    cost_us = max(1.0, min(packed) - min(plain))
    return [
        f"{len(raw):,}",
        f"{len(raw) - saved:,}",
        f"{cost_us:.0f}",
        *(f"{saved * 8 / speed - cost_us:.0f}" for speed in _NETWORKS_MBIT),
        f"{saved * 8 / cost_us:.0f}",
    ]


async def _cpu_us(call: Any, raw: bytes, packing: grpc.Compression | None) -> float:
    """Of both ends, for one call."""
    began = time.process_time()
    for _ in range(_CALLS):
        await call(raw, timeout=5, compression=packing)
    return (time.process_time() - began) / _CALLS * 1e6


@asynccontextmanager
async def _sink() -> AsyncIterator[Any]:
    """A method that takes bytes, and answers nothing."""
    server = aio.server(options=(("grpc.so_reuseport", 0),))
    server.add_generic_rpc_handlers((_Sink(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel.unary_unary("/bench/sink")
    await server.stop(0)


class _Sink(grpc.GenericRpcHandler):
    def service(self, handler_call_details: Any) -> Any:  # noqa: ARG002
        async def nothing(_request: bytes, _context: Any) -> bytes:
            return b""

        return grpc.unary_unary_rpc_method_handler(nothing)
