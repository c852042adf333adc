"""Bytes of any kind, as a client sends them that has never read a specification."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.gateway.house import House

HEALTH = b"GET /health HTTP/1.1\r\nHost: nest\r\n\r\n"
POSTED = (
    b"POST /v1/everything HTTP/1.1\r\nHost: nest\r\nContent-Type: application/json\r\n"
)
"""The beginning of a head."""


@dataclass
class Said:
    """One answer, as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> Any:
        return json.loads(self.body)


@asynccontextmanager
async def connected(
    house: House,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    port = int(house.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader, *, has_body: bool = True) -> Said | None:
    """The next answer, or None when there will be none."""
    async with asyncio.timeout(10):
        status = await reader.readline()
        if not status:
            return None
        headers = {}
        while line := (await reader.readline()).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0)) if has_body else 0
        return Said(int(status.split()[1]), headers, await reader.readexactly(length))


async def answers(house: House, sent: bytes) -> list[Said]:
    """All answers, until the gateway hangs up."""
    async with connected(house) as (reader, writer):
        writer.write(sent)
        found = []
        while said := await answer(reader):
            found.append(said)
        return found


async def raw(house: House, sent: str | bytes) -> tuple[int, bytes]:
    """The first status, and what follows its headers, for bytes of any kind."""
    async with connected(house) as (reader, writer):
        writer.write(sent.encode("latin-1") if isinstance(sent, str) else sent)
        said = await answer(reader)
        return (said.status, said.body) if said else (0, b"")
