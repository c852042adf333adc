"""A gateway for each test, or one for those who ask it nothing that it remembers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.gateway.house import House, running_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Nothing is limited."""
    async with running_house() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_house() -> AsyncIterator[House]:
    async with running_house() as running:
        yield running


@pytest.fixture
def lasting_house(one_house: House) -> House:
    """One for all tests of a file, in front of a backend that has forgotten the test
    before. The gateway has not: what it remembers is tested with one for each test."""
    one_house.backend.forget()
    return one_house
