"""A browser that waits for an approval elsewhere keeps its session until it has one."""

from datetime import UTC, datetime, timedelta

from medianest.auth.v1 import identities_pb2
from tests.gateway.house import House
from tests.gateway.paths import COMPLETE_SIGN_IN

PATH = "/v1/sign-ins/0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50:complete"
OURS = {"Sec-Fetch-Site": "same-origin"}
FOREIGN = {"Sec-Fetch-Site": "cross-site"}
VERIFIER = {"verifier": "mnv_x"}


def done() -> identities_pb2.CompleteSignInResponse:
    answer = identities_pb2.CompleteSignInResponse(token="secret")
    answer.session.id = "1"
    answer.session.expires_at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return answer


async def test_who_is_not_signed_in_yet_keeps_the_cookie_that_they_have(
    house: House,
) -> None:
    pending = identities_pb2.CompleteSignInResponse(pending=True)
    house.backend.on(COMPLETE_SIGN_IN, pending)

    told = await house.ask("POST", PATH, headers=OURS, json=VERIFIER)

    assert told.json["pending"] is True
    assert "set-cookie" not in told.headers


async def test_who_is_let_in_gets_a_cookie_and_no_token(house: House) -> None:
    house.backend.on(COMPLETE_SIGN_IN, done())

    told = await house.ask("POST", PATH, headers=OURS, json=VERIFIER)

    cookie = told.headers["set-cookie"]
    assert told.json["token"] == ""
    assert cookie.startswith("medianest_session=secret; HttpOnly; SameSite=Lax; Path=/")


async def test_a_foreign_page_completes_nobody_s_sign_in(house: House) -> None:
    house.backend.on(COMPLETE_SIGN_IN, done())

    told = await house.ask("POST", PATH, headers=FOREIGN, json=VERIFIER)

    assert told.status == 403
    assert "set-cookie" not in told.headers
    assert house.backend.of(COMPLETE_SIGN_IN) == []
