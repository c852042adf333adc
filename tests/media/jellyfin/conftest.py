"""A Jellyfin and an Emby."""

from collections.abc import AsyncIterator

import pytest

from tests.simulators.jellyfin.server import Jellyfin as Simulator


@pytest.fixture
async def jellyfin() -> AsyncIterator[Simulator]:
    server = Simulator()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def emby() -> AsyncIterator[Simulator]:
    server = Simulator(is_emby=True)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=["jellyfin", "emby"])
def server(
    request: pytest.FixtureRequest, jellyfin: Simulator, emby: Simulator
) -> Simulator:
    """What is said of it holds for both."""
    return emby if request.param == "emby" else jellyfin
