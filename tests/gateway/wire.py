"""Bytes of any kind, as a client sends them that has never read a specification."""

import asyncio

from tests.gateway.house import House


async def raw(house: House, sent: str | bytes) -> tuple[int, bytes]:
    """The first status, and all that follows its headers, for bytes of any kind."""
    port = int(house.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent.encode("latin-1") if isinstance(sent, str) else sent)
        async with asyncio.timeout(10):
            status = await reader.readline()
            length = 0
            while (line := await reader.readline()).strip():
                name, _, value = line.lower().partition(b":")
                length = int(value) if name == b"content-length" else length
            body = await reader.readexactly(length)
    finally:
        writer.close()
    return int(status.split()[1]) if status else 0, body
