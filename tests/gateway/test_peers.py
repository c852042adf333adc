"""Two gateways of one house remember, and neither undoes what was written at the
other: through a real Valkey, and without a word from the services' events."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis.asyncio import Redis

from medianest.media.v1 import requests_pb2
from tests.gateway.backend import Backend, running_backend
from tests.gateway.house import House, running_house
from tests.gateway.paths import APPROVE, LIST_REQUESTS
from tests.servers import Valkey
from tests.waiting import eventually


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    """One request, whose reason is the one that it was approved with last."""
    async with running_backend() as backend:
        state = [""]

        async def approve(request: Any, _context: Any) -> Any:
            state[0] = request.request_id
            return requests_pb2.MediaRequest(id=state[0])

        async def listed(_request: Any, _context: Any) -> Any:
            row = requests_pb2.MediaRequest(id=state[0])
            return requests_pb2.ListMediaRequestsResponse(requests=[row])

        backend.on(APPROVE, approve)
        backend.on(LIST_REQUESTS, listed)
        yield backend


@pytest.fixture
async def gateways(valkey: Valkey, backend: Backend) -> AsyncIterator[list[House]]:
    async with AsyncExitStack() as stack:
        houses = [
            await stack.enter_async_context(
                running_house(backend=backend, redis_url=valkey.url)
            )
            for _ in range(3)
        ]
        for house in houses:
            house.sign_in("owner", 1 << 1)
            await eventually(lambda house=house: remembers(house))
        yield houses


async def seen(house: House) -> str | None:
    """What was approved last. None: it could not be read in time."""
    told = await house.ask("GET", "/v1/requests", token="owner")
    return str(told.json["requests"][0]["id"]) if told.status == 200 else None


async def remembers(house: House) -> bool:
    """Whether asking twice asks the service once."""
    if await seen(house) is None:
        return False
    before = house.backend.times(LIST_REQUESTS)
    await seen(house)
    return house.backend.times(LIST_REQUESTS) == before


async def write(house: House, name: str) -> None:
    told = await house.ask(
        "POST", f"/v1/requests/{name}:approve", token="owner", json={}
    )
    assert told.status == 200


async def test_who_wrote_here_reads_it_there(gateways: list[House]) -> None:
    for number in range(60):
        for house in gateways:
            await seen(house)

        await write(gateways[number % 3], f"r{number}")

        assert [await seen(house) for house in gateways] == [f"r{number}"] * 3


async def test_a_gateway_that_may_have_missed_something_believes_nothing(
    gateways: list[House], valkey: Valkey
) -> None:
    first, second, _ = gateways
    valkey.kill()

    async def asks_each_time() -> bool:
        return not await remembers(second)

    await eventually(asks_each_time)
    await write(first, "while-away")
    assert await seen(second) == "while-away"

    valkey.start()
    await eventually(lambda: remembers(second))
    await write(first, "when-back")
    assert await seen(second) == "when-back"


async def test_nonsense_on_the_channel_hurts_nobody(
    gateways: list[House], valkey: Valkey
) -> None:
    async with Redis.from_url(valkey.url) as redis:
        for said in (b"", b" ", b"x", b"\xff\xfe", b"a b", b"gateway:drops 1 x" * 999):
            await redis.publish("gateway:drops", said)

    await write(gateways[0], "after")
    assert await seen(gateways[1]) == "after"
    # Who has not heard from Valkey for a moment believes nothing meanwhile.
    await eventually(lambda: remembers(gateways[1]))
