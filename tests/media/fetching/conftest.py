"""A Radarr and a Sonarr on ports, and requests for what they know of."""

from collections.abc import AsyncIterator

import pytest

from kit.postgres import Database
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase
from tests.media.fetching.house import House, SetUp
from tests.media.requests.house import open_shelf
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr


@pytest.fixture
async def media(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("media")


@pytest.fixture
async def house(media: tuple[Database, str]) -> House:
    database, _ = media
    clock = StoppedClock()
    return House(database, await open_shelf(database), clock, SetUp(database, clock))


@pytest.fixture
async def radarr() -> AsyncIterator[Radarr]:
    """It knows of every film, and has none."""
    server = Radarr(knows_everything=True)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def sonarr() -> AsyncIterator[Sonarr]:
    """It knows of every series, and has none."""
    server = Sonarr(knows_everything=True)
    await server.start()
    yield server
    await server.stop()
