"""What happened, behind a bell that rings by itself; and how one wishes to be told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import test_portal
from tests.e2e.test_portal import Person, best_known, phone
from tests.house import RunningHouse, running_house

pytestmark = test_portal.pytestmark

SEARCH = "Search films and series"
BELL = "Notifications"
RUNG = "Notifications, 1 unread"


@pytest.fixture
async def house(tmp_path: Path, lived_in: Path) -> AsyncIterator[RunningHouse]:
    async with running_house(tmp_path / "house", like=lived_in) as house:
        yield house


async def test_a_bell_that_rings(
    house: RunningHouse, browser: Browser, tmp_path: Path
) -> None:
    done = await house.command("catalog", "import", str(best_known(tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr
    owner, friend = await phone(browser), await phone(browser)
    await test_portal.the_owner_sets_up(owner, house)
    await test_portal.the_friend_joins(friend, await invites(owner))

    await asks(friend)
    await reads(owner)
    await test_portal.the_owner_approves(owner)
    await follows(friend)
    await wishes(friend)
    await is_told_elsewhere(friend)

    assert owner.complaints == []
    assert friend.complaints == []


async def invites(owner: Person) -> str:
    await owner.page.get_by_role("link", name="House").click()
    await owner.press("Make an invite")
    return await owner.page.locator("#invites .link").first.inner_text()


async def asks(friend: Person) -> None:
    await friend.page.get_by_label(SEARCH).fill("the matrix")
    await friend.press("Request The Matrix")
    await expect(friend.page.locator(".title").first).to_contain_text(
        "Requested by you"
    )


async def reads(owner: Person) -> None:
    page = owner.page
    await page.get_by_role("link", name=RUNG, exact=True).click()
    await expect(page.locator("#notifications li.new")).to_contain_text(
        "fred asks for The Matrix."
    )
    await owner.shoot("26-notifications")
    await owner.press("Mark all as read")
    await expect(page.locator("#notifications li.new")).to_have_count(0)
    await expect(page.get_by_role("link", name=BELL, exact=True)).to_be_visible()


async def follows(friend: Person) -> None:
    page = friend.page
    await page.get_by_role("link", name=RUNG, exact=True).click()
    await page.get_by_role("link", name="The Matrix was approved.").click()
    await expect(page.get_by_role("heading").first).to_have_text("Your requests")
    await page.get_by_role("link", name=BELL, exact=True).click()
    await friend.press("Remove: The Matrix was approved.")
    await expect(page.locator("#notifications li")).to_have_count(0)


async def wishes(friend: Person) -> None:
    page = friend.page
    await page.get_by_role("link", name="How you are told").click()
    box = page.get_by_label("What you asked for is there: E-mail")
    await expect(box).to_be_checked()
    async with page.expect_response("**/v1/me/notification-preferences"):
        await box.uncheck()
    await expect(
        page.get_by_label("A request waits for a decision: Bell")
    ).to_have_count(0)
    await friend.fill(**{"from": "22:00", "to": "07:00", "timeZone": "Nowhere"})
    await friend.press("Keep quiet")
    await expect(page.locator("#field-timeZone-wrong")).to_be_visible()
    await friend.fill(timeZone="Europe/Berlin")
    await friend.press("Keep quiet")
    await expect(page.get_by_text("Your quiet hours are kept.")).to_be_visible()
    await page.reload()
    await expect(box).not_to_be_checked()
    await expect(page.locator("input[name=timeZone]")).to_have_value("Europe/Berlin")


async def is_told_elsewhere(friend: Person) -> None:
    page = friend.page
    await page.locator("select[name=kind]").select_option("WEBHOOK")
    await friend.fill(name="My phone", address="there.example")
    await friend.press("Add it")
    await expect(page.locator("#field-address-wrong")).to_be_visible()
    await friend.fill(address="https://there.example/a-secret-path")
    await friend.press("Add it")
    mine = page.locator("#own-targets li")
    await expect(mine).to_contain_text("https://there.example/…")
    await friend.shoot("27-told", whole=True)
    await friend.press("Remove My phone")
    await friend.press("Remove")
    await expect(mine).to_have_count(0)
