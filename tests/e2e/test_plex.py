"""Signing in with Plex, through the gateway, in a browser, and through kills."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, async_playwright, expect

from tests.e2e.client import Answer, Crowd, Json, Person, people
from tests.e2e.conftest import CHROMIUM, QUIET
from tests.house import RunningHouse, running_house
from tests.simulators.plextv.people import Account
from tests.simulators.plextv.server import PlexTV
from tests.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]

MACHINE = "the-only-server"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plextv() -> AsyncIterator[PlexTV]:
    """Ada and Fred may watch on Olga's server; Eve may not."""
    plextv = PlexTV()
    await plextv.start()
    olga, ada, fred, _ = map(plextv.add_account, ("olga", "ada", "fred", "eve"))
    plextv.add_server(MACHINE, olga, ada, fred)
    yield plextv
    await plextv.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, lived_in: Path, plextv: PlexTV
) -> AsyncIterator[RunningHouse]:
    settings = {
        "MEDIANEST_AUTH_PLEX_ADDRESS": plextv.url,
        "MEDIANEST_AUTH_PLEX_SERVERS": MACHINE,
        "MEDIANEST_GATEWAY_LIMIT_READ": "0/1min",
    }
    folder = tmp_path_factory.mktemp("house")
    async with running_house(folder, environment=settings, like=lived_in) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(house: RunningHouse, crowd: Crowd) -> Person:
    return await crowd.owner(house.setup_token)


def named(plextv: PlexTV, name: str) -> Account:
    return next(each for each in plextv.accounts.values() if each.username == name)


async def names(owner: Person) -> list[str]:
    return [user["name"] for user in (await owner.get("/v1/users"))["users"]]


async def ask(person: Person, attempt: Json) -> Answer:
    path = f"/v1/sign-ins/{attempt['id']}:complete"
    return await person.ask("POST", path, {"verifier": attempt["verifier"]})


async def test_a_kill_in_the_middle_costs_a_try_and_nothing_else(
    house: RunningHouse, crowd: Crowd, owner: Person, plextv: PlexTV
) -> None:
    ada = crowd.somebody()
    attempt = await ada.post("/v1/sign-ins", {"provider": "plex"})
    plextv.approve(attempt["code"], named(plextv, "ada"))
    plextv.mood.only, plextv.mood.delay_s = "/api/v2/user", 2.0

    asked = asyncio.create_task(ask(ada, attempt))
    await eventually(lambda: plextv.asked("GET", "/api/v2/user") > 0)
    old_pid = house.kill("auth")
    killed = await asked
    await house.restarted("auth", old_pid)
    plextv.mood.delay_s = 0.0

    async def answers() -> bool:
        # What `/ready` says may be from before the kill, for half a second.
        return (await owner.ask("GET", "/v1/users")).status == 200

    await eventually(answers, within_s=30)
    assert "ada" not in await names(owner)

    async def done() -> Json | None:
        answer = await ask(ada, attempt)
        assert answer.status in {200, 503, 504}, answer
        body = answer.body
        return body if answer.status == 200 and not body["pending"] else None

    signed_in = await eventually(done, within_s=30)

    assert killed.status in {503, 504}
    assert "Retry-After" in killed.headers
    assert signed_in is not None
    ada.token = signed_in["token"]
    assert (await ada.get("/v1/auth/session"))["user"]["name"] == "ada"
    assert (await names(owner)).count("ada") == 1
    again = await ask(ada, attempt)
    assert (again.status, again.body["reason"]) == (409, "attempt_spent")


async def test_a_dead_plex_is_a_503_for_plex_alone(
    crowd: Crowd, owner: Person, plextv: PlexTV
) -> None:
    somebody = crowd.somebody()
    ways = await somebody.get("/v1/ways-in")
    await plextv.stop()

    begun = await somebody.ask("POST", "/v1/sign-ins", {"provider": "plex"})
    login = {"login": "olga", "password": "correct horse 7"}
    await somebody.enter("/v1/sessions", login)
    await plextv.start()

    assert ways == {"password": True, "providers": ["plex"]}
    assert (begun.status, begun.body["reason"]) == (503, "upstream_away")
    assert int(begun.headers["Retry-After"]) >= 1


async def test_who_signs_out_may_end_the_token_at_plex(
    crowd: Crowd, plextv: PlexTV
) -> None:
    fred = crowd.somebody()
    attempt = await fred.post("/v1/sign-ins", {"provider": "plex"})
    account = named(plextv, "fred")
    plextv.approve(attempt["code"], account)
    fred.token = (await ask(fred, attempt)).body["token"]
    linked = await fred.get("/v1/identities")
    assert [each["name"] for each in linked["identities"]] == ["fred"]

    gone = await fred.ask("DELETE", "/v1/auth/session?revokeTokens=true")

    assert gone.status == 204
    # A loop tells Plex, in half a minute or so.
    await eventually(
        lambda: account.id not in {each.account_id for each in plextv.tokens.values()},
        within_s=60,
    )


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
async def test_the_portal_signs_in_with_plex(
    house: RunningHouse, owner: Person
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        await eve_comes_in(house, owner, await browser.new_context())
        await browser.close()


async def eve_comes_in(
    house: RunningHouse, owner: Person, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(f"{house.base_url}/signin")

    async with context.expect_page() as opening:
        await page.get_by_role("button", name="Sign in with Plex").click()
    window = await opening.value
    await window.get_by_role("button", name="eve", exact=True).click()
    await expect(page.get_by_text("has access to no server")).to_be_visible()

    invite = await owner.post("/v1/invites", {})
    await page.goto(f"{house.base_url}/invite/{invite['code']}")
    async with context.expect_page() as opening:
        await page.get_by_role("button", name="Sign in with Plex").click()
    window = await opening.value
    await window.get_by_role("button", name="eve", exact=True).click()

    await expect(page.get_by_label("Search films and series")).to_be_visible()
    cookies = {each["name"]: each for each in await context.cookies(house.base_url)}
    assert cookies["medianest_session"]["httpOnly"]
    assert "eve" in await names(owner)
