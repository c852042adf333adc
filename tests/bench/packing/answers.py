"""What packing an HTTP answer costs and saves: by encoding, level and length."""

import gzip
import time
import timeit
from collections.abc import Callable

import brotli
import zstandard

from gateway.encode import Encoder, Writers
from medianest.media.v1.requests_pb2 import ListMediaRequestsResponse
from tests.bench.example import a_list
from tests.bench.tables import markdown

_ITEMS = (1, 2, 6, 15, 93)
_ROUNDS = 7
Pack = Callable[[bytes], bytes]


async def packed_answers() -> str:
    encoder = Encoder(Writers(), ListMediaRequestsResponse.DESCRIPTOR, "")
    bodies = [encoder.write(a_list(items)) for items in _ITEMS]
    lines = [
        [name, *(_cell(pack, body) for body in bodies)]
        for name, pack in _ways().items()
    ]
    head = ["bytes, and µs of CPU", *(f"{len(body):,}" for body in bodies)]
    return markdown(head, lines)


def _ways() -> dict[str, Pack]:
    ways: dict[str, Pack] = {}
    for level in (1, 3, 6, 10):
        ways[f"zstd {level}"] = zstandard.ZstdCompressor(level=level).compress
    for quality in (1, 4, 5, 11):
        ways[f"br {quality}"] = _brotli(quality)
    for level in (1, 6):
        ways[f"gzip {level}"] = _gzip(level)
    return ways


def _brotli(quality: int) -> Pack:
    return lambda body: bytes(brotli.compress(body, quality=quality))


def _gzip(level: int) -> Pack:
    return lambda body: gzip.compress(body, level, mtime=0)


def _cell(pack: Pack, body: bytes) -> str:
    timer = timeit.Timer(lambda: pack(body), timer=time.process_time)
    times = max(1, timer.autorange(None)[0] // 20)
    took_us = min(timer.repeat(_ROUNDS, times)) / times * 1e6
    return f"{len(pack(body)):,}: {took_us:,.0f}"
