"""A storm of some seconds: `make storm` makes one of ten minutes."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.gateway.house import House, running_house
from tests.gateway.wire import answers
from tests.storm import smuggling
from tests.storm.storm import storm

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_gateway_outlives_a_storm_and_its_guests_notice_nothing() -> None:
    report = await storm(seconds=5, seed=4, share=0.03)

    assert report.faults() == []
    assert report.decent.took_s
    assert report.decent.sockets_opened == 1
    tried = {kind for kind, outcomes in report.came.items() if outcomes}
    assert {"paths", "smuggling, to be refused", "compression bombs"} <= tried


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    async with running_house() as running:
        yield running


@pytest.mark.parametrize("name", smuggling.REFUSED)
async def test_who_would_smuggle_is_refused_with_all_that_follows(
    house: House, name: str
) -> None:
    said = await answers(house, smuggling.REFUSED[name] + smuggling.LEFTOVER)

    assert [each.status for each in said] == [400]
    assert said[0].headers["connection"] == "close"
    assert said[0].problem["requestId"] != "smuggled"


@pytest.mark.parametrize("name", smuggling.READ)
async def test_what_is_one_request_is_read_as_one(house: House, name: str) -> None:
    leftover = smuggling.LEFTOVER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    said = await answers(house, smuggling.READ[name] + leftover)

    assert len(said) == 2
    assert said[1].headers["x-request-id"] == "smuggled"
