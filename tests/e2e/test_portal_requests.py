"""Requests in the portal, on a phone: decided one by one and many at once, followed
while they are got, talked about, and gone wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e import test_portal
from tests.e2e.client import Person as Program
from tests.e2e.client import people
from tests.e2e.test_portal import Person
from tests.e2e.test_portal_asking import EVIL, Row, a_row, add_servers, enter, known
from tests.simulators.arr.moods import Mood
from tests.waiting import eventually

pytestmark = test_portal.pytestmark

TAPES = f"Grandma's tapes {EVIL}"
SOON = 30_000


@pytest.fixture
async def row(tmp_path: Path, lived_in: Path) -> AsyncIterator[Row]:
    # Hours, of which these are seconds.
    patience = {"UNANSWERED_FOR_H": "0.001"}
    async with a_row(tmp_path, lived_in, QUEUES_EVERY_S="1", **patience) as row:
        yield row


async def test_requests_are_decided_and_followed(row: Row, browser: Browser) -> None:
    async with people(row.url) as crowd:
        program = await crowd.owner(row.house.setup_token)
        asker = await crowd.friend_of(program, "fred")
        titles = await known(program)
        await add_servers(row, program)
        row.radarr.know(603, "The Matrix", 1999)
        row.sonarr.know(78874, "Firefly", 2002, tmdb_id=1437)
        for name in ("The Matrix", "The Matrix Reloaded", "Dark City"):
            await asker.post("/v1/requests", {"titleId": titles[name]})
        some = {"titleId": titles["Firefly"], "seasons": [1]}
        await asker.post("/v1/requests", some)
        await asker.post("/v1/requests", {"words": TAPES})
        owner = await enter(browser, row, "olga", "correct horse 7")
        friend = await enter(browser, row, "fred", "battery staple 8")
        await friend.page.goto(f"{row.url}/requests")

        await one_is_declined(owner, friend, row)
        await many_are_approved(owner, friend)
        await one_is_downloaded(owner, friend, row)
        await one_could_not_be_got(owner, friend, row)
        await words_are_seen_to_by_hand(owner, friend)
        await what_became_of_it(owner, friend)
        await the_list_is_narrowed(owner, row)
        await one_is_taken_back(friend, program, titles)
        await a_yes_is_withdrawn(owner, friend, row)

    assert owner.complaints == []
    assert friend.complaints == []


def card(page: Page, name: str) -> Locator:
    return page.locator("#all .request", has=page.get_by_text(name, exact=True))


def waiting(page: Page, name: str) -> Locator:
    return page.locator("#pending .request", has=page.get_by_text(name, exact=True))


async def one_is_declined(owner: Person, friend: Person, row: Row) -> None:
    page = owner.page
    await page.goto(f"{row.url}/requests")
    await expect(page.locator("#pending .request")).to_have_count(5)
    await owner.shoot("80-to-decide", whole=True)
    await owner.press("Decline Dark City")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("fred will read it.")
    await dialog.get_by_role("textbox").fill(f"Too dark {EVIL}")
    await owner.shoot("81-declining")
    await owner.press("Decline")
    await expect(page.locator("#pending .request")).to_have_count(4)
    await expect(card(friend.page, "Dark City")).to_contain_text(f"Too dark {EVIL}")


async def many_are_approved(owner: Person, friend: Person) -> None:
    page = owner.page
    for name in ("The Matrix", TAPES):
        await page.get_by_label(f"Choose {name}", exact=True).check()
    await expect(page.get_by_text("2 chosen")).to_be_visible()
    await owner.shoot("82-many-chosen")
    await owner.press("Approve them")
    await expect(page.locator("#pending .request")).to_have_count(2)
    await expect(card(friend.page, TAPES)).to_contain_text("Approved, on its way")
    # Another one is to be got in another way than the others.
    await owner.press("Approve with… Firefly")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Server").select_option(index=1)
    await dialog.get_by_label("Folder").select_option("/anime")
    await dialog.get_by_role("button", name="Approve").click()
    await expect(page.locator("#pending .request")).to_have_count(1)


async def one_is_downloaded(owner: Person, friend: Person, row: Row) -> None:
    page, radarr = friend.page, row.radarr
    matrix = card(page, "The Matrix")
    await eventually(lambda: radarr.of(603), within_s=30)
    await expect(matrix).to_contain_text("It is searched for.", timeout=SOON)
    download = radarr.start_download(603)
    download.progress(42, "00:10:00")
    await expect(matrix).to_contain_text("42 %", timeout=SOON)
    await expect(matrix.get_by_role("progressbar")).to_be_visible()
    await friend.shoot("83-downloading", whole=True)
    download.stick("No files found are eligible for import")
    await expect(matrix).to_contain_text("waits to be put on the shelf", timeout=SOON)
    # What Radarr says of it is for those who can do something.
    theirs = card(owner.page, "The Matrix")
    await expect(theirs).to_contain_text("No files found are eligible", timeout=SOON)
    await owner.shoot("84-not-imported", whole=True)


async def one_could_not_be_got(owner: Person, friend: Person, row: Row) -> None:
    page, radarr = owner.page, row.radarr
    radarr.mood = Mood(status=503)
    await owner.press("Approve The Matrix Reloaded")
    await expect(page.locator("#pending")).to_contain_text("Nothing waits for you.")
    theirs = card(friend.page, "The Matrix Reloaded")
    await expect(theirs).to_contain_text("Could not be got", timeout=SOON)
    mine = card(page, "The Matrix Reloaded")
    await expect(mine.locator(".wrong")).not_to_be_empty()
    await owner.shoot("85-failed", whole=True)
    radarr.mood = Mood()
    await owner.press("Try The Matrix Reloaded again")
    await expect(theirs).to_contain_text("Approved, on its way")


async def words_are_seen_to_by_hand(owner: Person, friend: Person) -> None:
    await owner.press(f"{TAPES} is there")
    await expect(card(friend.page, TAPES)).to_contain_text("On the shelf")


async def what_became_of_it(owner: Person, friend: Person) -> None:
    page = friend.page
    dark = card(page, "Dark City")
    await dark.get_by_text("More", exact=True).click()
    steps = dark.get_by_label("What became of it")
    await expect(steps).to_contain_text("Asked for")
    await expect(steps).to_contain_text("Declined")
    await dark.get_by_label("Say something").fill(f"Why, then? {EVIL}")
    await dark.get_by_role("button", name="Send").click()
    said = dark.get_by_label("Comments on")
    await expect(said).to_contain_text(f"Why, then? {EVIL}")
    await friend.shoot("86-more", whole=True)
    theirs = card(owner.page, "Dark City")
    await theirs.get_by_text("More", exact=True).click()
    await expect(theirs.get_by_label("Comments on")).to_contain_text("Why, then?")
    await theirs.get_by_role("button", name="Remove").click()
    await owner.press("Remove it")
    await expect(theirs.get_by_label("Comments on")).not_to_contain_text("Why, then?")


async def a_yes_is_withdrawn(owner: Person, friend: Person, row: Row) -> None:
    await owner.page.goto(f"{row.url}/requests")
    await owner.press("Withdraw The Matrix Reloaded")
    await owner.page.get_by_role("dialog").get_by_role("textbox").fill("No room left")
    await owner.press("Withdraw")
    theirs = card(friend.page, "The Matrix Reloaded")
    await expect(theirs).to_contain_text("No room left")


async def the_list_is_narrowed(owner: Person, row: Row) -> None:
    page = owner.page
    shown = page.locator("#all .request")
    await expect(page.get_by_label("State")).to_contain_text("Declined (1)")
    await page.get_by_label("State").select_option("DECLINED")
    await expect(shown).to_have_count(1)
    await page.reload()
    await expect(page.get_by_label("State")).to_have_value("DECLINED")
    await expect(shown).to_have_count(1)
    await page.get_by_label("Kind").select_option("SERIES")
    await expect(page.get_by_text("No request is like that.")).to_be_visible()
    await page.get_by_label("Kind").select_option("MOVIE")
    await owner.shoot("87-narrowed")
    await owner.press("Reopen Dark City")
    await expect(waiting(page, "Dark City")).to_be_visible()
    await page.get_by_label("State").select_option("")
    await page.get_by_label("Whose").select_option("MINE")
    await expect(page.get_by_text("No request is like that.")).to_be_visible()


async def one_is_taken_back(
    friend: Person, program: Program, titles: dict[str, str]
) -> None:
    page = friend.page
    dark = card(page, "Dark City")
    # Somebody else waits for it too: it goes on for them.
    followed = await program.post("/v1/requests", {"titleId": titles["Dark City"]})
    assert followed["followedByMe"]
    await expect(dark).to_contain_text("1 other waits for it too.")
    await friend.press("Take back Dark City")
    await expect(page.get_by_role("dialog")).to_contain_text("goes on for them")
    await friend.press("Take it back")
    await expect(dark).to_have_count(0)
    listed = await program.get(f"/v1/requests?titleId={titles['Dark City']}")
    assert [each["requestedBy"] for each in listed["requests"]] == [program.id]
