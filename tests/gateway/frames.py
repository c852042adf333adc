"""WebSocket frames, as no library would send them."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.gateway.house import House
from tests.gateway.wire import connected

UPGRADE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: nest\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ada\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"


@asynccontextmanager
async def socket(
    house: House, more: bytes = b""
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open, and welcomed."""
    async with connected(house) as (reader, writer):
        writer.write(UPGRADE + more + b"\r\n")
        async with asyncio.timeout(10):
            assert b" 101 " in await reader.readline()
            await reader.readuntil(b"\r\n\r\n")
            first = await reader.readexactly(2)
            length = first[1]
            if length == 126:
                length = int.from_bytes(await reader.readexactly(2), "big")
            await reader.readexactly(length)
        yield reader, writer


def frame(head: int, payload: bytes, *, masked: bool = True, length: int = -1) -> bytes:
    """With a mask of zeros, which changes nothing."""
    size = len(payload) if length < 0 else length
    mask = 128 if masked else 0
    if size < 126:
        begun = bytes([head, mask | size])
    elif size < 1 << 16:
        begun = bytes([head, mask | 126]) + size.to_bytes(2, "big")
    else:
        begun = bytes([head, mask | 127]) + size.to_bytes(8, "big")
    return begun + (bytes(4) if masked else b"") + payload


def frames(said: bytes) -> list[tuple[int, bytes]]:
    """What the gateway said, by its frames: the first byte, and the payload."""
    found, at = [], 0
    while at + 2 <= len(said):
        head, size, at = said[at], said[at + 1], at + 2
        if size > 125:
            length = 2 if size == 126 else 8
            size, at = int.from_bytes(said[at : at + length], "big"), at + length
        found.append((head, said[at : at + size]))
        at += size
    return found


def bomb(megabytes: int) -> bytes:
    """So many megabytes of zeros, as one compressed frame's payload."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -12)
    # Nothing after a full flush refers to what is before it.
    one = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return (one * megabytes)[:-4]


VIOLATIONS: list[tuple[str, bytes, int]] = [
    ("no mask", frame(0x81, b"{}", masked=False), 1002),
    ("a reserved bit", frame(0xA1, b"{}"), 1002),
    ("compressed, and never agreed", frame(0xC1, b"{}"), 1002),
    ("a reserved opcode", frame(0x83, b"{}"), 1002),
    ("a reserved control opcode", frame(0x8B, b""), 1002),
    ("a ping in pieces", frame(0x09, b"a"), 1002),
    ("a long ping", frame(0x89, b"a" * 126), 1002),
    ("a continuation of nothing", frame(0x80, b"a"), 1002),
    ("a message within another", frame(0x01, b"a") + frame(0x81, b"a"), 1002),
    ("a length that lies", frame(0x81, b"", length=1 << 62), 1009),
    ("a length over all lengths", frame(0x81, b"", length=(1 << 64) - 1), 1009),
    ("a long message", frame(0x81, b"a" * 17_000), 1009),
    (
        "a long message in pieces",
        frame(0x01, b"a" * 9000) + frame(0, b"a" * 9000),
        1009,
    ),
    ("pieces of nothing", frame(0x01, b"a") + frame(0x00, b"") * 5000, 1009),
    ("no UTF-8", frame(0x81, b"\xff\xfe"), 1007),
    ("half a character", frame(0x01, b"\xc3") + frame(0x80, b"a"), 1007),
    ("a close code of nobody", frame(0x88, b"\x00\x00"), 1002),
    ("a close code out of range", frame(0x88, (65535).to_bytes(2, "big")), 1002),
    ("a close of one byte", frame(0x88, b"\x03"), 1002),
    ("a close that is no UTF-8", frame(0x88, b"\x03\xe8\xff"), 1007),
]
