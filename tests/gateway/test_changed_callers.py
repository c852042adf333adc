"""Who is good no longer, or may do other things by now, is so at once."""

from typing import Any

import pytest

from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import keys_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.backend import EXCHANGE
from tests.gateway.house import House, watched
from tests.gateway.paths import APPROVE, LIST_REQUESTS
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN


@pytest.fixture
def house(house: House) -> House:
    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())
    house.backend.on(APPROVE, requests_pb2.MediaRequest())
    return house


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("session.ended", {"sessionId": "session-ada"}),
        ("user.removed", {"userId": "user-ada"}),
        ("user.changed", {"userId": "user-ada"}),
    ],
)
async def test_who_is_no_longer_good_is_refused_at_once(
    house: House, type_: str, data: dict[str, Any]
) -> None:
    house.sign_in("ada")
    house.sign_in("bob")
    await watched(house)
    for name in ("ada", "bob"):
        assert (await house.ask("GET", "/v1/requests", token=name)).status == 200
    del house.backend.people["ada"]

    await house.backend.tell("auth", id="auth:1", type=type_, data=data)

    async def refused() -> bool:
        return (await house.ask("GET", "/v1/requests", token="ada")).status == 401

    await eventually(refused)
    assert (await house.ask("GET", "/v1/requests", token="bob")).status == 200
    asked = [each.message.token for each in house.backend.of(EXCHANGE)]
    assert asked.count("bob") == 1


async def test_a_removed_key_is_refused_at_once(house: House) -> None:
    house.sign_in("mn_key")
    house.backend.people["mn_key"].session_id = "key:7"
    await watched(house)
    assert (await house.ask("GET", "/v1/requests", token="mn_key")).status == 200
    del house.backend.people["mn_key"]

    await house.backend.tell(
        "auth", id="auth:1", type="key.removed", data={"keyId": "7"}
    )

    async def refused() -> bool:
        return (await house.ask("GET", "/v1/requests", token="mn_key")).status == 401

    await eventually(refused)


async def test_a_role_that_changes_has_everybody_asked_for_anew(house: House) -> None:
    house.sign_in("ada", ADMIN)
    await watched(house)

    def approve() -> Any:
        return house.ask("POST", "/v1/requests/1:approve", token="ada")

    assert (await approve()).status == 200
    house.sign_in("ada")

    await house.backend.tell(
        "auth", id="auth:1", type="role.changed", data={"role": "admin"}
    )

    async def refused() -> bool:
        return (await approve()).status == 403

    await eventually(refused)


async def test_what_is_done_in_person_is_not_done_by_a_key(house: House) -> None:
    house.sign_in("mn_key", ADMIN)
    house.backend.people["mn_key"].session_id = "key:7"
    house.sign_in("ada")
    house.backend.on(
        "/medianest.auth.v1.KeysService/ListKeys", keys_pb2.ListKeysResponse()
    )

    for verb, path in [
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys"),
        ("GET", "/v1/sessions"),
        ("DELETE", "/v1/sessions"),
        ("POST", "/v1/programs"),
        ("GET", "/v1/auth/export"),
    ]:
        refused = await house.ask(verb, path, token="mn_key")
        assert (refused.status, refused.json["reason"]) == (403, "key_refused"), path
    assert (await house.ask("GET", "/v1/keys", token="ada")).status == 200
