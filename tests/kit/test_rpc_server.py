"""A server says how it is, shows what it has, and leaves in good order."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from kit import metrics
from kit.errors import AddressTaken
from tests.kit.rpc_house import SERVICES, Handlers, House, a_house, answer_until
from tests.waiting import eventually

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as opened:
        yield opened


@pytest.mark.parametrize("name", ["", *(service.full_name for service in SERVICES)])
async def test_anybody_may_ask_how_it_is(house: House, name: str) -> None:
    health = health_pb2_grpc.HealthStub(house.channel)

    answer = await health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)

    assert answer.status == SERVING


async def test_anybody_may_see_what_it_has(house: House) -> None:
    reflection = reflection_pb2_grpc.ServerReflectionStub(house.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")

    stream = reflection.ServerReflectionInfo(iter([request]), timeout=5)
    answer = await stream.read()

    names = {each.name for each in answer.list_services_response.service}
    assert {service.full_name for service in SERVICES} < names
    assert "grpc.health.v1.Health" in names


async def test_one_that_leaves_says_so_first_and_lets_calls_finish(
    house: House,
) -> None:
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    house.handlers.act = wait
    health = health_pb2_grpc.HealthStub(house.channel)
    watching = health.Watch(health_pb2.HealthCheckRequest(), timeout=5)
    assert (await watching.read()).status == SERVING
    calling = asyncio.create_task(house.get())
    await eventually(lambda: house.handlers.calls)

    house.leaving.set()
    assert (await watching.read()).status == NOT_SERVING
    gate.set()

    assert (await calling).name == "ada"


async def test_a_call_that_outlasts_the_grace_is_ended(house: House) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    house.handlers.act = never
    calling = asyncio.create_task(house.update())
    await eventually(lambda: house.handlers.calls)
    house.leaving.set()

    with pytest.raises(aio.AioRpcError) as caught:
        await asyncio.wait_for(calling, 3)

    assert caught.value.code() in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
    )
    await asyncio.wait_for(house.handlers.ended.wait(), 1)


async def test_two_do_not_share_a_port_unawares(house: House) -> None:
    with pytest.raises(AddressTaken, match=house.address):
        await answer_until(asyncio.Event(), Handlers(), house.address)
    with pytest.raises(AddressTaken, match=house.address):
        metrics.publish(house.address)
