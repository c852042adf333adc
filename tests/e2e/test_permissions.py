"""Who may do what, at both doors of a running house, for every method that there is,
and how soon they may not.

The first two name no method: what the contract will offer tomorrow is tried, too.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.e2e.asking import Asker, asking, at_each
from tests.e2e.client import Json, Person, people
from tests.e2e.doors import Doors, Told, Visitor, doors_of, offered
from tests.house import RunningHouse
from tests.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

ROLES = ("admin", "trusted", "friend", "child", "viewer")
FILM = {"originKey": "test:1", "title": {"name": "Stalker", "kind": "MOVIE"}}


@pytest.fixture
def house(shared_house: RunningHouse) -> RunningHouse:
    return shared_house


@pytest_asyncio.fixture(loop_scope="module")
async def doors(house: RunningHouse) -> AsyncIterator[Doors]:
    async with people(house.base_url) as crowd, doors_of(house, crowd) as doors:
        yield doors


@pytest_asyncio.fixture(loop_scope="module")
async def owner(house: RunningHouse, doors: Doors) -> Person:
    """In a session of this test."""
    return await doors.crowd.owner(house.setup_token)


async def visitors(doors: Doors, owner: Person) -> list[Visitor]:
    """One in each role, one without an account, and a key that may do one thing."""
    found = [
        Visitor("nobody", doors.crowd.somebody()),
        await doors.identified("owner", owner),
    ]
    for role in ROLES:
        somebody = await doors.crowd.friend_of(owner, f"the-{role}", role)
        found.append(await doors.identified(role, somebody))
    key = doors.crowd.somebody()
    limited = {"name": "panel", "permissions": ["VIEW_SERVICES"]}
    key.token = (await owner.post("/v1/keys", limited))["secret"]
    found.append(await doors.identified("key", key))
    return found


async def test_every_method_lets_in_whom_its_policy_names_and_nobody_else(
    doors: Doors, owner: Person
) -> None:
    wrong: list[str] = []
    tried = 0
    for who in await visitors(doors, owner):
        for rule in offered():
            for door in doors.to(rule):
                told = await door(rule, who, {}, {})
                if told.reason == "session_unknown" and who.name in ("owner", *ROLES):
                    told = await door(rule, await again(doors, who), {}, {})
                tried += 1
                if is_shut(told) == who.may(rule.method):
                    name = rule.method.full_name
                    wrong.append(f"{who.name} at {door.__name__} {name}: {told}")

    assert wrong == []
    assert tried > 500


def is_shut(told: Told) -> bool:
    return told.reason in {
        *("not_permitted", "key_refused", "caller_unknown", "unauthenticated")
    }


async def again(doors: Doors, who: Visitor) -> Visitor:
    """The same after signing in once more: an earlier call ended the session."""
    name = "olga" if who.name == "owner" else f"the-{who.name}"
    password = "correct horse 7" if who.name == "owner" else "battery staple 8"
    await who.person.enter("/v1/sessions", {"login": name, "password": password})
    return who


async def test_what_is_somebody_elses_is_as_if_it_were_not_there(
    doors: Doors, owner: Person
) -> None:
    ada = await doors.crowd.friend_of(owner, "ada")
    bob = await doors.identified("bob", await doors.crowd.friend_of(owner, "bob"))
    hers = await belongings(owner, ada)
    examples = await bodies(owner)
    before = await everything_of(ada)
    wrong: list[str] = []
    tried = 0
    for rule in offered():
        named = {variable.field_path for variable in rule.template.variables}
        if not named & hers.keys() or not bob.may(rule.method):
            continue
        body = examples.get(f"{rule.verb} {rule.template.text}", {})
        for door in doors.to(rule):
            told = await door(rule, bob, hers, body)
            absent = await door(rule, bob, {}, body)
            tried += 1
            if told.status == 200 or told not in (absent, denied(told)):
                name = rule.method.full_name
                wrong.append(f"{door.__name__} {name}: {told}, else {absent}")

    assert wrong == []
    assert tried >= 8
    assert await everything_of(ada) == before


def denied(told: Told) -> Told:
    return Told(403, told.reason)


async def belongings(owner: Person, ada: Person) -> dict[str, str]:
    await owner.post("/v1/titles:import", {"titles": [FILM]})
    [title] = (await ada.get("/v1/search?query=stalker"))["titles"]
    request = await ada.post("/v1/requests", {"titleId": title["id"]})
    wrong = {"titleId": title["id"], "kind": "VIDEO", "text": "It is dark."}
    report = await ada.post("/v1/reports", wrong)
    comment = await ada.post(f"/v1/reports/{report['id']}/comments", {"text": "Still."})
    key = await ada.post("/v1/keys", {"name": "hers"})
    session = await ada.get("/v1/auth/session")
    return {
        "session_id": session["id"],
        "key_id": key["key"]["id"],
        "request_id": request["id"],
        "report_id": report["id"],
        "comment_id": comment["id"],
        "user_id": ada.id,
        "user.id": ada.id,
    }


async def bodies(owner: Person) -> dict[str, Json]:
    """What the document shows as the body of each operation."""
    document = await owner.get("/api/openapi.json")
    found: dict[str, Json] = {}
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            content = operation.get("requestBody", {}).get("content", {})
            shown = content.get("application/json", {})
            found[f"{verb.upper()} {path}"] = shown.get("example") or {}
    return found


async def everything_of(person: Person) -> list[Json]:
    paths = ("/v1/auth/session", "/v1/keys", "/v1/sessions", "/v1/requests")
    told = [await person.get(path) for path in paths]
    for session in (told[0], *told[2]["sessions"]):
        del session["lastSeenAt"]
    return told


# What the issue promises.
WITHIN_S = 1.0
Revoke = Callable[[Person, Person, Person], Awaitable[None]]


async def end_the_session(_: Person, friend: Person, shown: Person) -> None:
    session = await shown.get("/v1/auth/session")
    await deleted(friend, f"/v1/sessions/{session['id']}")


async def delete_the_key(_: Person, friend: Person, __: Person) -> None:
    [key] = (await friend.get("/v1/keys"))["keys"]
    await deleted(friend, f"/v1/keys/{key['id']}")


async def suspend(owner: Person, friend: Person, _: Person) -> None:
    await patched(owner, f"/v1/users/{friend.id}", {"suspended": True})


async def take_the_permission(owner: Person, friend: Person, _: Person) -> None:
    await patched(owner, f"/v1/users/{friend.id}", {"role": "viewer"})


async def deleted(person: Person, path: str) -> None:
    answer = await person.ask("DELETE", path)
    assert answer.status == 204, answer


async def patched(person: Person, path: str, body: Json) -> None:
    answer = await person.ask("PATCH", path, body)
    assert answer.status == 200, answer


@pytest.mark.parametrize("gateway", [0, 1])
async def test_what_is_revoked_is_refused_at_each_gateway_a_second_later(
    house: RunningHouse, doors: Doors, owner: Person, gateway: int
) -> None:
    urls = house.facts().gateway_urls
    owner = owner.at(urls[gateway])
    # What revokes, with whether it is a key that is shown, and what is said after it.
    revokes: dict[Revoke, tuple[bool, int]] = {
        end_the_session: (False, 401),
        delete_the_key: (True, 401),
        suspend: (False, 401),
        take_the_permission: (False, 403),
    }
    revoking: list[tuple[Callable[[], Awaitable[None]], list[Asker], int]] = []
    for revoke, (is_key, said) in revokes.items():
        name = f"{revoke.__name__[:8]}-{uuid4().hex[:8]}"
        friend = (await doors.crowd.friend_of(owner, name, "admin")).at(urls[gateway])
        shown = await another_token(friend, name, is_key=is_key)
        askers = at_each(urls, shown, "/v1/users?pageSize=1")
        revoking.append((partial(revoke, owner, friend, shown), askers, said))
    bystanders = at_each(urls, owner, "/v1/users?pageSize=1")
    everybody = [*bystanders, *(each for _, askers, _ in revoking for each in askers)]

    async with asking(everybody):
        await eventually(lambda: all(len(each.asked) >= 3 for each in everybody))
        for act, askers, said in revoking:
            await act()
            from_s = time.monotonic() + WITHIN_S
            for asker in askers:
                assert {each.status for each in asker.asked[:3]} == {200}
                assert set(await late(asker, from_s)) == {said}, act

    assert {each.status for asker in bystanders for each in asker.asked} == {200}


async def late(asker: Asker, from_s: float) -> list[int]:
    """What was answered to the first few things asked since."""
    return await eventually(partial(_few, asker, from_s), within_s=30)


def _few(asker: Asker, from_s: float) -> list[int]:
    answered = asker.since(from_s)
    return answered if len(answered) >= 5 else []


async def another_token(friend: Person, name: str, *, is_key: bool) -> Person:
    shown = friend.at(friend.base_url)
    if is_key:
        shown.token = (await friend.post("/v1/keys", {"name": "panel"}))["secret"]
    else:
        await shown.enter(
            "/v1/sessions", {"login": name, "password": "battery staple 8"}
        )
    return shown


async def test_an_owner_who_lost_the_way_in_is_let_in_where_the_house_runs(
    house: RunningHouse, doors: Doors, owner: Person
) -> None:
    made = await house.command("owner", "reset-link")
    link = made.stdout.strip()
    token = link.removeprefix(f"{house.base_url}/reset#")
    await doors.crowd.somebody().ask(
        "POST",
        "/v1/password-resets:redeem",
        {"token": token, "password": "correct horse 7"},
    )

    assert (made.returncode, made.stderr) == (0, "")
    assert (await owner.ask("GET", "/v1/users")).status == 401
    again = doors.crowd.somebody()
    await again.enter("/v1/sessions", {"login": "olga", "password": "correct horse 7"})
    assert again.id == owner.id


async def test_keys_that_hold_from_the_next_start_on_are_not_retired_before(
    house: RunningHouse, owner: Person
) -> None:
    rotated = await house.command("keys", "rotate")
    retired = await house.command("keys", "retire")

    assert rotated.returncode == 0
    assert retired.returncode == 1
    assert "rotated since MediaNest was started" in retired.stderr
    assert (await owner.ask("GET", "/v1/users")).status == 200
