"""Asking in the portal, on a phone: for parts of a series, in 4K, for somebody else,
from another server, in words, and for what somebody asked for already."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import test_portal
from tests.e2e.client import Json, people
from tests.e2e.client import Person as Program
from tests.e2e.conftest import UNLIMITED
from tests.e2e.test_portal import Person, phone
from tests.house import RunningHouse, running_house
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr
from tests.simulators.tmdb.peopled import peopled_tmdb
from tests.simulators.tmdb.server import KEY, TMDB

pytestmark = test_portal.pytestmark

# What would run, if any page took words for HTML.
EVIL = "<img src=x onerror=\"document.title='taken'\">"
FIREFLY = {"kind": "SERIES", "name": "Firefly", "year": 2002, "tmdbId": 1437}
MATRIX = {"kind": "MOVIE", "name": "The Matrix", "year": 1999, "tmdbId": 603}
RELOADED = {
    "kind": "MOVIE",
    "name": "The Matrix Reloaded",
    "year": 2003,
    "tmdbId": 604,
}
DARK_CITY = {"kind": "MOVIE", "name": "Dark City", "year": 1998, "tmdbId": 2666}


@dataclass
class Row:
    """A house, and who gets what is asked for there."""

    house: RunningHouse
    tmdb: TMDB
    radarr: Radarr
    sonarr: Sonarr

    @property
    def url(self) -> str:
        return self.house.base_url


@asynccontextmanager
async def a_row(tmp_path: Path, lived_in: Path, **settings: str) -> AsyncIterator[Row]:
    """With settings of media by their names."""
    tmdb, radarr, sonarr = peopled_tmdb(), Radarr(), Sonarr()
    for each in (tmdb, radarr, sonarr):
        await each.start()
    all_settings = {
        "TMDB_URL": tmdb.url,
        "TMDB_KEY": KEY,
        # Those who are told stand on this machine.
        "NOTIFY_PRIVATE_ADDRESSES": "true",
        **settings,
    }
    named = {f"MEDIANEST_MEDIA_{name}": value for name, value in all_settings.items()}
    async with running_house(
        tmp_path / "house", environment=UNLIMITED | named, like=lived_in
    ) as house:
        yield Row(house, tmdb, radarr, sonarr)
    for each in (tmdb, radarr, sonarr):
        await each.stop()


@pytest.fixture
async def row(tmp_path: Path, lived_in: Path) -> AsyncIterator[Row]:
    async with a_row(tmp_path, lived_in) as row:
        yield row


async def known(program: Program) -> dict[str, str]:
    """The ids of what can be asked for, by name."""
    titles = [
        {"originKey": f"test:{each['tmdbId']}", "title": each}
        for each in (FIREFLY, MATRIX, RELOADED, DARK_CITY)
    ]
    await program.post("/v1/titles:import", {"titles": titles})
    return {
        name: (await program.get(f"/v1/search?query={name}"))["titles"][0]["id"]
        for name in ("Firefly", "The Matrix", "The Matrix Reloaded", "Dark City")
    }


async def add_servers(row: Row, program: Program) -> None:
    for kind, server, folder in (
        ("RADARR", row.radarr, "/movies"),
        ("SONARR", row.sonarr, "/tv"),
    ):
        defaults = {"profileId": 1, "folder": folder}
        told = {"name": f"{kind.title()} {EVIL}", "kind": kind, "address": server.url}
        key = {"apiKey": server.key, "defaults": defaults}
        await program.post("/v1/fulfillers", told | key)


async def enter(browser: Browser, row: Row, name: str, password: str) -> Person:
    person = await phone(browser)
    await person.page.goto(f"{row.url}/signin")
    await person.fill(login=name, password=password)
    await person.press("Sign in")
    await expect(person.page.get_by_label("Search films and series")).to_be_visible()
    return person


async def test_asking_for_what_one_wants(row: Row, browser: Browser) -> None:
    async with people(row.url) as crowd:
        program = await crowd.owner(row.house.setup_token)
        await crowd.friend_of(program, "fred")
        titles = await known(program)
        await add_servers(row, program)
        owner = await enter(browser, row, "olga", "correct horse 7")
        friend = await enter(browser, row, "fred", "battery staple 8")

        await a_film_is_asked_for_at_once(friend, row, titles)
        await some_of_a_series(friend, row, titles, program)
        await somebody_asked_already(owner, row, titles)
        await with_a_quota(friend, row, titles, program)
        await for_somebody_else_from_another_server(owner, row, titles, program)
        await in_words(friend, row, program)

    assert owner.complaints == []
    assert friend.complaints == []


async def newest(program: Program) -> Json:
    first: Json = (await program.get("/v1/requests?pageSize=1"))["requests"][0]
    return first


async def a_film_is_asked_for_at_once(
    friend: Person, row: Row, titles: dict[str, str]
) -> None:
    """Nothing can be chosen: nothing is asked."""
    page = friend.page
    await page.goto(f"{row.url}/titles/{titles['The Matrix']}")
    await friend.press("Request The Matrix")
    await expect(page.locator("#presence")).to_have_text("Requested by you")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    asked = page.get_by_role("region", name="Requests")
    await expect(asked).to_contain_text("Waiting for approval")
    await friend.shoot("70-asked", whole=True)
    await asked.get_by_role("button", name="Take back The Matrix").click()
    await page.get_by_role("button", name="Take it back").click()
    await expect(asked).to_contain_text("Taken back")
    await expect(page.locator("#presence")).to_contain_text("Request")
    await friend.press("Request The Matrix")
    await expect(page.locator("#presence")).to_have_text("Requested by you")


async def some_of_a_series(
    friend: Person, row: Row, titles: dict[str, str], program: Program
) -> None:
    page = friend.page
    await page.goto(f"{row.url}/titles/{titles['Firefly']}")
    await friend.press("Request Firefly")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Some seasons or episodes").check()
    # Nothing is chosen: the page says so.
    await dialog.get_by_role("button", name="Request").click()
    await expect(dialog.locator("[data-wrong=seasons]")).to_be_visible()
    await dialog.get_by_label("Specials", exact=False).first.check()
    await dialog.get_by_label("Episodes of Season 1").click()
    await dialog.get_by_label("2. Bushwhacked").check()
    await friend.shoot("71-asking-for-a-series")
    await dialog.get_by_role("button", name="Request").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    made = await newest(program)
    assert made["seasons"] == [0]
    assert made["episodes"] == [{"season": 1, "episode": 2}]
    asked = page.get_by_role("region", name="Requests")
    await expect(asked).to_contain_text("Specials")
    await expect(asked).to_contain_text("S1 E2")
    # What is wanted can be changed until somebody decides.
    await asked.get_by_role("button", name="Change the request").click()
    await expect(dialog.get_by_label("2. Bushwhacked")).to_be_checked()
    await dialog.get_by_label("2. Bushwhacked").uncheck()
    await friend.press("Save")
    await expect(asked).not_to_contain_text("S1 E2")
    assert (await newest(program))["episodes"] == []
    # And there is more to ask for.
    await friend.press("Request more of Firefly")
    await dialog.get_by_label("Only what is to come").check()
    await friend.press("Request")
    await expect(asked).to_contain_text("Only what is to come")


async def somebody_asked_already(
    owner: Person, row: Row, titles: dict[str, str]
) -> None:
    page = owner.page
    await page.goto(f"{row.url}/titles/{titles['The Matrix']}")
    await expect(page.locator("#presence")).to_contain_text("Requested by fred")
    await owner.press("Request The Matrix too")
    await owner.press("Request")
    await expect(page.get_by_text("fred asked already: you will be")).to_be_visible()
    asked = page.get_by_role("region", name="Requests")
    await expect(asked).to_contain_text("You wait for it too.")
    await owner.shoot("72-follows", whole=True)
    await asked.get_by_role("button", name="Wait for The Matrix no longer").click()
    await owner.press("Leave it")
    await expect(asked).not_to_contain_text("You wait for it too.")


async def with_a_quota(
    friend: Person, row: Row, titles: dict[str, str], program: Program
) -> None:
    page = friend.page
    limits = {"movies": {"limit": 2, "days": 7}}
    answer = await program.ask("PUT", "/v1/request-limits/default", limits)
    assert answer.status == 200, answer
    await page.goto(f"{row.url}/titles/{titles['Dark City']}")
    await friend.press("Request Dark City")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("1 of 2 films left in 7 days.")
    await friend.shoot("73-quota")
    await friend.press("Request")
    await expect(page.locator("#presence")).to_have_text("Requested by you")
    await page.goto(f"{row.url}/?q=matrix%20reloaded")
    await friend.press("Request The Matrix Reloaded")
    await expect(dialog).to_contain_text("All 2 films in 7 days are used up.")
    await friend.press("Request")
    # In the server's own words, and the dialog stays.
    await expect(dialog.locator(".wrong:visible")).to_contain_text("may be asked for")
    await friend.shoot("74-quota-used-up")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def for_somebody_else_from_another_server(
    owner: Person, row: Row, titles: dict[str, str], program: Program
) -> None:
    page = owner.page
    await page.goto(f"{row.url}/?q=matrix%20reloaded")
    await owner.press("Request The Matrix Reloaded")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("For whom?").select_option("fred")
    # Their quota holds, and it is used up.
    await expect(dialog).to_contain_text("All 2 films in 7 days are used up.")
    await dialog.get_by_label("For whom?").select_option("Myself")
    await dialog.get_by_label("In 4K").check()
    await dialog.get_by_text("How to get it").click()
    await dialog.get_by_label("Server").select_option(index=1)
    await dialog.get_by_label("Quality").select_option(index=2)
    await dialog.get_by_label("Folder").select_option("/kids")
    await dialog.get_by_label(re.compile("^Tags")).fill("olga, at home,olga")
    await owner.shoot("75-asking-with-choices")
    await owner.press("Request")
    await expect(page.locator(".title").first).to_contain_text("Approved")
    made = await newest(program)
    assert made["is4k"]
    assert made["choices"]["folder"] == "/kids"
    assert made["choices"]["tags"] == ["olga", "at home"]


async def in_words(friend: Person, row: Row, program: Program) -> None:
    page = friend.page
    await page.get_by_role("link", name="Requests").click()
    await friend.press("Ask for anything else")
    dialog = page.get_by_role("dialog")
    await friend.press("Request")
    await expect(dialog.locator("[data-wrong=words]")).to_be_visible()
    await dialog.get_by_role("textbox").fill(f"Grandma's tapes {EVIL}")
    await friend.shoot("76-in-words")
    await friend.press("Request")
    await expect(page.locator("#all")).to_contain_text(f"Grandma's tapes {EVIL}")
    await friend.shoot("77-own-requests", whole=True)
    assert (await newest(program))["words"] == f"Grandma's tapes {EVIL}"
