"""A house for each test, and passwords for all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
from argon2 import PasswordHasher

from kit.outbox import Feed
from kit.postgres import Database
from services.auth.clients.argon2 import OWASP, Argon2Passwords
from tests.auth.house import House, Person, open_house
from tests.auth.plex import PlexHouse, open_plex_house, running_plextv
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase
from tests.simulators.plextv.server import PlexTV

# Most tests sign in many times, and are not about what it costs.
_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def passwords() -> Iterator[Argon2Passwords]:
    with closing(Argon2Passwords(2, _QUICK)) as argon2:
        yield argon2


@pytest.fixture(scope="session")
def owasp() -> Iterator[Argon2Passwords]:
    """As a house keeps them."""
    with closing(Argon2Passwords(2, OWASP)) as argon2:
        yield argon2


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return (await make_database("auth"))[0]


@pytest.fixture
async def house(
    make_database: MakeDatabase, passwords: Argon2Passwords, clock: StoppedClock
) -> AsyncIterator[House]:
    """All of auth behind its real door, without an owner yet."""
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    async with open_house(database, feed, passwords, clock) as opened:
        yield opened


@pytest.fixture
async def plextv() -> AsyncIterator[PlexTV]:
    async with running_plextv() as running:
        yield running


@pytest.fixture
async def plex(
    make_database: MakeDatabase,
    passwords: Argon2Passwords,
    clock: StoppedClock,
    plextv: PlexTV,
) -> AsyncIterator[PlexHouse]:
    """A house with a Plex server, without an owner yet."""
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    async with open_plex_house(database, feed, passwords, clock, plextv) as opened:
        yield opened


@pytest.fixture
async def owner(house: House) -> Person:
    return await house.owner()
