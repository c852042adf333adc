"""The main job, on real input: from an empty house to a friend who is told that
his film is there, with two replicas of everything. Or in a house that stands already:
see standing.py."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench.furnish import import_catalog
from tests.data import MEDIA
from tests.e2e.client import Crowd, Json, Person, people
from tests.e2e.standing import House, Shelf, a_house
from tests.simulators.target import Target
from tests.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

BUNNY = "Big.Buck.Bunny.2008.1080p.BluRay.x264-TEST.mp4"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[House, Shelf]]:
    async with a_house(tmp_path) as place:
        yield place


@pytest.fixture
def house(place: tuple[House, Shelf]) -> House:
    return place[0]


@pytest.fixture
def shelf(place: tuple[House, Shelf]) -> Shelf:
    return place[1]


@pytest.fixture
async def crowd(house: House) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


async def search(person: Person, query: str) -> list[Json]:
    """Asked again where it is late, as programs do: the catalogue has only come in."""
    told = await eventually(
        lambda: person.get(f"/v1/search?query={query}"), within_s=30
    )
    found: list[Json] = told["titles"]
    return found


async def test_the_main_job(house: House, crowd: Crowd, shelf: Shelf) -> None:
    owner = await the_empty_house_opens_once(house, crowd)
    friend, other = await the_owner_invites_friends(crowd, owner)
    await the_catalog_comes_in_once(house)
    matrix = await search_forgives(friend)
    source_id = await a_folder_becomes_libraries(owner, friend, shelf)

    async with friend.listening() as friends_ear:
        request = await the_friend_asks_once(owner, friend, matrix["id"])
        await nobody_else_sees_it(other, request)
        await the_owner_pages_and_approves(owner, friend, request["id"])
        await friends_ear.event("request.approved", requestId=request["id"])

        film = MEDIA / "library" / "movies" / BUNNY
        matrix_file = "The.Matrix.1999.1080p.BluRay.x264.mp4"
        shutil.copy(film, shelf.folder / "movies" / matrix_file)
        await owner.post(f"/v1/sources/{source_id}:scan")
        told = await friends_ear.event("request.available", requestId=request["id"])

    assert told["data"]["titleName"] == "The Matrix"
    after = await friend.get(f"/v1/requests/{request['id']}")
    assert after["state"] == "AVAILABLE"
    assert (await search(friend, "matrx"))[0]["presence"]["state"] == "AVAILABLE"
    if house.sees_us:
        await a_service_goes_and_comes_back(owner, friend)


async def the_empty_house_opens_once(house: House, crowd: Crowd) -> Person:
    nobody = crowd.somebody()
    eve = {"name": "eve", "password": "correct horse 7"}
    assert (await nobody.get("/v1/setup"))["needed"] is True

    wrong = await nobody.ask("POST", "/v1/setup", eve | {"setupToken": "guessed"})
    owner = await crowd.owner(house.setup_token)
    late = await nobody.ask(
        "POST", "/v1/setup", eve | {"setupToken": house.setup_token}
    )

    assert (wrong.status, wrong.body["reason"]) == (403, "setup_token_wrong")
    assert (late.status, late.body["reason"]) == (409, "setup_done")
    assert (await nobody.get("/v1/setup"))["needed"] is False
    return owner


async def the_owner_invites_friends(
    crowd: Crowd, owner: Person
) -> tuple[Person, Person]:
    elsewhere = crowd.somebody()
    await elsewhere.enter(
        "/v1/sessions", {"login": "OLGA", "password": "correct horse 7"}
    )

    friend = await crowd.friend_of(elsewhere, "fred")
    other = await crowd.friend_of(owner, "gina")

    session = await friend.get("/v1/auth/session")
    assert (session["user"]["name"], session["user"]["role"]) == ("fred", "friend")
    return friend, other


async def the_catalog_comes_in_once(house: House) -> None:
    first = (await import_catalog(house)).replace(",", "")
    second = (await import_catalog(house)).replace(",", "")

    assert "70845 added" in first
    assert "70845 unchanged" in second


async def search_forgives(person: Person) -> Json:
    [matrix, *_] = await search(person, "matrx")

    assert (matrix["name"], matrix["year"]) == ("The Matrix", 1999)
    assert (await search(person, "matrix the"))[0]["name"] == "The Matrix"
    assert "Amélie" in [each["name"] for each in await search(person, "amelie")]
    assert matrix["presence"]["state"] == "ABSENT"
    return matrix


async def a_folder_becomes_libraries(
    owner: Person, friend: Person, shelf: Shelf
) -> str:
    shutil.copytree(MEDIA / "library", shelf.folder, dirs_exist_ok=True)
    source = await owner.post("/v1/sources", {"path": shelf.path})

    async def scanned() -> bool:
        [known] = (await owner.get("/v1/sources"))["sources"]
        return bool(known["state"] == "READY")

    await eventually(scanned, within_s=30)
    found = (await friend.get("/v1/libraries"))["libraries"]
    libraries = {each["name"]: each["id"] for each in found}
    listed = await friend.get(f"/v1/libraries/{libraries['movies']}/items")
    items = {each["path"].split("/")[-1]: each for each in listed["items"]}
    [on_shelf, *_] = await search(friend, "big buck bunny")

    assert set(libraries) == {"movies", "tv", "music"}
    assert items[BUNNY]["state"] == "OK"
    assert items[BUNNY]["title"]["name"] == "Big Buck Bunny"
    assert items["Corrupt.2020.mkv"]["state"] == "CORRUPT"
    assert items["Empty.2021.mp4"]["state"] == "EMPTY"
    assert items["Corrupt.2020.mkv"]["detail"]
    assert on_shelf["presence"]["state"] == "AVAILABLE"
    there = await friend.ask("POST", "/v1/requests", {"titleId": on_shelf["id"]})
    assert (there.status, there.body["reason"]) == (409, "already_available")
    return str(source["id"])


async def the_friend_asks_once(owner: Person, friend: Person, title_id: str) -> Json:
    async with owner.listening("requests") as owners_ear:
        request = await friend.post("/v1/requests", {"titleId": title_id})
        await owners_ear.event("request.created", requestId=request["id"])

    twice = await friend.ask("POST", "/v1/requests", {"titleId": title_id})
    presence = (await search(friend, "matrx"))[0]["presence"]

    assert request["state"] == "PENDING"
    assert (twice.status, twice.body["reason"]) == (409, "already_requested")
    assert (presence["state"], presence["requestedByMe"]) == ("REQUESTED", True)
    return request


async def nobody_else_sees_it(other: Person, request: Json) -> None:
    path = f"/v1/requests/{request['id']}"
    read = await other.ask("GET", path)
    approve = await other.ask("POST", f"{path}:approve", {})
    cancel = await other.ask("POST", f"{path}:cancel", {})
    presence = (await search(other, "matrx"))[0]["presence"]

    assert (read.status, approve.status, cancel.status) == (404, 403, 404)
    assert (await other.get("/v1/requests"))["requests"] == []
    assert presence["state"] == "REQUESTED"
    assert not presence["requestedBy"]
    assert not presence["requestId"]


async def the_owner_pages_and_approves(
    owner: Person, friend: Person, request_id: str
) -> None:
    for title in (await search(friend, "star wars"))[:3]:
        await friend.post("/v1/requests", {"titleId": title["id"]})

    names: list[str] = []
    token = ""
    while token or not names:
        page = await owner.get(
            f"/v1/requests?state=PENDING&pageSize=2&pageToken={token}"
        )
        names += [each["title"]["name"] for each in page["requests"]]
        token = page["nextPageToken"]
    approved = await owner.post(f"/v1/requests/{request_id}:approve")

    assert len(names) == 4
    assert names[-1] == "The Matrix"
    assert approved["state"] == "APPROVED"


async def a_service_goes_and_comes_back(owner: Person, friend: Person) -> None:
    async with Target() as target, friend.listening("services") as ear:
        watched = {"name": "Transmission", "url": target.url, "intervalS": 5}
        monitor = await owner.post("/v1/monitors", watched | {"timeoutS": 2})
        path, which = f"/v1/monitors/{monitor['id']}", {"monitorId": monitor["id"]}
        await ear.event("monitor.state_changed", **which, state="UP")
        up = await friend.get(path)

        await target.stop()
        await ear.event("monitor.state_changed", 15, **which, state="DOWN")
        [during] = (await friend.get("/v1/incidents"))["incidents"]

        await target.start()
        await ear.event("monitor.state_changed", 15, **which, state="UP")

    back = await friend.get(path)
    [after] = (await friend.get("/v1/incidents"))["incidents"]
    beats = (await friend.get(f"{path}/heartbeats"))["heartbeats"]
    assert up["state"] == "UP"
    assert up["latencyMs"] > 0
    assert during["monitorId"] == monitor["id"]
    assert not during.get("closedAt")
    assert after["closedAt"]
    assert 0 < back["uptime24h"]["ratio"] < 1
    assert back["uptime24h"]["downS"] > 0
    assert {"UP", "DOWN"} <= {beat["state"] for beat in beats}
