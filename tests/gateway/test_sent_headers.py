"""Headers that a method's policy names travel with the call, and no others."""

import base64
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty

from tests.gateway.house import House, running_house, watched

DELIVER = "/conformance.v1.ConformanceService/Deliver"
UPLOAD = "/conformance.v1.ConformanceService/Upload"
PATH = "/v1/deliveries/a"
BASIC = "Basic " + base64.b64encode(b"radarr:secret").decode()


async def sent(house: House, path: str = PATH, **headers: str) -> dict[str, str]:
    """What travelled with the call, of what was sent."""
    method = DELIVER if path == PATH else UPLOAD
    seen: dict[str, str] = {}

    async def answer(_: Any, context: Any) -> Empty:
        told = dict(context.invocation_metadata())
        seen.update((k, v) for k, v in told.items() if k.startswith("x-sent-"))
        return Empty()

    house.backend.on(method, answer)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    told = await house.ask("POST", path, data=b"{}", headers=named)
    assert told.status == 204
    return seen


async def test_what_the_policy_names_travels_with_the_call(house: House) -> None:
    assert await sent(house, X_Proof="me", X_Other="you") == {"x-sent-x-proof": "me"}


async def test_what_is_not_sent_is_not_there(house: House) -> None:
    assert await sent(house) == {}
    assert await sent(house, X_Proof="") == {}


async def test_where_nothing_is_named_nothing_travels(house: House) -> None:
    assert await sent(house, "/v1/uploads/a", X_Proof="me") == {}


@pytest.mark.parametrize("shown", [BASIC, "secret", "Bearer of-somebody-else"])
async def test_an_authorization_that_is_the_service_s_is_no_token_of_ours(
    shown: str,
) -> None:
    exchange = "/medianest.auth.v1.SessionsService/ExchangeToken"
    async with running_house(limited=True) as house:
        await watched(house)
        before = house.backend.times(exchange)

        for _ in range(40):
            assert await sent(house, Authorization=shown) == {
                "x-sent-authorization": shown
            }

        assert house.backend.times(exchange) == before


async def test_what_is_longer_than_a_proof_stays_outside(house: House) -> None:
    longest = "x" * 1024

    assert await sent(house, X_Proof=longest) == {"x-sent-x-proof": longest}
    assert await sent(house, X_Proof=longest + "x") == {}


async def test_what_no_metadata_can_hold_is_told_apart(house: House) -> None:
    assert await sent(house, X_Proof="na\u00efve") == {"x-sent-x-proof": "na??ve"}


async def test_the_document_says_which_headers_are_read(house: House) -> None:
    document = (await house.ask("GET", "/api/openapi.json")).json

    operation = document["paths"]["/v1/deliveries/{name}"]["post"]

    sent = [each for each in operation["parameters"] if each.get("in") == "header"]
    assert [each["name"] for each in sent] == ["X-Proof"]
