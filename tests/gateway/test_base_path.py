"""Behind a reverse proxy that shows us at a path of its own."""

import json
from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from medianest.auth.v1 import sessions_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.contract import everything
from tests.gateway.house import House, running_house
from tests.gateway.paths import CREATE_SESSION, GET, LIST_REQUESTS
from tests.gateway.test_portal import PAGE


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running_house(base_path="/media/nest") as running:
        yield running


@pytest.mark.parametrize("base", ["", "/media/nest"])
async def test_the_base_path_is_taken_off_by_us_or_by_the_proxy(
    house: House, base: str
) -> None:
    house.backend.on(GET, everything(text="a"))

    for path in ("/v1/everything", "/health", "/api/openapi.json", "/assets/app.js"):
        assert (await house.ask("GET", base + path)).status == 200
    assert (await house.ask("OPTIONS", f"{base}/v1/everything")).status == 204


@pytest.mark.parametrize(
    "path", ["/media/nestling/v1/everything", "/media/v1/everything"]
)
async def test_a_path_that_only_begins_alike_is_another(
    house: House, path: str
) -> None:
    assert (await house.ask("GET", path)).status == 404


async def test_the_base_path_itself_leads_to_the_portal(house: House) -> None:
    told = await house.ask("GET", "/media/nest", allow_redirects=False)

    assert (told.status, told.headers["location"]) == (308, "/media/nest/")


async def test_what_a_page_loads_is_under_the_base_path(house: House) -> None:
    portal = await house.ask("GET", "/media/nest/invite/CODE", headers=PAGE)
    docs = await house.ask("GET", "/media/nest/api/docs", headers=PAGE)

    for page in (portal, docs):
        assert b'="/media/nest/' in page.body
        assert page.body.count(b'="/') == page.body.count(b'="/media/nest/')


async def test_the_cookie_is_for_the_base_path(house: House) -> None:
    house.backend.on(CREATE_SESSION, sessions_pb2.SignedIn(token="secret"))

    told = await house.ask(
        "POST",
        "/media/nest/v1/sessions",
        json={"login": "a"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert "; Path=/media/nest/;" in told.headers["set-cookie"]


async def test_links_and_the_contract_name_the_base_path(house: House) -> None:
    friend = house.sign_in("friend")
    page = requests_pb2.ListMediaRequestsResponse(next_page_token="next")
    house.backend.on(LIST_REQUESTS, page)

    told = await house.ask("GET", "/v1/requests", token=friend)
    contract = await house.ask("GET", "/api/openapi.json")

    link = '</media/nest/v1/requests?pageToken=next>; rel="next"'
    assert told.headers["link"] == link
    assert contract.json["servers"] == [{"url": "/media/nest"}]


async def test_a_socket_opens_under_the_base_path(house: House) -> None:
    friend = house.sign_in("friend")
    headers = {"Authorization": f"Bearer {friend}"}
    url = f"{house.base_url}/media/nest/v1/ws"

    async with house.http.ws_connect(url, headers=headers) as socket:
        assert "welcome" in json.loads((await socket.receive(timeout=10)).data)


@pytest.mark.parametrize(
    "value", ["medianest", "/", "/media/", "//media", "/a b", "/a?b", '/"', "/%2e"]
)
def test_a_base_path_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ValidationError, match="base_path"):
        Settings(base_path=value)
