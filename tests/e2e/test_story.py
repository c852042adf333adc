"""The main job, on real input: from an empty house to a friend who is told that
his film is there, with two replicas of everything."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.data import CATALOG, MEDIA
from tests.e2e.client import Crowd, Person, people
from tests.house import House, running_house
from tests.simulators.target import Target
from tests.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

TITLES = 70_845


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path / "house", replicas=2) as house:
        yield house


@pytest.fixture
async def crowd(house: House) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


async def import_catalog(house: House) -> str:
    """Run the command that the README shows; what it printed."""
    files = [str(CATALOG / name) for name in ("movies.jsonl.gz", "tv.jsonl.gz")]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "launcher",
        "catalog",
        "import",
        *files,
        env={**os.environ, "MEDIANEST_DATA_DIR": str(house.data_dir)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def titles_named(person: Person, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await person.get(f"/v1/search?query={query}"))[
        "titles"
    ]
    return found


async def test_the_main_job(house: House, crowd: Crowd, tmp_path: Path) -> None:
    # An empty house says so, and opens once, for whoever has the link.
    nobody = crowd.somebody()
    assert (await nobody.get("/v1/setup"))["needed"] is True
    wrong = await nobody.ask(
        "POST", "/v1/setup", {"setupToken": "x", "name": "eve", "password": "12345678"}
    )
    assert (wrong.status, wrong.body["reason"]) == (403, "setup_token_wrong")
    owner = await crowd.owner(house.setup_token)
    assert (await nobody.get("/v1/setup"))["needed"] is False

    # The owner signs in again elsewhere, and invites a friend.
    again = crowd.somebody()
    await again.enter("/v1/sessions", {"login": "OLGA", "password": "correct horse 7"})
    friend = await crowd.friend_of(again, "fred")
    other = await crowd.friend_of(owner, "gina")
    assert (await friend.get("/v1/auth/session"))["user"]["role"] == "friend"

    # The catalogue comes in, once.
    first = await import_catalog(house)
    assert f"{TITLES:,}" in first or str(TITLES) in first
    await import_catalog(house)

    # Search forgives.
    found = await titles_named(friend, "matrx")
    assert (found[0]["name"], found[0]["year"]) == ("The Matrix", 1999)
    assert (await titles_named(friend, "matrix the"))[0]["name"] == "The Matrix"
    assert "Amélie" in [each["name"] for each in await titles_named(friend, "amelie")]

    # A folder is scanned: what is broken is flagged, not fatal.
    shelf = tmp_path / "shelf"
    shutil.copytree(MEDIA / "library", shelf)
    source = await owner.post("/v1/sources", {"path": str(shelf)})

    async def scanned() -> bool:
        known = (await owner.get("/v1/sources"))["sources"]
        return bool(known[0]["state"] == "READY")

    await eventually(scanned, within_s=30)
    libraries = {
        each["name"]: each for each in (await friend.get("/v1/libraries"))["libraries"]
    }
    assert set(libraries) == {"movies", "tv", "music"}
    items = (await friend.get(f"/v1/libraries/{libraries['movies']['id']}/items"))[
        "items"
    ]
    by_path = {each["path"]: each for each in items}
    bunny = by_path["movies/Big.Buck.Bunny.2008.1080p.BluRay.x264-TEST.mp4"]
    assert (bunny["state"], bunny["title"]["name"]) == ("OK", "Big Buck Bunny")
    assert by_path["movies/Corrupt.2020.mkv"]["state"] == "CORRUPT"
    assert by_path["movies/Empty.2021.mp4"]["state"] == "EMPTY"
    assert all(each["detail"] for each in items if each["state"] != "OK")
    on_shelf = (await titles_named(friend, "big buck bunny"))[0]
    assert on_shelf["presence"]["state"] == "AVAILABLE"

    # The friend asks once, and no more; nobody else sees it.
    matrix = found[0]["id"]
    async with (
        friend.listening() as friends_ear,
        owner.listening("requests") as owners_ear,
    ):
        request = await friend.post("/v1/requests", {"titleId": matrix})
        assert request["state"] == "PENDING"
        await owners_ear.event("request.created", requestId=request["id"])
        twice = await friend.ask("POST", "/v1/requests", {"titleId": matrix})
        assert (twice.status, twice.body["reason"]) == (409, "already_requested")
        there = await friend.ask("POST", "/v1/requests", {"titleId": on_shelf["id"]})
        assert (there.status, there.body["reason"]) == (409, "already_available")
        assert (await other.get("/v1/requests"))["requests"] == []
        peek = await other.ask("GET", f"/v1/requests/{request['id']}")
        touch = await other.ask("POST", f"/v1/requests/{request['id']}:approve", {})
        take = await other.ask("POST", f"/v1/requests/{request['id']}:cancel", {})
        assert (peek.status, touch.status, take.status) == (404, 403, 404)
        assert "requestedBy" not in (await titles_named(other, "matrx"))[0][
            "presence"
        ] or ((await titles_named(other, "matrx"))[0]["presence"]["requestedBy"] == "")
        seen = (await titles_named(friend, "matrx"))[0]["presence"]
        assert (seen["state"], seen["requestedByMe"]) == ("REQUESTED", True)

        # The owner pages through what waits, and approves.
        for title in (await titles_named(friend, "star wars"))[:3]:
            await friend.post("/v1/requests", {"titleId": title["id"]})
        names: list[str] = []
        token = ""
        while True:
            page = await owner.get(
                f"/v1/requests?state=PENDING&pageSize=2&pageToken={token}"
            )
            names += [each["title"]["name"] for each in page["requests"]]
            token = page["nextPageToken"]
            if not token:
                break
        assert len(names) == 4
        assert names[-1] == "The Matrix"
        approved = await owner.post(f"/v1/requests/{request['id']}:approve", {})
        assert approved["state"] == "APPROVED"
        await friends_ear.event("request.approved", requestId=request["id"])

        # The file appears; the scan sees it; the friend is told.
        film = MEDIA / "library" / "movies" / bunny["path"].split("/")[-1]
        shutil.copy(film, shelf / "movies" / "The.Matrix.1999.1080p.BluRay.x264.mp4")
        await owner.post(f"/v1/sources/{source['id']}:scan", {})
        told = await friends_ear.event("request.available", requestId=request["id"])
        assert told["data"]["titleName"] == "The Matrix"
    assert (await friend.get(f"/v1/requests/{request['id']}"))["state"] == "AVAILABLE"


async def test_what_is_up_and_what_is_down(house: House, crowd: Crowd) -> None:
    owner = await crowd.owner(house.setup_token)
    friend = await crowd.friend_of(owner, "fred")

    async with Target() as target, friend.listening("services") as ear:
        monitor = await owner.post(
            "/v1/monitors",
            {"name": "Transmission", "url": target.url, "intervalS": 5, "timeoutS": 2},
        )
        which = {"monitorId": monitor["id"]}
        await ear.event("monitor.state_changed", **which, state="UP")
        up = await friend.get(f"/v1/monitors/{monitor['id']}")
        assert up["state"] == "UP"
        assert up["latencyMs"] > 0

        await target.stop()
        await ear.event("monitor.state_changed", 15, **which, state="DOWN")
        [incident] = (await friend.get("/v1/incidents"))["incidents"]
        assert incident["monitorId"] == monitor["id"]
        assert "closedAt" not in incident or incident["closedAt"] is None

        await target.start()
        await ear.event("monitor.state_changed", 15, **which, state="UP")
    back = await friend.get(f"/v1/monitors/{monitor['id']}")
    assert 0 < back["uptime24h"]["ratio"] < 1
    assert back["uptime24h"]["downS"] > 0
    [incident] = (await friend.get("/v1/incidents"))["incidents"]
    assert incident["closedAt"]
    beats = (await friend.get(f"/v1/monitors/{monitor['id']}/heartbeats"))["heartbeats"]
    assert {"UP", "DOWN"} <= {beat["state"] for beat in beats}
