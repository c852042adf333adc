"""How a process that leaves parts with its clients."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvloop

from gateway.http.addresses import Proxies
from gateway.http.bounds import Bounds
from gateway.http.crowd import Crowd
from gateway.http.doors import listen
from gateway.http.server import serve
from tests.gateway.house import House, running_house
from tests.servers import answers
from tests.waiting import eventually

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
ASKED = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


@asynccontextmanager
async def inside(house: House) -> AsyncIterator[Connection]:
    port = int(house.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def leave(house: House) -> None:
    """Until nobody else is taken in."""
    house.leaving.set()
    port = int(house.base_url.rpartition(":")[2])
    await eventually(lambda: not answers(port))


async def test_who_asks_on_an_idle_connection_is_answered_for_the_last_time() -> None:
    async with running_house() as house, inside(house) as (reader, writer):
        writer.write(ASKED)
        assert b"connection: close" not in await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(b'{"status":"alive"}'))

        await leave(house)
        writer.write(ASKED)

        said = await reader.read()
        assert said.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in said


async def test_who_has_begun_to_ask_is_answered() -> None:
    async with running_house() as house, inside(house) as (reader, writer):
        writer.write(ASKED[:10])
        await writer.drain()

        await leave(house)
        writer.write(ASKED[10:])

        said = await reader.read()
        assert said.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in said


async def test_who_stays_silent_is_not_waited_for() -> None:
    async with running_house() as house, inside(house) as (reader, _):
        await leave(house)

        assert await reader.read() == b""


def test_who_has_connected_and_was_not_let_in_yet_is_answered() -> None:
    """On the loop of a true process, which would leave first and accept then."""

    async def here(scope: Any, receive: Any, send: Callable[..., Awaitable[None]]):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"here"})

    async def story() -> list[bytes]:
        leaving, serving = asyncio.Event(), asyncio.Event()
        crowd = Crowd(Bounds(), Proxies(""))
        at = listen("127.0.0.1:0")
        place = at.getsockname()
        async with asyncio.TaskGroup() as group:
            group.create_task(serve(here, at, leaving, 5.0, crowd, serving=serving.set))
            await serving.wait()
            leaving.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            waiting = [socket.create_connection(place, timeout=5) for _ in range(5)]
            for each in waiting:
                each.sendall(ASKED)
            # All of it while the loop stands still, until it is time to leave.
            time.sleep(0.2)  # noqa: ASYNC251
            said = [asyncio.to_thread(each.recv, 4096) for each in waiting]
            try:
                return await asyncio.gather(*said)
            finally:
                for each in waiting:
                    each.close()

    assert all(said.startswith(b"HTTP/1.1 200") for said in uvloop.run(story()))
