"""A database with deliveries, and somebody who works them off."""

from collections.abc import AsyncIterator

import pytest

from kit.background import running
from tests.conftest import MakeDatabase
from tests.kit.delivery.house import DeliveryHouse


@pytest.fixture
async def house(make_database: MakeDatabase) -> DeliveryHouse:
    database, _ = await make_database("auth")
    return DeliveryHouse(database)


@pytest.fixture
async def at_work(house: DeliveryHouse) -> AsyncIterator[DeliveryHouse]:
    async with running(delivering=house.delivering.run()):
        yield house
