"""What an owner sets up for requests, on a phone: who gets them, rules and limits, who
is told, who posts, and what nobody may ask for."""

import re

from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from tests.e2e import test_portal, test_portal_asking
from tests.e2e.client import Person as Program
from tests.e2e.client import people
from tests.e2e.test_portal import Person
from tests.e2e.test_portal_asking import EVIL, Row, enter, known
from tests.simulators.ear import Ear, listening

pytestmark = test_portal.pytestmark

row = test_portal_asking.row


async def test_an_owner_sets_requests_up(row: Row, browser: Browser) -> None:
    async with people(row.url) as crowd, listening() as ear:
        program = await crowd.owner(row.house.setup_token)
        await crowd.friend_of(program, "fred")
        titles = await known(program)
        owner = await enter(browser, row, "olga", "correct horse 7")
        friend = await enter(browser, row, "fred", "battery staple 8")

        await servers_are_tested_and_kept(owner, row)
        await rules_are_ordered_and_explained(owner, row)
        await friends_choose_from_a_short_list(owner, friend, row, titles)
        await limits_are_set(owner, row, program)
        await somebody_outside_is_told(owner, row, ear)
        await a_program_posts(owner, row)
        await some_things_are_blocked(owner, friend, row, titles)

    assert owner.complaints == []
    assert friend.complaints == []


async def servers_are_tested_and_kept(owner: Person, row: Row) -> None:
    page = owner.page
    await page.goto(f"{row.url}/house/servers")
    form = page.locator("#new-server")
    await form.get_by_label("Name").fill(f"Attic {EVIL}")
    await form.get_by_label("Address").fill(row.radarr.url)
    await form.get_by_label("API key").fill("0" * 32)
    await form.get_by_role("button", name="Test").click()
    await expect(form.locator("[data-wrong=apiKey]")).to_be_visible()
    await owner.shoot("90-server-refused", whole=True)
    await form.get_by_label("API key").fill(row.radarr.key)
    await form.get_by_role("button", name="Test").click()
    await expect(form).to_contain_text("It answers")
    await form.get_by_label("Quality").select_option("HD-1080p")
    await form.get_by_label("Folder").select_option("/kids")
    await owner.shoot("91-server-tested", whole=True)
    await form.get_by_role("button", name="Save").click()
    card = page.locator("#servers .source")
    await expect(card).to_contain_text(f"Attic {EVIL}")
    await expect(card).to_contain_text("the usual one")
    await card.get_by_role("button", name=re.compile("^Test")).click()
    await expect(page.get_by_text("answers, with version").last).to_be_visible()
    await card.get_by_role("button", name=re.compile("^Change")).click()
    await expect(card.get_by_label("Folder")).to_have_value("/kids")
    await card.get_by_label("Folder").select_option("/movies")
    await card.get_by_role("button", name="Save").click()
    await expect(card.locator("form")).to_have_count(0)
    await expect(card).to_contain_text("/movies")
    await card.get_by_role("button", name=re.compile("^For anime")).click()
    await expect(card.get_by_role("button", name="Not for anime")).to_be_visible()
    await card.get_by_role("button", name=re.compile("^Switch off")).click()
    await expect(card.locator(".state")).to_have_text("Off")
    await card.get_by_role("button", name=re.compile("^Switch on")).click()
    await expect(card.locator(".state")).to_have_text("On")
    await owner.shoot("92-servers", whole=True)


async def rules_are_ordered_and_explained(owner: Person, row: Row) -> None:
    page = owner.page
    await page.get_by_role("link", name="Rules").click()
    cards = page.locator("#rules .source")
    add = page.locator("form", has=page.get_by_role("heading", name="Add a rule"))
    await add.get_by_label("Name").fill("Friends' films")
    await add.get_by_label("Film", exact=True).check()
    await add.get_by_text("Only asked for by").click()
    await add.get_by_label("friend", exact=True).check()
    await add.get_by_label("approved at once").check()
    await add.get_by_role("button", name="Add the rule").click()
    await expect(cards).to_have_count(1)
    await add.get_by_label("Name").fill("The nineties")
    await add.get_by_text("Only what is like this").click()
    await add.get_by_label("From the year").fill("1990")
    await add.get_by_label("To the year").fill("1999")
    await add.get_by_text("How to get it").click()
    await add.get_by_label("Server").select_option(index=1)
    await add.get_by_label("Folder").select_option("/kids")
    await add.get_by_role("button", name="Add the rule").click()
    await expect(cards).to_have_count(2)
    await page.get_by_role("button", name="Up: The nineties").click()
    await expect(cards.first).to_contain_text("1. The nineties")
    await expect(cards.first).to_contain_text("years from 1990 to 1999")
    await cards.last.get_by_role("button", name=re.compile("^Change")).click()
    await cards.last.get_by_label("Name").fill("Films of friends")
    await cards.last.get_by_role("button", name="Save").click()
    await expect(cards.last).to_contain_text("2. Films of friends")

    await page.get_by_label("Which title?").fill("the matrix")
    await page.get_by_role("button", name="Choose The Matrix (1999)").click()
    await page.get_by_label("Asked for by").select_option("fred (friend)")
    await owner.press("Explain")
    await expect(page.get_by_text("It would be approved at once.")).to_be_visible()
    says = page.get_by_label("What each rule says")
    await expect(says).to_contain_text("says how it is got")
    await owner.shoot("93-rules", whole=True)
    await page.get_by_role("button", name="Switch off Films of friends").click()
    await expect(cards.last).to_contain_text("Off")


async def friends_choose_from_a_short_list(
    owner: Person, friend: Person, row: Row, titles: dict[str, str]
) -> None:
    page = owner.page
    form = page.locator("form", has=page.get_by_role("button", name="Put it on"))
    await form.get_by_label("Name").fill(f"For children {EVIL}")
    await form.get_by_text("How to get it").click()
    await form.get_by_label("Server").select_option(index=1)
    await form.get_by_label("Folder").select_option("/kids")
    await form.get_by_role("button", name="Put it on the list").click()
    card = page.locator("#short-list .source")
    await expect(card).to_contain_text("/kids")
    await card.get_by_role("button", name=re.compile("^Change")).click()
    await card.get_by_label("Name").fill("For children")
    await card.get_by_role("button", name="Save").click()
    await expect(card.locator("b")).to_have_text("For children")

    await friend.page.goto(f"{row.url}/titles/{titles['The Matrix']}")
    await friend.press("Request The Matrix")
    dialog = friend.page.get_by_role("dialog")
    await dialog.get_by_label("How?").select_option("For children")
    await friend.shoot("94-short-list")
    await friend.press("Request")
    await expect(friend.page.locator("#presence")).to_contain_text("Requested by you")


async def limits_are_set(owner: Person, row: Row, program: Program) -> None:
    page = owner.page
    await page.goto(f"{row.url}/house/limits")
    form = page.locator("form", has=page.get_by_role("button", name="Set"))
    await form.get_by_label("For whom?").select_option("Everybody who is friend")
    await form.get_by_label("Films").fill("3")
    await form.get_by_label("in days").first.fill("30")
    await form.get_by_role("button", name="Set").click()
    card = page.locator("#limits .source")
    await expect(card).to_contain_text("3 films in 30 days")
    await card.get_by_role("button", name=re.compile("^Change")).click()
    await card.get_by_label("Requests that wait at once").fill("2")
    await card.get_by_role("button", name="Set").click()
    await expect(card).to_contain_text("2 waiting at once")
    await owner.shoot("95-limits", whole=True)
    [kept] = (await program.get("/v1/request-limits"))["limits"]
    assert kept["subject"] == "role:friend"
    assert kept["openAtOnce"] == 2
    await card.get_by_role("button", name=re.compile("^Remove")).click()
    await owner.press("Remove them")
    await expect(page.get_by_text("as much as they like")).to_be_visible()


async def somebody_outside_is_told(owner: Person, row: Row, ear: Ear) -> None:
    page = owner.page
    await page.goto(f"{row.url}/house/targets")
    form = page.locator("#new-target")
    await form.get_by_label("How?").select_option("E-mail")
    await expect(form.get_by_label("Mail server")).to_be_visible()
    await form.get_by_label("How?").select_option("Webhook")
    await form.get_by_label("Name").fill(f"Assistant {EVIL}")
    await form.get_by_label("Address", exact=True).fill(ear.url)
    await form.get_by_role("button", name="Add").click()
    card = page.locator("#targets .source")
    await expect(card).to_contain_text(f"Assistant {EVIL}")
    await card.get_by_role("button", name=re.compile("^Test")).click()
    await expect(page.get_by_text("has taken a test message.")).to_be_visible()
    assert ear.heard
    ear.status, ear.says = 404, "no such hook"
    await card.get_by_role("button", name=re.compile("^Test")).click()
    await expect(page.get_by_text("did not take it")).to_be_visible()
    await card.get_by_role("button", name=re.compile("^Change")).click()
    await card.get_by_label("Name", exact=True).fill("Assistant")
    await card.get_by_label("It is declined").uncheck()
    await card.get_by_role("button", name="Save").click()
    await expect(card.locator("b").first).to_have_text("Assistant")
    await expect(card).not_to_contain_text("it is declined")
    await card.get_by_role("button", name="Log of Assistant").click()
    await expect(card).to_contain_text("Nothing was to be told")
    await owner.shoot("96-targets", whole=True)


async def a_program_posts(owner: Person, row: Row) -> None:
    page = owner.page
    await page.goto(f"{row.url}/house/webhooks")
    await page.get_by_label("Name").fill("Radarr")
    await owner.press("Make a place")
    once = page.locator(".once")
    secret = await once.locator(".link").inner_text()
    await owner.shoot("97-webhook-made", whole=True)
    card = page.locator("#webhooks .source")
    address = await card.locator(".link").inner_text()
    told = {"eventType": "Test", "instanceName": f"Radarr {EVIL}"}
    proof = {"X-Webhook-Secret": secret}
    async with (
        ClientSession() as http,
        http.post(address, json=told, headers=proof) as taken,
    ):
        assert taken.status == 200, await taken.text()
    await card.get_by_role("button", name="What was posted by Radarr").click()
    posted = card.get_by_label("What Radarr posted")
    await expect(posted.locator("li")).to_have_count(1)
    await posted.get_by_text("Payload").click()
    await expect(posted.locator("pre")).to_contain_text(EVIL.split()[0])
    await owner.shoot("98-webhook", whole=True)
    await card.get_by_role("button", name="Another secret for Radarr").click()
    await owner.press("Make another")
    await expect(card.locator(".once .link")).not_to_have_text(secret)


async def some_things_are_blocked(
    owner: Person, friend: Person, row: Row, titles: dict[str, str]
) -> None:
    page = owner.page
    await page.goto(f"{row.url}/house/blocklist")
    await page.get_by_label("Which title?").fill("dark city")
    await page.get_by_role("button", name="Choose Dark City (1998)").click()
    await page.get_by_label("Why?").fill(f"Not here {EVIL}")
    await owner.press("Block it")
    blocked = page.locator("#blocklist")
    await expect(blocked).to_contain_text(f"Not here {EVIL}")
    await page.get_by_label("Or words").fill("reloaded")
    await owner.press("Block it")
    await expect(blocked).to_contain_text("“reloaded”")
    await owner.shoot("99-blocklist", whole=True)
    await friend.page.goto(f"{row.url}/titles/{titles['Dark City']}")
    presence = friend.page.locator("#presence")
    await expect(presence).to_have_text("Not asked for in this house")
    await page.get_by_role("button", name="Take Dark City off").click()
    await owner.press("Take it off")
    await expect(blocked).not_to_contain_text("Dark City")
