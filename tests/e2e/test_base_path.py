"""The portal behind a reverse proxy that shows it at a path of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import test_portal as story
from tests.house import RunningHouse, running_house

pytestmark = story.pytestmark


@pytest.fixture
async def house(tmp_path: Path, lived_in: Path) -> AsyncIterator[RunningHouse]:
    shown_at = {"MEDIANEST_GATEWAY_BASE_PATH": "/nest"}
    async with running_house(
        tmp_path / "house", environment=shown_at, like=lived_in
    ) as house:
        yield house


async def test_the_portal_stays_under_its_base_path(
    house: RunningHouse, browser: Browser
) -> None:
    owner, friend = await story.phone(browser), await story.phone(browser)
    base = f"{house.base_url}/nest"

    await owner.page.goto(f"{base}/setup?token={house.setup_token}")
    await owner.fill(name="olga", password="correct horse 7")
    await owner.press("Open the house")
    await expect(owner.page).to_have_url(f"{base}/")
    await owner.page.get_by_role("link", name="House").click()
    await expect(owner.page).to_have_url(f"{base}/house")
    await owner.press("Make an invite")
    link = await owner.page.locator("#invites .link").first.inner_text()
    await owner.page.reload()
    await expect(owner.page.locator("#invites .link").first).to_have_text(link)
    # Its WebSocket is open: the sign that says otherwise is hidden.
    await expect(owner.page.locator("#live")).to_be_hidden()

    assert link.startswith(f"{base}/invite/")
    await story.the_friend_joins(friend, link)
    cookies = await friend.page.context.cookies()
    assert [each["path"] for each in cookies] == ["/nest/"]
    await friend.page.goto(f"{base}/api/docs")
    await expect(friend.page.get_by_text("/v1/requests").first).to_be_visible()
    assert owner.complaints == friend.complaints == []
