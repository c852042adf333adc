"""The API's page in a real browser, on a phone and on a desk."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.gateway.house import House

CHROMIUM = shutil.which("chromium")
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ,
        reason="Debian's chromium is not installed (apt-get install chromium)",
    ),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


async def test_an_operation_is_found_and_read(house: House, browser: Browser) -> None:
    for width, height in SIZES.values():
        await find_and_read(house, browser, width, height)


async def find_and_read(
    house: House, browser: Browser, width: int, height: int
) -> None:
    page = await browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))

    await page.goto(f"{house.base_url}/api/docs")
    await page.get_by_role("searchbox").fill("request says yes")
    await page.get_by_text("/v1/requests/{request_id}:approve").click()

    opened = page.locator("details.operation[open]")
    await expect(opened).to_contain_text("Takes the permission MANAGE_REQUESTS")
    await expect(opened).to_contain_text("curl -X POST")
    await expect(opened).to_contain_text('"state": "PENDING"')
    await expect(opened).to_contain_text("request_not_pending")
    await expect(page.locator("details.operation:visible")).to_have_count(1)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []


async def test_an_address_leads_to_an_operation(house: House, browser: Browser) -> None:
    page = await browser.new_page()

    await page.goto(f"{house.base_url}/api/docs#status.CreateMonitor")

    opened = page.locator("details.operation[open]")
    await expect(opened).to_contain_text("Begins to watch something")
    await page.get_by_text("Fields of the body").click()
    await expect(opened).to_contain_text("Seconds between checks")
