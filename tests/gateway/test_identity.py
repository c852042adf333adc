"""Who is asking, what they may, and how browsers keep their session."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty

from kit import errors
from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import identities_pb2, sessions_pb2, users_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.backend import EXCHANGE, Backend
from tests.gateway.house import House, running_house, watched
from tests.gateway.paths import (
    APPROVE,
    COMPLETE_SIGN_IN,
    CREATE_REQUEST,
    CREATE_SESSION,
    CURRENT_SESSION,
    END_SESSION,
    LIST_REQUESTS,
    LIST_USERS,
)

MANAGE_REQUESTS = 1 << permissions_pb2.MANAGE_REQUESTS
ADMIN = 1 << permissions_pb2.ADMIN
OURS = {"Sec-Fetch-Site": "same-origin"}


def exchanges(backend: Backend, token: str) -> int:
    return sum(each.message.token == token for each in backend.of(EXCHANGE))


@pytest.fixture
def house(house: House) -> House:
    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())
    house.backend.on(CREATE_REQUEST, requests_pb2.MediaRequest())
    house.backend.on(APPROVE, requests_pb2.MediaRequest())
    house.backend.on(CURRENT_SESSION, sessions_pb2.Session())
    return house


@pytest.mark.parametrize(
    "shown",
    [
        *({"Authorization": "Bearer ada"}, {"authorization": "bearer ada"}),
        *({"X-Api-Key": "ada"}, {"Cookie": "a=b; medianest_session=ada; c=d"}),
    ],
)
async def test_a_token_is_shown_in_one_of_three_ways(
    house: House, shown: dict[str, str]
) -> None:
    house.sign_in("ada")

    told = await house.ask("GET", "/v1/requests", headers=shown)

    assert told.status == 200
    assert house.backend.last(LIST_REQUESTS).metadata["medianest-caller"]


@pytest.mark.parametrize(
    "shown",
    [
        *({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer unknown"}),
        *(
            {"X-Api-Key": "é"},
            {"X-Api-Key": "x" * 600},
            {"Cookie": "medianest_session="},
        ),
        {"Cookie": "medianest_session=unknown"},
    ],
)
async def test_without_a_good_token_it_is_401(
    house: House, shown: dict[str, str]
) -> None:
    told = await house.ask("GET", "/v1/requests", headers=shown)

    assert told.status == 401
    assert told.headers["www-authenticate"] == "Bearer"
    assert house.backend.times(LIST_REQUESTS) == 0


async def test_of_many_who_ask_at_once_one_asks_auth(house: House) -> None:
    house.sign_in("ada")

    await asyncio.gather(
        *(
            house.ask("GET", f"/v1/requests?page_size={n}", token="ada")
            for n in range(9)
        )
    )
    await house.ask("GET", "/v1/requests", token="ada")

    assert exchanges(house.backend, "ada") == 1


async def test_a_token_that_auth_refused_is_not_asked_again_at_once(
    house: House,
) -> None:
    for _ in range(3):
        assert (await house.ask("GET", "/v1/requests", token="bad")).status == 401

    assert exchanges(house.backend, "bad") == 1


async def test_a_caller_who_soon_expires_is_asked_again(house: House) -> None:
    house.sign_in("ada")
    house.backend.people["ada"].good_for_s = 5

    for _ in range(2):
        assert (await house.ask("GET", "/v1/requests", token="ada")).status == 200

    assert exchanges(house.backend, "ada") == 2


async def test_a_permission_is_asked_for_at_the_door(house: House) -> None:
    house.sign_in("friend")
    house.sign_in("trusted", MANAGE_REQUESTS)
    house.sign_in("owner", ADMIN)

    def approve(token: str) -> Any:
        return house.ask("POST", "/v1/requests/1:approve", token=token)

    refused = await approve("friend")
    assert (refused.status, refused.json["reason"]) == (403, "not_permitted")
    assert house.backend.times(APPROVE) == 0
    assert (await approve("trusted")).status == 200
    assert (await approve("owner")).status == 200


COOKIE = {"Cookie": "medianest_session=ada"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        *(({}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403)),
        *(
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Origin": "https://evil.test"}, 403),
        ),
        *(({"Origin": "null"}, 403), ({"Sec-Fetch-Site": "same-origin"}, 200)),
        *(({"Sec-Fetch-Site": "none"}, 200), ({"Origin": "OURSELVES"}, 200)),
        ({"Origin": "https://tv.example.org", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "https://tv.example.org.evil.test"}, 403),
        ({"Origin": "OURSELVES", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_a_write_with_a_cookie_comes_from_our_own_pages(
    headers: dict[str, str], status: int
) -> None:
    async with running_house(allowed_origins="https://tv.example.org") as house:
        house.sign_in("ada")
        house.backend.on(CREATE_REQUEST, requests_pb2.MediaRequest())
        sent = {
            name: value.replace("OURSELVES", house.base_url)
            for name, value in headers.items()
        }

        told = await house.ask(
            "POST", "/v1/requests", headers={**COOKIE, **sent}, json={}
        )

    assert told.status == status
    if status == 403:
        assert told.json["reason"] == "csrf"


async def test_reading_with_a_cookie_needs_no_proof(house: House) -> None:
    house.sign_in("ada")

    assert (await house.ask("GET", "/v1/requests", headers=COOKIE)).status == 200


async def test_a_bearer_needs_no_proof(house: House) -> None:
    house.sign_in("ada")
    foreign = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}

    told = await house.ask(
        "POST", "/v1/requests", token="ada", headers=foreign, json={}
    )

    assert told.status == 200


def signed_in() -> sessions_pb2.SignedIn:
    answer = sessions_pb2.SignedIn(token="secret")
    answer.session.id = "1"
    answer.session.expires_at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return answer


SIGN_IN = {"login": "ada", "password": "correct horse"}


async def test_a_browser_gets_a_cookie_and_no_token(house: House) -> None:
    house.backend.on(CREATE_SESSION, signed_in())

    told = await house.ask("POST", "/v1/sessions", headers=OURS, json=SIGN_IN)

    cookie = told.headers["set-cookie"]
    assert told.json["token"] == ""
    assert told.json["session"]["id"] == "1"
    assert cookie.startswith("medianest_session=secret; HttpOnly; SameSite=Lax; Path=/")
    assert "Secure" not in cookie
    assert 3500 < int(cookie.rpartition("Max-Age=")[2]) <= 3600


async def test_a_browser_that_is_not_signed_in_yet_keeps_the_cookie_it_has(
    house: House,
) -> None:
    pending = identities_pb2.CompleteSignInResponse(pending=True)
    house.backend.on(COMPLETE_SIGN_IN, pending)
    path = "/v1/sign-ins/0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50:complete"

    told = await house.ask("POST", path, headers=OURS, json={"verifier": "mnv_x"})

    assert told.json["pending"] is True
    assert "set-cookie" not in told.headers


async def test_a_browser_that_plex_lets_in_gets_a_cookie_and_no_token(
    house: House,
) -> None:
    done = identities_pb2.CompleteSignInResponse(
        session=signed_in().session, token="secret"
    )
    house.backend.on(COMPLETE_SIGN_IN, done)
    path = "/v1/sign-ins/0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50:complete"

    told = await house.ask("POST", path, headers=OURS, json={"verifier": "mnv_x"})
    foreign_page = {"Sec-Fetch-Site": "cross-site"}
    foreign = await house.ask(
        "POST", path, headers=foreign_page, json={"verifier": "x"}
    )

    cookie = told.headers["set-cookie"]
    assert told.json["token"] == ""
    assert cookie.startswith("medianest_session=secret; HttpOnly; SameSite=Lax; Path=/")
    assert foreign.status == 403
    assert "set-cookie" not in foreign.headers


async def test_a_program_gets_a_token_and_no_cookie(house: House) -> None:
    house.backend.on(CREATE_SESSION, signed_in())

    told = await house.ask("POST", "/v1/sessions", json=SIGN_IN)

    assert told.json["token"] == "secret"
    assert "set-cookie" not in told.headers


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9"}


async def test_behind_tls_the_cookie_is_secure() -> None:
    async with running_house(trusted_proxies="127.0.0.0/8") as house:
        house.backend.on(CREATE_SESSION, signed_in())

        told = await house.ask(
            "POST",
            "/v1/sessions",
            headers={
                **OURS,
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "9.9.9.9",
            },
            json=SIGN_IN,
        )

    assert "; Secure" in told.headers["set-cookie"]
    assert house.backend.last(CREATE_SESSION).metadata["x-client-address"] == "9.9.9.9"


async def test_a_stranger_s_forwarding_is_not_believed(house: House) -> None:
    house.backend.on(CREATE_SESSION, signed_in())

    told = await house.ask(
        "POST",
        "/v1/sessions",
        headers={**OURS, **FORWARDED},
        json=SIGN_IN,
    )

    metadata = house.backend.last(CREATE_SESSION).metadata
    assert "Secure" not in told.headers["set-cookie"]
    assert metadata["x-client-address"] == "127.0.0.1"


async def test_a_foreign_page_cannot_sign_a_browser_in(house: House) -> None:
    told = await house.ask(
        "POST",
        "/v1/sessions",
        headers={"Sec-Fetch-Site": "cross-site"},
        json=SIGN_IN,
    )

    assert (told.status, told.json["reason"]) == (403, "csrf")


async def test_signing_in_does_not_mind_an_old_session(house: House) -> None:
    house.backend.on(CREATE_SESSION, signed_in())

    told = await house.ask(
        "POST",
        "/v1/sessions",
        headers={**OURS, "Cookie": "medianest_session=ended"},
        json=SIGN_IN,
    )

    assert told.status == 200


async def test_signing_out_takes_the_cookie_back_and_forgets_the_caller(
    house: House,
) -> None:
    house.sign_in("ada")

    async def end(request: Any, context: Any) -> Any:
        del house.backend.people["ada"]
        return Empty()

    house.backend.on(END_SESSION, end)

    told = await house.ask("DELETE", "/v1/auth/session", headers={**COOKIE, **OURS})

    assert told.status == 204
    assert told.headers["set-cookie"].startswith("medianest_session=; ")
    assert told.headers["set-cookie"].endswith("Max-Age=0")
    assert (await house.ask("GET", "/v1/requests", headers=COOKIE)).status == 401


async def test_without_auth_the_known_go_on_and_others_are_503(house: House) -> None:
    house.sign_in("ada")
    assert (await house.ask("GET", "/v1/requests", token="ada")).status == 200

    class Away(dict[str, Any]):
        def get(self, *_: Any) -> Any:
            raise errors.Unavailable("The database is away.")

    house.backend.people = Away()

    assert (await house.ask("GET", "/v1/requests", token="ada")).status == 200
    told = await house.ask("GET", "/v1/requests", token="bob")
    assert told.status == 503
    assert told.headers["retry-after"]


async def test_two_devices_of_one_user_see_their_own_session(house: House) -> None:
    house.sign_in("phone", user_id="ada")
    house.sign_in("laptop", user_id="ada")
    await watched(house)

    async def current(request: Any, context: Any) -> Any:
        caller = dict(context.invocation_metadata())["medianest-caller"]
        count = house.backend.times(CURRENT_SESSION)
        return sessions_pb2.Session(id=f"{caller} {count}")

    house.backend.on(CURRENT_SESSION, current)

    first = await house.ask("GET", "/v1/auth/session", token="phone")
    second = await house.ask("GET", "/v1/auth/session", token="laptop")

    assert first.json["id"] != second.json["id"]


async def test_an_admin_s_list_is_closed_to_others(house: House) -> None:
    house.sign_in("friend")
    house.backend.on(LIST_USERS, users_pb2.ListUsersResponse())

    assert (await house.ask("GET", "/v1/users", token="friend")).status == 403
