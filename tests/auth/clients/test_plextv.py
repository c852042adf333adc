"""The simulator says what plex.tv says: held to recorded answers, to the published
schema, and to a client that others wrote for the real one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import aiohttp
import jsonschema
import pytest
import requests
import yaml
from plexapi.exceptions import Unauthorized
from plexapi.myplex import MyPlexAccount, MyPlexPinLogin
from requests.adapters import HTTPAdapter

from tests.data import RECORDED
from tests.simulators.plextv.people import Account
from tests.simulators.plextv.server import PlexTV

JSON = {"Accept": "application/json", "X-Plex-Client-Identifier": "a-client"}


@pytest.fixture
async def plextv() -> AsyncIterator[PlexTV]:
    server = PlexTV()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def ada(plextv: PlexTV) -> Account:
    """Ada may watch on Olga's server, and is not Eve."""
    olga, ada = plextv.add_account("olga"), plextv.add_account("ada")
    plextv.add_account("eve")
    plextv.add_server("server-1", olga, ada)
    return ada


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    path = RECORDED / "plex-api-spec" / "plex-api-spec.yaml"
    return dict(yaml.load(path.read_text(), Loader=yaml.CSafeLoader))


def recorded_xml(name: str) -> ElementTree.Element:
    path = RECORDED / "plex-ha" / name
    return ElementTree.parse(path).getroot()  # noqa: S314 - recorded by people we know


async def told(plextv: PlexTV, method: str, path: str, **headers: str) -> Any:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, plextv.url + path, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


def fits(said: Any, name: str, published: dict[str, Any]) -> None:
    """Raises for a value of another type, a missing key, and one that is not known."""
    schema = published["components"]["schemas"][name]
    whole = {
        "components": published["components"],
        "$ref": f"#/components/schemas/{name}",
    }
    jsonschema.validate(said, whole)
    assert set(said) <= set(schema["properties"]), set(said) - set(schema["properties"])


async def test_an_account_is_described_as_the_schema_says(
    plextv: PlexTV, ada: Account, published: dict[str, Any]
) -> None:
    token = plextv.give_token(ada, "a-client")

    headers = {**JSON, "X-Plex-Token": token}
    status, said = await told(plextv, "GET", "/api/v2/user", **headers)

    assert status == 200
    fits(said, "UserPlexAccount", published)


async def test_a_server_is_described_as_the_schema_says(
    plextv: PlexTV, ada: Account, published: dict[str, Any]
) -> None:
    headers = {**JSON, "X-Plex-Token": plextv.give_token(ada, "a-client")}

    status, said = await told(plextv, "GET", "/api/v2/resources", **headers)

    assert (status, len(said)) == (200, 1)
    fits(said[0], "PlexDevice", published)


async def test_it_says_all_that_was_recorded_of_an_account(
    plextv: PlexTV, ada: Account
) -> None:
    """Recorded of an older answer, whose keys have kept their names and kinds."""
    recorded = recorded_xml("plextv_account.xml")
    headers = {
        "X-Plex-Client-Identifier": "a-client",
        "X-Plex-Token": plextv.give_token(ada, "a-client"),
    }
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{plextv.url}/api/v2/user") as answer,
    ):
        said = ElementTree.fromstring(await answer.text())  # noqa: S314 - our own

    kept = {"email", "id", "uuid", "thumb", "username", "title", "locale", "authToken"}
    kept |= {"restricted", "home", "guest", "hasPassword", "homeSize", "maxHomeSize"}
    assert said.tag == recorded.tag
    assert kept <= set(said.attrib) & set(recorded.attrib)
    for key in kept - {"email", "title", "username", "hasPassword", "uuid", "locale"}:
        assert said.attrib[key].isdecimal() == recorded.attrib[key].isdecimal(), key


async def test_it_says_all_that_was_recorded_of_a_server(
    plextv: PlexTV, ada: Account
) -> None:
    recorded = recorded_xml("plextv_resources_base.xml")[0]
    headers = {**JSON, "X-Plex-Token": plextv.give_token(ada, "a-client")}

    _, said = await told(plextv, "GET", "/api/v2/resources", **headers)

    assert set(recorded.attrib) <= set(said[0])
    assert set(recorded[0].attrib) <= set(said[0]["connections"][0])


async def test_friends_are_listed_as_the_schema_says(
    plextv: PlexTV, ada: Account, published: dict[str, Any]
) -> None:
    answers = published["paths"]["/users"]["get"]["responses"]["200"]["content"]
    schema = answers["application/json"]["schema"]
    olga = next(each for each in plextv.accounts.values() if each.username == "olga")
    headers = {**JSON, "X-Plex-Token": plextv.give_token(olga, "a-client")}

    _, said = await told(plextv, "GET", "/api/users", **headers)

    jsonschema.validate(said, {**schema, "components": published["components"]})
    friends = said["MediaContainer"]["User"]
    assert [friend["id"] for friend in friends] == [ada.id]
    assert friends[0]["Server"][0]["machineIdentifier"] == "server-1"


async def test_what_it_refuses_is_refused_in_the_schema_s_words(
    plextv: PlexTV,
) -> None:
    nameless = await told(plextv, "POST", "/api/v2/pins", Accept="application/json")
    unknown = await told(plextv, "GET", "/api/v2/user", **JSON)
    nowhere = await told(plextv, "GET", "/api/v2/pins/77", **JSON)

    assert nameless[0] == 400
    assert nameless[1]["errors"][0] == {
        "code": 1000,
        "message": "X-Plex-Client-Identifier is missing",
        "status": 400,
    }
    assert unknown[0] == 401
    assert unknown[1]["errors"][0]["code"] == 1001
    assert nowhere[0] == 404
    assert nowhere[1]["errors"][0]["code"] == 1020


async def test_a_pin_is_its_client_s_and_runs_out(plextv: PlexTV, ada: Account) -> None:
    _, pin = await told(plextv, "POST", "/api/v2/pins?strong=true", **JSON)
    other = {**JSON, "X-Plex-Client-Identifier": "another"}
    path = f"/api/v2/pins/{pin['id']}"

    before = await told(plextv, "GET", path, **JSON)
    foreign = await told(plextv, "GET", path, **other)
    plextv.approve(pin["code"], ada)
    after = await told(plextv, "GET", path, **JSON)
    plextv.pins[pin["id"]].lifetime_s = 0
    over = await told(plextv, "GET", path, **JSON)

    assert len(pin["code"]) == 25
    assert before[1]["authToken"] is None
    assert foreign[0] == over[0] == 404
    assert after[1]["authToken"] in plextv.tokens


class Detour(HTTPAdapter):
    """Takes what is meant for plex.tv to the simulator."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, **more: Any) -> Any:
        assert request.url is not None
        request.url = request.url.replace("https://plex.tv", self._url, 1)
        return super().send(request, **more)


def sign_in_with_plexapi(
    plextv: PlexTV, session: requests.Session, approve: Any
) -> tuple[MyPlexPinLogin, MyPlexAccount]:
    login = MyPlexPinLogin(session=session, oauth=True)
    url = login.oauthUrl()
    assert login._code in url
    assert not login.checkLogin()
    approve(login._code)
    assert login.checkLogin()
    return login, MyPlexAccount(token=login.token, session=session)


async def test_a_client_made_for_plex_tv_signs_in(plextv: PlexTV, ada: Account) -> None:
    session = requests.Session()
    session.mount("https://plex.tv", Detour(plextv.url))

    _, account = await asyncio.to_thread(
        sign_in_with_plexapi, plextv, session, lambda code: plextv.approve(code, ada)
    )
    resources = await asyncio.to_thread(account.resources)
    friends = await asyncio.to_thread(account.users)
    pong = await asyncio.to_thread(account.ping)
    await asyncio.to_thread(account.signout)

    assert (account.id, account.username, account.email) == (
        ada.id,
        "ada",
        "ada@example.org",
    )
    assert account.thumb == ada.thumb
    assert account.subscriptionActive
    shown = [(each.clientIdentifier, each.owned, each.provides) for each in resources]
    assert shown == [("server-1", False, "server")]
    assert [friend.username for friend in friends] == ["olga"]
    assert pong
    with pytest.raises(Unauthorized):
        await asyncio.to_thread(account._reload)


async def test_a_page_lets_a_person_approve(plextv: PlexTV, ada: Account) -> None:
    _, pin = await told(plextv, "POST", "/api/v2/pins?strong=true", **JSON)
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{plextv.url}/auth") as page:
            assert '"ada"' in await page.text()
        url = f"{plextv.url}/_approve?as=ada&code="
        async with http.put(url + pin["code"]) as done, http.put(url + "x") as wrong:
            assert (done.status, wrong.status) == (204, 404)

    _, said = await told(plextv, "GET", f"/api/v2/pins/{pin['id']}", **JSON)
    assert said["authToken"]
