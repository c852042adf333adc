"""Who may do what, at both doors of a running house, for every method that there is.

Nothing here names a method: what the contract will offer tomorrow is tried, too.
"""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.client import Json, Person, people
from tests.e2e.doors import Doors, Told, Visitor, doors_of, offered
from tests.house import RunningHouse

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROLES = ("admin", "trusted", "friend", "child", "viewer")
FILM = {"originKey": "test:1", "title": {"name": "Stalker", "kind": "MOVIE"}}


@pytest.fixture
async def doors(shared_house: RunningHouse) -> AsyncIterator[Doors]:
    async with (
        people(shared_house.base_url) as crowd,
        doors_of(shared_house, crowd) as doors,
    ):
        yield doors


@pytest.fixture
async def owner(shared_house: RunningHouse, doors: Doors) -> Person:
    return await doors.crowd.owner(shared_house.setup_token)


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
    key = await ada.post("/v1/keys", {"name": "hers"})
    session = await ada.get("/v1/auth/session")
    return {
        "session_id": session["id"],
        "key_id": key["key"]["id"],
        "request_id": request["id"],
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
