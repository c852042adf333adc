"""The portal in a real browser, through the whole story, with pictures of it."""

import gzip
import itertools
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.data import CATALOG, MEDIA, ROOT
from tests.e2e.conftest import CHROMIUM
from tests.e2e.soundness import ensure_sound
from tests.house import RunningHouse, running_house
from tests.simulators.target import Target

NOTHING = "There is nothing at this address."
PHONE = {"width": 390, "height": 844}
SHOTS = ROOT / "shots"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ,
        reason="Debian's chromium is not installed (apt-get install chromium)",
    ),
]


@pytest.fixture
async def house(tmp_path: Path, lived_in: Path) -> AsyncIterator[RunningHouse]:
    async with running_house(tmp_path / "house", like=lived_in) as house:
        yield house


class Person:
    """Somebody with a phone of their own, whose console must stay silent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused call is a line of the browser's own, and part of the story.
        said = message.text
        if message.type == "error" and not said.startswith("Failed to load resource"):
            self.complaints.append(said)

    async def fill(self, **fields: str) -> None:
        for label, text in fields.items():
            await self.page.fill(f"input[name={label}]", text)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def shoot(self, name: str, *, whole: bool = False) -> None:
        """What they see, or the whole page."""
        SHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)
        await ensure_sound(self.page)


async def phone(browser: Browser) -> Person:
    context = await browser.new_context(viewport=PHONE, device_scale_factor=2)
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return Person(page)


async def test_the_whole_story_in_a_browser(
    house: RunningHouse, browser: Browser, tmp_path: Path
) -> None:
    done = await house.command("catalog", "import", str(best_known(tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr
    owner, friend = await phone(browser), await phone(browser)

    await the_owner_sets_up(owner, house)
    link = await the_owner_invites_and_adds_a_folder(owner, tmp_path)
    await the_friend_joins(friend, link)
    await the_friend_asks(friend)
    await the_owner_approves(owner)
    await expect(friend.page.locator("#all")).to_contain_text("Approved, on its way")
    async with Target() as target:
        await the_services_change_live(owner, friend, target)
    await the_film_arrives(owner, friend, tmp_path)

    await addresses_that_lead_nowhere_say_so(friend, house)
    await friend.press("Sign out")
    await friend.page.goto(f"{house.base_url}/nowhere")
    await expect(friend.page.get_by_role("heading")).to_have_text(NOTHING)
    await friend.page.get_by_role("link", name="Go to the start page").click()
    await friend.fill(login="fred", password="battery staple 8")
    await friend.press("Sign in")
    await expect(friend.page.get_by_label("Search films and series")).to_be_visible()
    assert owner.complaints == []
    assert friend.complaints == []


async def addresses_that_lead_nowhere_say_so(
    friend: Person, house: RunningHouse
) -> None:
    for path, said in (
        ("/nowhere", NOTHING),
        ("/requests/", NOTHING),
        ("/invite/two/words", NOTHING),
        # Not the friend's to see.
        ("/house", NOTHING),
        ("/signin", "You are signed in."),
        ("/setup?token=anything", "This house has its owner."),
    ):
        await friend.page.goto(house.base_url + path)
        await expect(friend.page.get_by_role("heading")).to_have_text(said)
        await expect(friend.page.locator("form")).to_have_count(0)
    await friend.shoot("16-nothing")
    await friend.page.get_by_role("link", name="Go to the start page").click()
    await expect(friend.page.get_by_label("Search films and series")).to_be_visible()


def best_known(folder: Path) -> Path:
    """The films that most people search for: the whole catalogue comes in elsewhere."""
    with gzip.open(CATALOG / "movies.jsonl.gz", "rt") as films:
        lines = list(itertools.islice(films, 2_000))
    (folder / "films.jsonl").write_text("".join(lines))
    return folder / "films.jsonl"


async def the_owner_sets_up(owner: Person, house: RunningHouse) -> None:
    await owner.page.goto(f"{house.base_url}/setup?token={house.setup_token}")
    await expect(owner.page.locator("input[name=setupToken]")).not_to_have_value("")
    await owner.shoot("01-setup")

    await owner.fill(name="olga", password="short")
    await owner.press("Open the house")
    await expect(owner.page.locator("#field-password-wrong")).to_be_visible()
    await owner.shoot("02-setup-wrong")

    await owner.fill(password="correct horse 7")
    await owner.press("Open the house")
    await expect(owner.page.get_by_label("Search films and series")).to_be_visible()
    await owner.shoot("03-empty-search")


async def the_owner_invites_and_adds_a_folder(owner: Person, tmp_path: Path) -> str:
    shutil.copytree(MEDIA / "library", tmp_path / "shelf")
    await owner.page.get_by_role("link", name="House").click()
    await owner.press("Make an invite")
    link = await owner.page.locator("#invites .link").first.inner_text()
    await owner.page.get_by_role("link", name="Sources").click()
    await owner.fill(path=str(tmp_path / "nowhere"))
    await owner.press("Add folder")
    await expect(owner.page.locator("#field-path-wrong")).to_be_visible()
    await owner.fill(path=str(tmp_path / "shelf"))
    await owner.press("Add folder")
    await expect(owner.page.locator("#sources")).to_contain_text("movies")
    await owner.shoot("04-house", whole=True)
    return link


async def the_friend_joins(friend: Person, link: str) -> None:
    await friend.page.goto(link)
    await friend.fill(name="fred", password="battery staple 8")
    await friend.shoot("05-invite")
    await friend.press("Join")
    await expect(friend.page.get_by_label("Search films and series")).to_be_visible()
    await expect(friend.page.get_by_role("link", name="House")).to_have_count(0)


async def the_friend_asks(friend: Person) -> None:
    await friend.page.get_by_label("Search films and series").fill("matrx")
    first = friend.page.locator(".title").first
    await expect(first).to_contain_text("The Matrix")
    await friend.shoot("06-search")
    await friend.page.get_by_role(
        "button", name="Request The Matrix", exact=True
    ).click()
    await expect(first).to_contain_text("Requested by you")
    await friend.shoot("07-requested")
    # Nobody tells of it but the catalogue that was imported.
    await first.get_by_role("link", name="The Matrix", exact=True).click()
    await expect(friend.page.locator("#presence")).to_have_text("Requested by you")
    await expect(friend.page.locator("#cast")).to_contain_text("Keanu Reeves")
    await expect(friend.page.locator(".note, .sorry")).to_have_count(0)
    # Where its poster is cannot be reached: letters stand for it.
    await expect(friend.page.locator("#title .poster img")).to_have_count(0)
    await friend.shoot("07-title", whole=True)
    # What nobody tells, the page says once for all its rows.
    await friend.page.get_by_role("link", name="Discover").click()
    best = friend.page.get_by_role("region", name="Best rated films")
    await expect(best.locator(".tile")).to_have_count(20)
    await expect(friend.page.locator(".note")).to_have_count(1)
    await expect(friend.page.locator(".sorry")).to_have_count(0)
    await friend.shoot("08-discover-without-provider", whole=True)
    await friend.page.get_by_role("link", name="Requests").click()
    await expect(friend.page.locator("#all")).to_contain_text("Waiting for approval")
    await friend.shoot("08-own-requests")


async def the_owner_approves(owner: Person) -> None:
    await owner.page.get_by_role("link", name="Requests").click()
    await expect(owner.page.locator("#pending")).to_contain_text("The Matrix")
    await owner.shoot("09-pending")
    await owner.page.get_by_role("button", name="Approve The Matrix").click()
    await expect(owner.page.locator("#pending")).to_contain_text("Nothing waits")
    await owner.shoot("10-approved")


async def the_services_change_live(
    owner: Person, friend: Person, target: Target
) -> None:
    await friend.page.get_by_role("link", name="Services").click()
    await owner.page.get_by_role("link", name="Services").click()
    await owner.fill(name="Transmission", url=target.url, intervalS="5")
    await owner.press("Watch it")
    await expect(friend.page.locator(".state.good")).to_have_text("Up")
    await friend.shoot("11-services-up")
    await target.stop()
    await expect(friend.page.locator(".state.bad")).to_have_text("Down", timeout=25_000)
    await friend.shoot("12-services-down")
    await target.start()
    await expect(friend.page.locator(".state.good")).to_have_text("Up", timeout=15_000)
    await owner.shoot("13-services-owner", whole=True)


async def the_film_arrives(owner: Person, friend: Person, tmp_path: Path) -> None:
    movies = tmp_path / "shelf" / "movies"
    shutil.copy(
        movies / "Big.Buck.Bunny.2008.1080p.BluRay.x264-TEST.mp4",
        movies / "The.Matrix.1999.1080p.BluRay.x264.mp4",
    )
    await friend.page.get_by_role("link", name="Requests").click()
    await owner.page.get_by_role("link", name="House").click()
    await owner.page.get_by_role("link", name="Sources").click()
    await owner.press("Scan shelf now")
    await expect(friend.page.get_by_text("The Matrix is here.")).to_be_visible()
    await expect(friend.page.locator("#all")).to_contain_text("On the shelf")
    await friend.shoot("14-arrived")
    wide = await friend.page.context.new_page()
    await wide.set_viewport_size({"width": 1280, "height": 800})
    await wide.goto(friend.page.url.replace("/requests", "/?q=star%20wars"))
    await expect(wide.locator(".title").first).to_contain_text("Star Wars")
    await wide.screenshot(path=SHOTS / "15-wide.png")
    await wide.close()
