"""What a container is asked for its health."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from kit.health import is_well
from tests.servers import free_port
from tests.simulators.flaky import Flaky, Mood


async def ask(address: str) -> bool:
    return await asyncio.to_thread(is_well, address)


@pytest.fixture
async def vitals() -> AsyncIterator[tuple[health.aio.HealthServicer, str]]:
    server, servicer = aio.server(), health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield servicer, f"127.0.0.1:{port}"
    await server.stop(None)


async def test_a_service_is_well_while_it_serves(
    vitals: tuple[health.aio.HealthServicer, str],
) -> None:
    servicer, address = vitals

    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    assert await ask(address)

    await servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert not await ask(address)


async def test_nobody_there_is_not_well() -> None:
    port = free_port()

    assert not await ask(f"127.0.0.1:{port}")
    assert not await ask(f"http://127.0.0.1:{port}/health")


async def test_a_gateway_is_well_while_it_answers_200() -> None:
    gateway = Flaky()
    await gateway.start()
    try:
        assert await ask(f"{gateway.url}/health")
        gateway.mood = Mood(status=503)
        assert not await ask(f"{gateway.url}/health")
    finally:
        await gateway.stop()
