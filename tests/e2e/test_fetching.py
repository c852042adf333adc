"""From "approved" to "it is there", through two replicas and a real Radarr's words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.client import Crowd, people
from tests.house import RunningHouse
from tests.simulators.jellyfin.server import Jellyfin
from tests.simulators.radarr.server import Radarr
from tests.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
QUAGGA = 88_301


@pytest_asyncio.fixture(loop_scope="module")
async def crowd(shared_house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(shared_house.base_url) as crowd:
        yield crowd


@pytest_asyncio.fixture(loop_scope="module")
async def radarr() -> AsyncIterator[Radarr]:
    server = Radarr()
    server.know(QUAGGA, "Quagga", 2003)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def jellyfin() -> AsyncIterator[Jellyfin]:
    server = Jellyfin("Quagga's shelf")
    await server.start()
    yield server
    await server.stop()


async def test_an_approved_film_is_ordered_followed_and_there(
    shared_house: RunningHouse, crowd: Crowd, radarr: Radarr, jellyfin: Jellyfin
) -> None:
    owner = await crowd.owner(shared_house.setup_token)
    friend = await crowd.friend_of(owner, "quagga-friend", "friend")
    title = {"name": "Quagga", "kind": "MOVIE", "year": 2003, "tmdbId": QUAGGA}
    told = {"titles": [{"originKey": "test:quagga", "title": title}]}
    await owner.post("/v1/titles:import", told)

    async def found() -> dict[str, Any] | None:
        hits = await friend.get("/v1/search?query=Quagga")
        return next((each for each in hits["titles"] if each["name"] == "Quagga"), None)

    quagga = await eventually(found, within_s=30)
    asked = await friend.post("/v1/requests", {"titleId": quagga["id"]})
    order = f"/v1/requests/{asked['id']}/order"
    assert (await friend.ask("GET", order)).body["reason"] == "order_missing"
    await owner.post(f"/v1/requests/{asked['id']}:approve")

    async def is_in(state: str) -> dict[str, Any] | None:
        seen = await friend.get(order)
        return seen if seen["state"] == state else None

    await eventually(lambda: is_in("NO_FULFILLER"), within_s=30)
    set_up = await owner.post(
        "/v1/fulfillers",
        {
            "name": "Attic Radarr",
            "kind": "RADARR",
            "address": radarr.url,
            "apiKey": radarr.key,
            "isDefault": True,
            "defaults": {"profileId": 4, "folder": "/movies"},
        },
    )
    placed = await eventually(lambda: is_in("PLACED"), within_s=30)
    assert (placed["fulfiller"]["name"], placed["fulfiller"]["url"]) == (
        "Attic Radarr",
        "",
    )
    assert radarr.count("POST /movie") == 1

    async with friend.listening() as ear:
        radarr.start_download(QUAGGA).progress(40)
        event = await ear.event("request.progress", within_s=60, order="PLACED")
    assert (event["key"], event["data"]["percent"]) == (asked["id"], 40)
    active = await owner.get("/v1/downloads:active?pageSize=100")
    (download,) = next(
        each["downloads"]
        for each in active["orders"]
        if each["requestId"] == asked["id"]
    )
    assert (download["percent"], download["client"]) == (40, "qBittorrent")
    assert (await friend.ask("GET", "/v1/orders")).status == 403

    films = jellyfin.shelf.add_library("Quagga films", "movies")
    jellyfin.shelf.add_film(films, "Quagga", 2003, Tmdb=str(QUAGGA))
    source = await owner.post(
        "/v1/sources",
        {"kind": "JELLYFIN", "address": jellyfin.url, "token": jellyfin.give_key()},
    )
    await eventually(lambda: is_in("ARRIVED"), within_s=60)
    request = await friend.get(f"/v1/requests/{asked['id']}")
    assert request["state"] == "AVAILABLE"

    await owner.ask("DELETE", f"/v1/sources/{source['id']}")
    await owner.ask("DELETE", f"/v1/fulfillers/{set_up['id']}")
