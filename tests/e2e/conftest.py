"""Debian's Chromium, a house that ran before, and one that many may share."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.house import RunningHouse, running_house
from tests.lived_in import like

KINDS = ("READ", "WRITE", "ADMIN", "REQUEST", "SIGN_IN")
UNLIMITED = {f"MEDIANEST_GATEWAY_LIMIT_{kind}": "0/1min" for kind in KINDS}
CHROMIUM = shutil.which("chromium")

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a house that is still to get its owner."""
    return like("real", {}, tmp_path_factory.mktemp("lived_in"))


@pytest.fixture(scope="session")
def shared_house(
    tmp_path_factory: pytest.TempPathFactory, lived_in: Path
) -> Iterator[RunningHouse]:
    """Two of everything, without limits, for those who leave the owner's account as it
    is, name their own people, and kill nothing."""
    place = tmp_path_factory.mktemp("shared")
    standing = running_house(place, replicas=2, environment=UNLIMITED, like=lived_in)
    with asyncio.Runner() as runner:
        house = runner.run(standing.__aenter__())
        try:
            yield house
        finally:
            runner.run(standing.__aexit__(None, None, None))
