"""Events as they reach screens: server-sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.live.listeners import MOST_WAITING
from tests.gateway.house import House
from tests.gateway.live import happens, heard, inhabited, socket
from tests.waiting import eventually

START = "auth:0.composite:0.media:0.status:0"


@pytest.fixture
async def house(house: House) -> House:
    return await inhabited(house)


@asynccontextmanager
async def stream(house: House, query: str, token: str) -> AsyncIterator[Any]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with house.http.get(
        f"{house.base_url}/v1/events{query}", headers=headers
    ) as answer:
        yield answer


async def frame(answer: Any) -> dict[str, str]:
    lines: dict[str, str] = {}
    while line := (await answer.content.readline()).decode().rstrip("\n"):
        name, _, value = line.partition(": ")
        lines[name] = value
    return lines


async def test_events_are_also_server_sent(house: House) -> None:
    async with stream(house, "?rooms=requests,libraries", "owner") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert await frame(answer) == {"": "welcome", "id": START}
        await happens(house.backend, 5, "libraries")

        event = await frame(answer)

    assert event["id"] == "auth:0.composite:0.media:5.status:0"
    assert event["event"] == "request.approved"
    assert json.loads(event["data"])["id"] == "media:5"
    assert json.loads(event["data"])["rooms"] == ["libraries"]


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [
        *(("", "", 401), ("?rooms=requests", "ada", 403), ("?rooms=x", "ada", 404)),
        *(("?room=requests", "owner", 400), ("?rooms=%ff", "owner", 400)),
    ],
)
async def test_a_stream_of_events_may_be_refused(
    house: House, query: str, token: str, status: int
) -> None:
    answer = await house.ask("GET", f"/v1/events{query}", token=token)

    assert answer.status == status


async def test_a_session_s_end_ends_its_stream(house: House) -> None:
    async with stream(house, "", "ada") as answer:
        await frame(answer)
        await house.backend.tell(
            "auth", id="auth:1", type="session.ended", data={"sessionId": "session-ada"}
        )

        last = await frame(answer)
        assert last == {"event": "error", "data": '{"reason":"session_ended"}'}
        assert await answer.content.read() == b""


async def test_who_leaves_is_forgotten(house: House) -> None:
    def listening() -> float:
        return house.registry.get_sample_value("medianest_event_listeners") or 0

    async with socket(house, "ada") as ws, stream(house, "", "ada") as answer:
        await heard(ws)
        await frame(answer)
        assert listening() == 2

    await eventually(lambda: listening() == 0)


async def test_leaving_ends_streams_and_sockets(house: House) -> None:
    async with socket(house, "ada") as ws, stream(house, "", "ada") as answer:
        await heard(ws)
        await frame(answer)

        house.leaving.set()

        assert await answer.content.read() == b""
        assert (await ws.receive(timeout=5)).data == 1001


async def test_who_only_asks_for_the_head_does_not_stay(house: House) -> None:
    told = await house.ask("HEAD", "/v1/events", token="ada")

    listening = house.registry.get_sample_value("medianest_event_listeners")
    assert told.status == 200
    assert listening == 0


async def test_who_does_not_read_their_stream_is_cut_off(house: House) -> None:
    port = int(house.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /v1/events HTTP/1.1\r\nHost: a\r\nX-Api-Key: ada\r\n\r\n")
    assert b"200" in await reader.readline()

    def listening() -> float | None:
        return house.registry.get_sample_value("medianest_event_listeners")

    number = 0

    async def is_cut_off() -> bool:
        nonlocal number
        for _ in range(MOST_WAITING):
            number += 1
            await happens(house.backend, number, "user:user-ada", text="x" * 30_000)
        return listening() == 0

    await eventually(is_cut_off, within_s=30)
    writer.close()
