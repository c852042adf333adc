"""A catalogue of one's own."""

from collections.abc import AsyncIterator

import pytest

from kit.postgres import Database
from tests.conftest import MakeDatabase
from tests.media.catalog.house import ADA, OWNER, Replica, Visitor, open_replica


@pytest.fixture
async def media(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("media")


@pytest.fixture
async def database(media: tuple[Database, str]) -> Database:
    return media[0]


@pytest.fixture
async def replica(media: tuple[Database, str]) -> AsyncIterator[Replica]:
    async with open_replica(*media) as replica:
        yield replica


@pytest.fixture
def owner(replica: Replica) -> Visitor:
    return replica.visitor(OWNER)


@pytest.fixture
def ada(replica: Replica) -> Visitor:
    return replica.visitor(ADA)
