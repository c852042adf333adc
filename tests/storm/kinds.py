"""The kinds of attack: each makes one try, from a seed alone, and says what came of
it."""

import asyncio
import functools
import gzip
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.gateway import nonsense
from tests.gateway.frames import DEFLATE, UPGRADE, VIOLATIONS, bomb, frame
from tests.gateway.wire import HEALTH, POSTED, answer
from tests.storm.smuggling import LEFTOVER, READ, REFUSED

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Try = Callable[["Attacker"], Awaitable[str]]

# Longer than the gateway's own patience, in tests.storm.door.
_PATIENCE_S = 12.0
_SIGNED_IN = b"Authorization: Bearer storm\r\n"


class Attacker:
    def __init__(self, port: int, chance: random.Random) -> None:
        self.port = port
        self.chance = chance

    @asynccontextmanager
    async def connected(self, address: str = "") -> AsyncIterator[Streams]:
        # A few addresses, so that not all of them share one's bounds.
        address = address or f"127.0.1.{self.chance.randrange(1, 9)}"
        try:
            async with asyncio.timeout(_PATIENCE_S):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self.port, local_addr=(address, 0)
                )
        except TimeoutError:
            raise NotLetIn from None
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    @asynccontextmanager
    async def socket(self, more: bytes = b"") -> AsyncIterator[Streams]:
        async with self.connected() as (reader, writer):
            writer.write(UPGRADE.replace(b"ada", b"storm") + more + b"\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 101 " not in head:
                raise ConnectionError(head.split(b" ")[1].decode())
            yield reader, writer


class NotLetIn(Exception):
    """Too many knock at once, and the kernel lets this one wait."""


async def first_word(reader: asyncio.StreamReader) -> str:
    """A status, or how else it ended."""
    said = await answer(reader)
    return str(said.status) if said else "closed"


async def end(reader: asyncio.StreamReader) -> str:
    """How a socket was closed, whatever was said on it before."""
    last = b""
    while piece := await reader.read(65536):
        last = (last + piece)[-200:]
    at = last.rfind(b"\x88")
    return (
        f"close {int.from_bytes(last[at + 2 : at + 4], 'big')}" if at >= 0 else "closed"
    )


def _nonsense(kind: str) -> Try:
    async def once(by: Attacker) -> str:
        sent = nonsense.MAKERS[kind](by.chance)
        async with by.connected() as (reader, writer):
            writer.write(sent)
            if kind in nonsense.MAY_BE_UNFINISHED:
                writer.write(b"\r\n\r\n")
            return await first_word(reader)

    return once


async def slow_head(by: Attacker) -> str:
    async with by.connected("127.0.0.1") as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: nest\r\n")
        told = asyncio.create_task(first_word(reader))
        while not told.done():
            writer.write(b"X: a\r\n")
            await asyncio.wait({told}, timeout=by.chance.uniform(0.2, 2))
        return told.result()


async def slow_body(by: Attacker) -> str:
    form = by.chance.choice(
        [b"Content-Length: 900000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"]
    )
    async with by.connected() as (reader, writer):
        writer.write(POSTED + _SIGNED_IN + form)
        told = asyncio.create_task(first_word(reader))
        while not told.done():
            writer.write(b" " if b"Length" in form else b"1\r\n \r\n")
            await asyncio.wait({told}, timeout=by.chance.uniform(0.1, 1))
        return told.result()


async def smuggled(by: Attacker) -> str:
    name = by.chance.choice(list(REFUSED))
    async with by.connected() as (reader, writer):
        writer.write(REFUSED[name] + LEFTOVER)
        said = await answer(reader)
        if said is None or said.status not in {400, 405, 413, 431, 501}:
            return f"WRONG {name}: {said.status if said else 'closed'}"
        if await answer(reader) is not None:
            return f"WRONG {name}: the leftover was answered"
        return str(said.status)


async def read_as_one(by: Attacker) -> str:
    name = by.chance.choice(list(READ))
    async with by.connected() as (reader, writer):
        writer.write(READ[name] + LEFTOVER)
        first, second = await answer(reader), await answer(reader)
        is_next = second and second.headers.get("x-request-id") == "smuggled"
        return str(first and first.status) if is_next else f"WRONG {name}"


async def endless_extension(by: Attacker) -> str:
    async with by.connected() as (reader, writer):
        writer.write(POSTED + b"Transfer-Encoding: chunked\r\n\r\n1;")
        told = asyncio.create_task(first_word(reader))
        while not told.done():
            writer.write(b"a" * 16_384)
            await writer.drain()
            await asyncio.wait({told}, timeout=0.02)
        return told.result()


async def half_closed(by: Attacker) -> str:
    sent = by.chance.choice(
        [HEALTH, HEALTH[:30], POSTED + b"Content-Length: 9\r\n\r\n{"]
    )
    async with by.connected() as (reader, writer):
        writer.write(sent)
        writer.write_eof()
        return await first_word(reader)


async def cut_off(by: Attacker) -> str:
    """Gone, with a reset, at any moment."""
    sent = nonsense.MAKERS["JSON bodies"](by.chance)
    async with by.connected() as (_, writer):
        writer.write(sent[: by.chance.randrange(len(sent))])
        await asyncio.sleep(by.chance.choice([0, 0, 0.01]))
    return "left"


async def pipelined(by: Attacker) -> str:
    """Thousands of questions in one breath; no answer is read for a while."""
    async with by.connected() as (reader, writer):
        asked = (
            b"GET /v1/everything/a HTTP/1.1\r\nHost: nest\r\n" + _SIGNED_IN + b"\r\n"
        )
        writer.write(asked * 3000)
        await asyncio.sleep(0.5)
        last = "closed"
        while (word := await first_word(reader)) != "closed":
            last = word
        return f"ended with {last}"


async def packed_body(by: Attacker) -> str:
    coding = by.chance.choice([b"gzip", b"zstd", b"br", b"deflate", b"gzip, gzip"])
    body = gzip.compress(bytes(200_000))
    async with by.connected() as (reader, writer):
        writer.write(
            POSTED
            + _SIGNED_IN
            + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
            % (coding, len(body))
            + body
        )
        return await first_word(reader)


async def long_to_read(by: Attacker) -> str:
    body = by.chance.choice(
        [
            b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b',"59999":1}',
            b'{"struct":{"a":[' + b"{}," * 300_000 + b"1]}}",
            b'{"inners":[' + b"{}," * 16_000 + b"{}]}",
        ]
    )
    async with by.connected() as (reader, writer):
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        writer.write(POSTED + _SIGNED_IN + length + body)
        return await first_word(reader)


async def silent(by: Attacker, address: str = "127.0.0.1") -> str:
    """Says nothing, or has asked once and says no more."""
    async with by.connected(address) as (reader, writer):
        word = ""
        if by.chance.random() < 0.95:
            writer.write(HEALTH)
            word = await first_word(reader)
        await reader.read()
        return f"{word} then closed".strip()


async def silent_from_everywhere(by: Attacker) -> str:
    return await silent(by, f"127.0.2.{by.chance.randrange(1, 41)}")


async def stranger(by: Attacker) -> str:
    """Another token, another path, another name for the request, each time."""
    word = by.chance.randbytes(8).hex()
    async with by.connected() as (reader, writer):
        writer.write(
            b"GET /v1/%b HTTP/1.1\r\nHost: nest\r\nX-Request-Id: %b\r\nAccept: %b\r\n"
            b"Authorization: Bearer %b\r\nConnection: close\r\n\r\n"
            % (by.chance.choice([b"requests", word.encode()]), *[word.encode()] * 3)
        )
        return await first_word(reader)


async def violation(by: Attacker) -> str:
    name, sent, code = by.chance.choice(VIOLATIONS)
    async with by.socket() as (reader, writer):
        writer.write(sent)
        said = await end(reader)
        return said if said == f"close {code}" else f"WRONG {name}: {said}"


async def random_frames(by: Attacker) -> str:
    async with by.socket(by.chance.choice([b"", DEFLATE])) as (reader, writer):
        for _ in range(by.chance.randrange(1, 40)):
            payload = by.chance.randbytes(by.chance.randrange(0, 300))
            writer.write(frame(by.chance.randrange(256), payload))
        writer.write(frame(0x88, b"\x03\xe8"))
        return await end(reader)


@functools.cache
def gigabyte() -> bytes:
    return bomb(1024)


async def exploding(by: Attacker) -> str:
    async with by.socket(DEFLATE) as (reader, writer):
        packed = gigabyte()
        sent = frame(0xC1, packed)
        if by.chance.random() < 0.5:
            first, second = packed[:16_000], packed[16_000:32_000]
            sent = frame(0x41, first) + frame(0x00, second)
        writer.write(sent)
        return await end(reader)


async def pinging(by: Attacker) -> str:
    """Never reads the pongs."""
    async with by.socket() as (_, writer):
        pings = frame(0x89, b"a" * 125) * 500
        while True:
            writer.write(pings)
            await writer.drain()


async def joining(by: Attacker) -> str:
    rooms = ["requests", "services", "user:storm", "nowhere", "é" * 900]
    async with by.socket() as (reader, writer):
        said = asyncio.create_task(end(reader))
        for _ in range(3000):
            verb, room = by.chance.choice(["join", "leave"]), by.chance.choice(rooms)
            text = f'{{"{verb}":"{room}","id":{by.chance.randrange(9)}}}'
            writer.write(frame(0x81, text.encode()))
            await writer.drain()
        writer.write(frame(0x88, b"\x03\xe8"))
        return await said


async def never_reads(by: Attacker, path: bytes) -> str:
    """Who is told a lot, and takes nothing of it."""
    begun = UPGRADE.replace(b"ada", b"storm") + b"\r\n"
    if path != b"/v1/ws":
        begun = b"GET %b HTTP/1.1\r\nHost: nest\r\n" % path + _SIGNED_IN + b"\r\n"
    async with by.connected() as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(begun)
        await asyncio.sleep(_PATIENCE_S)
        return "left"


KINDS: dict[str, tuple[Try, int]] = {
    **{kind: (_nonsense(kind), 2) for kind in nonsense.MAKERS},
    "slow heads": (slow_head, 40),
    "slow bodies": (slow_body, 40),
    "smuggling, to be refused": (smuggled, 3),
    "smuggling, to be read as one": (read_as_one, 2),
    "endless chunk extensions": (endless_extension, 2),
    "half-closed": (half_closed, 2),
    "cut off": (cut_off, 2),
    "thousands pipelined": (pipelined, 1),
    "compressed bodies": (packed_body, 1),
    "long to read": (long_to_read, 1),
    "silent, of one address": (silent, 1000),
    "silent, of forty addresses": (silent_from_everywhere, 9500),
    "strangers": (stranger, 2),
    "WebSocket violations": (violation, 3),
    "random frames": (random_frames, 3),
    "compression bombs": (exploding, 1),
    "pings, never read": (pinging, 2),
    "thousands of joins": (joining, 1),
    "WebSockets, never read": (functools.partial(never_reads, path=b"/v1/ws"), 20),
    "event streams, never read": (
        functools.partial(never_reads, path=b"/v1/events"),
        20,
    ),
    "answers, never read": (functools.partial(never_reads, path=b"/v1/watch/a"), 10),
}
"""With how many of each try at once."""


async def attempt(kind: str, by: Attacker) -> str:
    try:
        async with asyncio.timeout(4 * _PATIENCE_S):
            return await KINDS[kind][0](by)
    except NotLetIn:
        return "not let in"
    except TimeoutError:
        return "WRONG: never ended"
    except (ConnectionError, asyncio.IncompleteReadError) as exc:
        refused = str(exc) if str(exc).isdigit() else ""
        return refused or "reset"
    except RuntimeError:
        # uvloop's word for writing to a connection that was closed meanwhile.
        return "reset"
    except OSError as exc:
        return f"no connection ({exc.errno})"
