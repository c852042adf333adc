from collections.abc import AsyncIterator

import pytest
from grpc import aio

from tests.conftest import MakeDatabase
from tests.media.arr.house import FulfillersHouse, Visitor
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr


@pytest.fixture
async def radarr() -> AsyncIterator[Radarr]:
    """It knows of two films, and has none."""
    server = Radarr()
    server.know(603, "The Matrix", 1999)
    server.know(348, "Alien", 1979)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=["3.0.10.1567", "4.0.9.2244"], ids=["v3", "v4"])
async def sonarr(request: pytest.FixtureRequest) -> AsyncIterator[Sonarr]:
    """It knows of two series, and has none. The last episode of Dark is to come."""
    server = Sonarr(request.param)
    server.know(334824, "Dark", 2017, tmdb_id=70523, to_come=frozenset({(2, 3)}))
    server.know(78874, "Firefly", 2002, tmdb_id=1437, seasons={1: 14})
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def house(make_database: MakeDatabase) -> FulfillersHouse:
    database, _ = await make_database("media")
    return FulfillersHouse(database)


@pytest.fixture
async def door(house: FulfillersHouse) -> AsyncIterator[aio.Channel]:
    async with house.door() as channel:
        yield channel


@pytest.fixture
def owner(door: aio.Channel) -> Visitor:
    return Visitor(door)
