"""Servers for the whole run, databases for each test."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from kit import migrate
from kit.postgres import Database, open_database
from tests import lived_in
from tests.data import ROOT
from tests.servers import (
    Postgres,
    Valkey,
    create_database,
    database_of_ones_own,
    drop_database,
)

POSTGRES = "MEDIANEST_TEST_POSTGRES"
REDIS = "MEDIANEST_TEST_REDIS"
_servers: list[Postgres | Valkey] = []
# Rooms whose tests mostly wait: for processes to start, and for turns to come.
_WAITING = (
    "tests/e2e/",
    "tests/launcher/test_house.py",
    "tests/status/test_processes.py",
    "tests/status/test_watching.py",
)

# How long a test takes says how busy the machine is, and nothing of the product.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Start what is not given, once for all workers, which inherit the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    lived_in.begin()
    for name, server in ((POSTGRES, Postgres), (REDIS, Valkey)):
        if name not in os.environ:
            started = server()
            _servers.append(started)
            started.start()
            os.environ[name] = started.url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the rooms that wait over the first half: left at the end, as their
    letters would have it, they keep one worker waiting when the others are done."""
    rooms = groupby(items, lambda item: item.nodeid.partition("::")[0])
    waiting: list[list[pytest.Item]] = []
    others: list[pytest.Item] = []
    for name, room in rooms:
        if name.startswith(_WAITING):
            waiting.append(list(room))
        else:
            others.extend(room)
    step = len(others) // (2 * len(waiting)) if waiting else 0
    for place in reversed(range(len(waiting))):
        others[place * step : place * step] = waiting[place]
    items[:] = others


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        lived_in.end()
    while _servers:
        _servers.pop().stop()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A server where the test may make databases."""
    return os.environ[POSTGRES]


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A server that is shared: take a namespace of one's own."""
    return os.environ[REDIS]


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A server of one's own, to kill."""
    server = Valkey()
    server.start()
    yield server
    server.stop()


MakeDatabase = Callable[[str], Awaitable[tuple[Database, str]]]


@pytest.fixture(scope="session")
def templates(postgres_url: str) -> Iterator[dict[str, str]]:
    """Names of template databases by service, made when first asked for."""
    made: dict[str, str] = {}
    yield made
    for name in made.values():
        asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
async def make_database(
    postgres_url: str, templates: dict[str, str]
) -> AsyncIterator[MakeDatabase]:
    """A migrated database of one's own, by the service's name: real, empty, and gone
    afterwards. Gives it with its url."""
    async with AsyncExitStack() as stack:

        async def make(service: str) -> tuple[Database, str]:
            if service not in templates:
                templates[service] = await _make_template(postgres_url, service)
            name = f"{service}_{uuid4().hex[:12]}"
            url = await stack.enter_async_context(
                database_of_ones_own(postgres_url, name, templates[service])
            )
            database = await stack.enter_async_context(
                open_database(url, application="test", max_connections=8)
            )
            return database, url

        yield make


async def _make_template(postgres_url: str, service: str) -> str:
    name = f"{service}_template_{uuid4().hex[:12]}"
    url = await create_database(postgres_url, name)
    folder = ROOT / "services" / service / "store" / "migrations"
    own = folder if folder.exists() else Path("/nonexistent")
    await migrate.of_service(service, own, url).up()
    return name
