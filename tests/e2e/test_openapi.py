"""The document is true of a house that runs: three services, Postgres, Valkey."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.client import Crowd, Json, Person, people
from tests.e2e.conftest import UNLIMITED
from tests.e2e.exploring import Explorer, Known, SignIn, Visitor, signing_in
from tests.house import RunningHouse, running_house
from tests.simulators.plextv.server import PlexTV
from tests.simulators.tmdb.peopled import peopled_tmdb
from tests.simulators.tmdb.server import TMDB, TOKEN

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(6 * 3600)]

# Of each operation, so many cases that fit the document, and as many that do not.
EXAMPLES = int(os.environ.get("MEDIANEST_TEST_EXAMPLES", "1"))
FILMS = ("The Matrix", "Stalker", "Amélie", "Solaris", "Playtime", "Brazil")


@pytest.fixture
async def tmdb() -> AsyncIterator[TMDB]:
    server = peopled_tmdb()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def plextv() -> AsyncIterator[PlexTV]:
    server = PlexTV()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def house(
    tmp_path: Path, lived_in: Path, tmdb: TMDB, plextv: PlexTV
) -> AsyncIterator[RunningHouse]:
    told = {
        "MEDIANEST_MEDIA_TMDB_URL": tmdb.url,
        "MEDIANEST_MEDIA_TMDB_KEY": TOKEN,
        "MEDIANEST_MEDIA_PLEX_ADDRESS": plextv.url,
    }
    async with running_house(
        tmp_path / "house", environment={**UNLIMITED, **told}, like=lived_in
    ) as house:
        yield house


@pytest.fixture
async def crowd(house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


async def test_every_answer_is_what_the_document_says(
    house: RunningHouse, crowd: Crowd, tmp_path: Path
) -> None:
    owner = await crowd.owner(house.setup_token)
    friend = await crowd.friend_of(owner, "fred")
    warden = await crowd.friend_of(owner, "warden", "admin")
    known = await furnished(crowd, owner, tmp_path / "media")
    document = await owner.get("/api/openapi.json")

    def coming_back(person: Person, login: str, password: str) -> SignIn:
        unlock_path = f"/v1/users/{person.id}:unlock"
        entry = (house.base_url, login, password)
        return signing_in(*entry, unlock_path=unlock_path, warden=warden.token)

    as_friend = coming_back(friend, "fred", "battery staple 8")
    as_owner = coming_back(owner, "olga", "correct horse 7")
    visitors = [Visitor(document, known, each) for each in (None, as_friend, as_owner)]
    explorer = Explorer(document, house.base_url, known, visitors)

    await asyncio.to_thread(explorer.explore, EXAMPLES)

    for visitor in visitors:
        print(visitor.tally, *visitor.tally.complaints, sep="\n")
    assert [each.tally.complaints for each in visitors] == [[], [], []]
    # Some of those calls sign out everywhere else.
    await owner.enter("/v1/sessions", {"login": "olga", "password": "correct horse 7"})
    await streams_open(crowd, owner, document)


async def streams_open(crowd: Crowd, owner: Person, document: Json) -> None:
    streams = {
        path: set(operation["responses"]["200"]["content"])
        for path, verbs in document["paths"].items()
        for operation in verbs.values()
        if operation["responses"].get("200", {}).get("x-stream")
    }

    assert len(streams) == 6
    for path, kinds in streams.items():
        headers = {"Authorization": f"Bearer {owner.token}"}
        async with crowd.http.get(owner.base_url + path, headers=headers) as opened:
            assert opened.status == 200
            assert kinds == {"*/*"} or opened.content_type in kinds


async def furnished(crowd: Crowd, owner: Person, folder: Path) -> Known:
    """Something of everything that can be named. Those who explore are not among the
    users, who may be removed."""
    known = Known()
    titles = [
        {"originKey": f"test:{name}", "title": {"name": name, "kind": "MOVIE"}}
        for name in FILMS
    ]
    await owner.post("/v1/titles:import", {"titles": titles})
    for name in FILMS:
        found = (await owner.get(f"/v1/search?query={name}"))["titles"]
        known.add("title_id", found[0]["id"])
    matrix = await owner.get(f"/v1/titles/{known.values['title_id'][0]}/details")
    known.add("person_id", str(matrix["cast"][0]["tmdbId"]))
    (folder / "movies").mkdir(parents=True)
    known.add("path", str(folder))
    monitor = {"name": "nobody", "url": "http://127.0.0.1:9/", "paused": True}
    known.add("monitor_id", (await owner.post("/v1/monitors", monitor))["id"])
    radarr = {
        "name": "Radarr",
        "kind": "RADARR",
        "address": "http://127.0.0.1:9",
        "apiKey": "nobody-is-there",
        "defaults": {"profileId": 1, "folder": "/movies"},
    }
    for _ in range(2):
        added = await owner.post("/v1/fulfillers", radarr)
        known.add("fulfiller_id", added["id"])
    for number in range(3):
        spare = await crowd.friend_of(owner, f"spare{number}")
        known.add("user_id", spare.id)
    return known
