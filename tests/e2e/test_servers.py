"""A media server's shelf at the gateway: copies, collections, and what is played."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.client import Crowd, Person, people
from tests.house import RunningHouse
from tests.simulators.jellyfin.server import Jellyfin
from tests.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def crowd(shared_house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(shared_house.base_url) as crowd:
        yield crowd


@pytest_asyncio.fixture(loop_scope="module")
async def jellyfin() -> AsyncIterator[Jellyfin]:
    """Carol watches one of two films in a set."""
    server = Jellyfin("Okapi's shelf")
    await server.start()
    films = server.shelf.add_library("Okapi films", "movies")
    first, second = (
        server.shelf.add_film(films, f"Okapi {number}", 2001, Tmdb=f"77{number}")
        for number in (1, 2)
    )
    second.files[0].audio[0].channels, second.files[0].audio[0].layout = 6, "5.1"
    server.shelf.add_box_set("All Okapis", second, first)
    server.play(server.add_person("carol", "secret"), second, at_s=1500.0)
    yield server
    await server.stop()


async def added(owner: Person, server: Jellyfin) -> str:
    imported = [
        {
            "originKey": f"test:okapi-{number}",
            "title": {
                "name": f"Okapi {number}",
                "kind": "MOVIE",
                "year": 2001,
                "tmdbId": 770 + number,
                "genres": ["Okapi Drama"],
            },
        }
        for number in (1, 2)
    ]
    await owner.post("/v1/titles:import", {"titles": imported})
    source = await owner.post(
        "/v1/sources",
        {"kind": "JELLYFIN", "address": server.url, "token": server.give_key()},
    )
    return str(source["id"])


async def test_what_a_server_has_and_plays_is_told_to_who_may_know(
    shared_house: RunningHouse, crowd: Crowd, jellyfin: Jellyfin
) -> None:
    owner = await crowd.owner(shared_house.setup_token)
    friend = await crowd.friend_of(owner, "okapi-friend", "friend")
    source_id = await added(owner, jellyfin)

    async def set_of_okapis() -> dict[str, object] | None:
        listed = await friend.get("/v1/shelf/collections?pageSize=100")
        found = (e for e in listed["collections"] if e["sourceId"] == source_id)
        return next(found, None)

    collection = await eventually(set_of_okapis, within_s=60)
    inside = await friend.get(f"/v1/shelf/collections/{collection['id']}/titles")
    [second, first] = [each["title"] for each in inside["titles"]]
    copies = await friend.get(f"/v1/shelf/titles/{second['id']}/copies")
    libraries = (await friend.get("/v1/libraries?pageSize=100"))["libraries"]
    [library] = [each for each in libraries if each["sourceId"] == source_id]
    facets = await friend.get(f"/v1/shelf/facets?libraryId={library['id']}")
    known = await owner.get("/v1/now-playing")
    told = await friend.get("/v1/now-playing")
    [played] = [each for each in known["playing"] if each["sourceId"] == source_id]
    [shown] = [each for each in told["playing"] if each["sourceId"] == source_id]

    assert (collection["name"], collection["memberCount"]) == ("All Okapis", 2)
    assert collection["cover"]["name"] == "Okapi 2"
    assert (second["name"], first["name"]) == ("Okapi 2", "Okapi 1")
    [copy] = copies["copies"]
    assert (copy["sourceKind"], copy["audioChannels"]) == ("JELLYFIN", 5.1)
    assert copy["link"].startswith(f"{jellyfin.url}/web/#/details?id=")
    assert facets["genres"] == [{"name": "Okapi Drama", "titleCount": 2}]
    assert (facets["yearFrom"], facets["movieCount"]) == (2001, 2)
    assert [each["id"] for each in facets["sources"]] == [source_id]
    assert (played["user"], played["progress"]) == ("carol", 0.25)
    assert played["item"]["title"]["id"] == second["id"]
    assert (shown["user"], shown["name"]) == ("", "Okapi 2")

    await owner.ask("DELETE", f"/v1/sources/{source_id}")
