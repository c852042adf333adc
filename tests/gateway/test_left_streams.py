"""Streams whose client goes away in the middle."""

import ctypes
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.contract import message
from tests.gateway.house import House
from tests.gateway.paths import WATCH
from tests.gateway.wire import connected
from tests.waiting import eventually

TIMES = 20
MOST_BYTES_EACH = 40_000


class Mallinfo(ctypes.Structure):
    """What glibc says of its heap."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks"),
            *("uordblks", "fordblks", "keepcost"),
        )
    ]


def in_use() -> int:
    gc.collect()
    look = ctypes.CDLL(None).mallinfo2
    look.restype = Mallinfo
    return int(look().uordblks)


async def left(house: House) -> None:
    async with connected(house) as (reader, writer):
        writer.write(b"GET /v1/watch/a HTTP/1.1\r\nHost: nest\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
    await eventually(lambda: house.crowd.all.size == 0)


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="only glibc can be asked"
)
async def test_of_a_stream_that_was_left_nothing_is_kept(house: House) -> None:
    async def endless(request: Any, context: Any) -> AsyncIterator[Any]:
        while True:
            yield message("Named")(name="a" * 60_000)

    house.backend.on(WATCH, endless)
    for _ in range(TIMES):
        await left(house)
    before = in_use()

    for _ in range(TIMES):
        await left(house)

    assert (in_use() - before) / TIMES < MOST_BYTES_EACH
