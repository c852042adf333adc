"""Who must set up a second factor is let to that, and to nothing else."""

import aiohttp
import pytest

from kit.caller import ENROLLING
from medianest.auth.v1 import sessions_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.backend import Person
from tests.gateway.house import House
from tests.gateway.paths import CURRENT_SESSION, LIST_REQUESTS
from tests.gateway.test_identity import exchanges, watched
from tests.waiting import eventually

PATHS = ("/v1/requests", "/v1/search?query=x", "/v1/libraries", "/v1/users", "/v1/keys")


@pytest.fixture
def house(house: House) -> House:
    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())
    house.backend.on(CURRENT_SESSION, sessions_pb2.Session())
    return house


async def test_they_come_to_their_session_and_no_further(house: House) -> None:
    house.sign_in("ada", ENROLLING)

    for path in PATHS:
        told = await house.ask("GET", path, token="ada")
        assert (told.status, told.json["reason"]) == (403, "second_factor_required")
    told = await house.ask("GET", "/v1/auth/session", token="ada")
    assert told.status == 200


async def test_they_are_shown_nothing_that_is_remembered(house: House) -> None:
    house.sign_in("ada")
    await watched(house)
    assert (await house.ask("GET", "/v1/requests", token="ada")).status == 200
    house.backend.people["ada"] = Person("user-ada", "session-ada", ENROLLING)

    await house.backend.tell(
        "auth", id="auth:1", type="second_factor.required", data={}
    )

    async def refused() -> bool:
        return (await house.ask("GET", "/v1/requests", token="ada")).status == 403

    await eventually(refused)


@pytest.mark.parametrize("path", ["/v1/ws", "/v1/events"])
async def test_they_hear_of_nothing(house: House, path: str) -> None:
    house.sign_in("ada", ENROLLING)

    headers = {"authorization": "Bearer ada"}
    if path == "/v1/ws":
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await house.http.ws_connect(house.base_url + path, headers=headers)
        assert refused.value.status == 403
    else:
        assert (await house.ask("GET", path, token="ada")).status == 403


async def test_once_they_have_one_they_may_again(house: House) -> None:
    house.sign_in("ada", ENROLLING)
    house.sign_in("bob")
    await watched(house)
    for name, status in (("ada", 403), ("bob", 200)):
        assert (await house.ask("GET", "/v1/requests", token=name)).status == status
    house.backend.people["ada"] = Person("user-ada", "session-ada")

    data = {"userId": "user-ada"}
    await house.backend.tell(
        "auth", id="auth:1", type="second_factor.enabled", data=data
    )

    async def let_in() -> bool:
        return (await house.ask("GET", "/v1/requests", token="ada")).status == 200

    await eventually(let_in)
    assert exchanges(house.backend, "bob") == 1
