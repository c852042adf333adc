"""What people keep and say in the portal, on a phone: a watchlist, here and at Plex,
and reports of what is wrong."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import test_portal
from tests.e2e.client import people
from tests.e2e.test_portal import Person
from tests.e2e.test_portal_asking import EVIL, Row, a_row, enter, known
from tests.simulators.plextv.server import PlexTV
from tests.waiting import eventually

pytestmark = test_portal.pytestmark

SOON = 30_000


@pytest.fixture
async def plextv() -> AsyncIterator[PlexTV]:
    plextv = PlexTV()
    await plextv.start()
    yield plextv
    await plextv.stop()


@pytest.fixture
async def row(tmp_path: Path, lived_in: Path, plextv: PlexTV) -> AsyncIterator[Row]:
    at_plex = {"PLEX_ADDRESS": plextv.url, "PLEX_DISCOVER_ADDRESS": plextv.url}
    async with a_row(tmp_path, lived_in, PLEX_WATCHLISTS_EVERY_S="1", **at_plex) as row:
        yield row


async def test_people_keep_lists_and_report(
    row: Row, plextv: PlexTV, browser: Browser
) -> None:
    async with people(row.url) as crowd:
        program = await crowd.owner(row.house.setup_token)
        await crowd.friend_of(program, "fred")
        titles = await known(program)
        owner = await enter(browser, row, "olga", "correct horse 7")
        friend = await enter(browser, row, "fred", "battery staple 8")

        await a_title_is_kept_for_later(friend, row, titles)
        await a_list_at_plex_is_followed(friend, row, plextv)
        await a_problem_is_reported(friend, row, titles)
        await it_is_mended(owner, friend, row)

    assert owner.complaints == []
    assert friend.complaints == []


async def a_title_is_kept_for_later(
    friend: Person, row: Row, titles: dict[str, str]
) -> None:
    page = friend.page
    await page.goto(f"{row.url}/titles/{titles['Dark City']}")
    await friend.press("Put Dark City on your watchlist")
    button = page.get_by_role("button", name="Take Dark City off your watchlist")
    await expect(button).to_be_focused()
    await page.reload()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("link", name="Discover").click()
    await page.get_by_role("link", name="Watchlist").click()
    card = page.locator("#watchlist .title")
    await expect(card).to_contain_text("Dark City")
    await card.get_by_role("button", name="Request Dark City").click()
    await expect(card).to_contain_text("Requested by you")
    await friend.shoot("100-watchlist")
    await friend.press("Take Dark City off your watchlist")
    await expect(page.get_by_text("Nothing is on your watchlist.")).to_be_visible()


async def a_list_at_plex_is_followed(friend: Person, row: Row, plextv: PlexTV) -> None:
    page = friend.page
    fred = plextv.add_account("fred")
    plextv.watch(fred, "The Matrix", 1999, "tmdb://603")
    await page.goto(f"{row.url}/account")
    section = page.locator("#plex-watchlist")
    async with page.context.expect_page() as opening:
        await section.get_by_role("button", name="Connect Plex").click()
    window = await opening.value
    await friend.shoot("101-plex-waits", whole=True)
    await window.get_by_role("button", name="fred", exact=True).click()
    await expect(section).to_contain_text("Connected", timeout=SOON)
    await friend.shoot("102-plex-connected", whole=True)
    await page.goto(f"{row.url}/watchlist")
    card = page.locator("#watchlist .title")

    async def came() -> bool:
        await page.reload()
        await page.locator("#watchlist[aria-busy=false]").wait_for(state="attached")
        return await card.count() == 1

    await eventually(came, within_s=30)
    await expect(card).to_contain_text("The Matrix")
    await page.goto(f"{row.url}/account")
    await section.get_by_role("button", name="Disconnect").click()
    await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    await expect(section.get_by_role("button", name="Connect Plex")).to_be_visible()


async def a_problem_is_reported(
    friend: Person, row: Row, titles: dict[str, str]
) -> None:
    page = friend.page
    await page.goto(f"{row.url}/titles/{titles['Firefly']}")
    await friend.press("Report a problem with Firefly")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("With what?").select_option("Sound")
    await dialog.get_by_label(re.compile("^Season")).fill("1")
    await dialog.get_by_label(re.compile("^Episode")).fill("2")
    await friend.press("Report")
    await expect(dialog.locator("[data-wrong=text]")).to_be_visible()
    await dialog.get_by_label("What is wrong?", exact=True).fill(f"Late {EVIL}")
    await friend.shoot("103-reporting")
    await friend.press("Report")
    reports = page.get_by_role("region", name="Reports")
    await expect(reports).to_contain_text(f"Late {EVIL}")
    await expect(reports).to_contain_text("S1 E2")
    await friend.shoot("104-reported", whole=True)


async def it_is_mended(owner: Person, friend: Person, row: Row) -> None:
    page = owner.page
    await page.goto(f"{row.url}/requests")
    await page.get_by_role("link", name="Reports").click()
    card = page.locator("#reports .request")
    await expect(card).to_contain_text("Firefly")
    await card.get_by_label("Comments on the report").click()
    await card.get_by_label("Say something").fill("Which player?")
    await card.get_by_role("button", name="Send").click()
    await expect(card.get_by_role("listitem")).to_contain_text("Which player?")
    await owner.shoot("105-reports", whole=True)
    await owner.press("Firefly is mended")
    await expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    await friend.page.goto(f"{row.url}/reports?state=RESOLVED")
    theirs = friend.page.locator("#reports .request")
    await expect(theirs).to_contain_text("Mended")
    await expect(theirs).to_contain_text("Comments (1)")
    await friend.shoot("106-own-reports")
    # Somebody else has spoken: it is not the friend's alone any more.
    await expect(theirs.get_by_role("button", name="Remove")).to_have_count(0)
    await friend.press("Firefly is wrong still")
    await expect(card).to_contain_text("Firefly")
    await owner.press("Remove the report on Firefly")
    await owner.press("Remove it")
    await expect(page.get_by_text("Nothing is wrong")).to_be_visible()
