"""A gateway for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.house import House, running_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Nothing is limited."""
    async with running_house() as running:
        yield running
