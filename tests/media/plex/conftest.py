"""A Plex Media Server on loopback."""

from collections.abc import AsyncIterator

import pytest

from tests.simulators.plex.server import Plex
from tests.simulators.plex.shelf import Section


@pytest.fixture
async def plex() -> AsyncIterator[Plex]:
    server = Plex()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def films(plex: Plex) -> Section:
    return plex.shelf.add_section("movie", "Movies")


@pytest.fixture
def shows(plex: Plex) -> Section:
    return plex.shelf.add_section("show", "TV Shows")
