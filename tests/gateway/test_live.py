"""Events, as they reach screens."""

import asyncio
from typing import Any

import aiohttp
import pytest

from gateway.live.listeners import MOST_WAITING
from kit import errors
from medianest.api.v1 import permissions_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.backend import Person
from tests.gateway.house import House, running_house
from tests.gateway.live import happens, heard, inhabited, socket, told
from tests.gateway.paths import LIST_REQUESTS
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN
MANAGE_REQUESTS = 1 << permissions_pb2.MANAGE_REQUESTS
Socket = aiohttp.ClientWebSocketResponse


@pytest.fixture
async def house(house: House) -> House:
    return await inhabited(house)


async def test_everybody_is_welcome_in_a_room_of_their_own(house: House) -> None:
    async with socket(house, "ada") as ws:
        welcome = (await heard(ws))["welcome"]
        assert welcome == {
            "rooms": ["user:user-ada"],
            "cursor": "auth:0.composite:0.media:0.status:0",
            "lost": [],
        }

        await happens(house.backend, 1, "user:user-bob", "requests")
        await happens(house.backend, 2, "user:user-ada", "requests", state="APPROVED")

        event = (await heard(ws))["event"]
    assert event == {
        "id": "media:2",
        "type": "request.approved",
        "key": "7",
        "rooms": ["user:user-ada", "requests"],
        "data": {"state": "APPROVED"},
    }


async def test_a_room_is_joined_and_left(house: House) -> None:
    async with socket(house, "owner") as ws:
        await heard(ws)
        assert await told(ws, {"join": "requests"}) == {"joined": "requests"}
        await happens(house.backend, 1, "requests")
        assert (await heard(ws))["event"]["id"] == "media:1"

        assert await told(ws, {"leave": "requests"}) == {"left": "requests"}
        await happens(house.backend, 2, "requests")
        await happens(house.backend, 3, "user:user-owner")
        assert (await heard(ws))["event"]["id"] == "media:3"


async def test_who_is_in_two_rooms_of_an_event_is_told_once(house: House) -> None:
    async with socket(house, "owner") as ws:
        await heard(ws)
        await told(ws, {"join": "requests"})
        await happens(house.backend, 1, "requests", "user:user-owner")
        await happens(house.backend, 2, "requests")

        assert [(await heard(ws))["event"]["id"] for _ in range(2)] == [
            "media:1",
            "media:2",
        ]


@pytest.mark.parametrize(
    ("room", "reason"),
    [
        ("requests", "not_permitted"),
        ("user:user-owner", "room_unknown"),
        ("nowhere", "room_unknown"),
    ],
)
async def test_a_room_may_be_closed(house: House, room: str, reason: str) -> None:
    async with socket(house, "ada") as ws:
        await heard(ws)

        assert (await told(ws, {"join": room}))["error"]["reason"] == reason
        assert await told(ws, {"join": "libraries"}) == {"joined": "libraries"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        *(("", "json_invalid"), ("[]", "json_invalid"), ("{", "json_invalid")),
        *(("{}", "invalid"), ('{"join": 5}', "invalid"), ('{"shout": "a"}', "invalid")),
        ('{"join": "a", "leave": "b"}', "invalid"),
        ("x" * 5000, "frame_too_large"),
        ("[" * 4000, "json_invalid"),
    ],
)
async def test_what_is_not_understood_is_said_to_be(
    house: House, said: str, reason: str
) -> None:
    async with socket(house, "ada") as ws:
        await heard(ws)
        await ws.send_str(said)

        assert (await heard(ws))["error"]["reason"] == reason
        assert await told(ws, {"ping": 1}) == {"pong": 1}


async def test_binary_frames_are_not_understood(house: House) -> None:
    async with socket(house, "ada") as ws:
        await heard(ws)
        await ws.send_bytes(b"\xff\x00")

        assert (await heard(ws))["error"]["reason"] == "json_invalid"


async def test_a_frame_of_any_length_is_not_read(house: House) -> None:
    async with socket(house, "ada") as ws:
        await heard(ws)
        await ws.send_str("x" * 20_000)

        assert (await ws.receive(timeout=5)).data == 1009


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        *(({}, 401), ({"Authorization": "Bearer nobody"}, 401)),
        ({"Cookie": "medianest_session=ada"}, 403),
        ({"Cookie": "medianest_session=ada", "Origin": "https://evil.test"}, 403),
    ],
)
async def test_a_socket_is_refused_with_a_reason(
    house: House, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.http.ws_connect(house.base_url + "/v1/ws", headers=headers)

    assert refused.value.status == status


async def test_a_page_of_ours_opens_a_socket_with_its_cookie(house: House) -> None:
    async with house.http.ws_connect(
        house.base_url + "/v1/ws",
        headers={"Cookie": "medianest_session=ada", "Origin": house.base_url},
    ) as ws:
        assert "welcome" in await heard(ws)


async def test_there_is_no_socket_elsewhere(house: House) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.http.ws_connect(house.base_url + "/v1/requests")

    assert refused.value.status == 404


@pytest.mark.parametrize(
    "event",
    [
        {"type": "session.ended", "data": {"sessionId": "session-ada"}},
        {"type": "user.removed", "data": {"userId": "user-ada"}},
    ],
)
async def test_a_session_s_end_closes_its_socket(
    house: House, event: dict[str, Any]
) -> None:
    async with socket(house, "ada") as ws, socket(house, "owner") as other:
        await heard(ws)
        await heard(other)

        await house.backend.tell("auth", id="auth:1", **event)

        closing = await ws.receive(timeout=5)
        assert (closing.type, closing.data) == (aiohttp.WSMsgType.CLOSE, 4401)
        assert await told(other, {"ping": 2}) == {"pong": 2}


async def test_who_may_less_is_told_less(house: House) -> None:
    house.sign_in("helper", MANAGE_REQUESTS)
    async with socket(house, "helper") as ws:
        await heard(ws)
        await told(ws, {"join": "requests"})
        house.backend.people["helper"] = Person("user-helper", "session-helper")

        await house.backend.tell(
            "auth", id="auth:1", type="user.changed", data={"userId": "user-helper"}
        )

        async def is_put_out() -> bool:
            said = await told(ws, {"join": "requests"})
            return bool(said.get("error", {}).get("reason") == "not_permitted")

        await eventually(is_put_out)
        await happens(house.backend, 1, "requests")
        await happens(house.backend, 2, "user:user-helper")
        assert (await heard(ws))["event"]["id"] == "media:2"


async def test_who_was_suspended_is_sent_away(house: House) -> None:
    async with socket(house, "ada") as ws:
        await heard(ws)
        del house.backend.people["ada"]

        await house.backend.tell(
            "auth", id="auth:1", type="user.changed", data={"userId": "user-ada"}
        )

        assert (await ws.receive(timeout=5)).data == 4401


async def test_nobody_is_sent_away_because_auth_is_away(house: House) -> None:
    class Away(dict[str, Person]):
        def get(self, *_: Any) -> Any:
            raise errors.Unavailable("Away.")

    async with socket(house, "ada") as ws:
        await heard(ws)
        house.backend.people = Away()

        await house.backend.tell(
            "auth", id="auth:1", type="user.changed", data={"userId": "user-ada"}
        )
        await happens(house.backend, 1, "user:user-ada")

        assert (await heard(ws))["event"]["id"] == "media:1"


async def test_who_says_too_much_is_sent_away() -> None:
    async with running_house(limited=True, limit_read="5/min") as house:
        house.sign_in("ada")
        async with socket(house, "ada") as ws:
            await heard(ws)
            for _ in range(5):
                await ws.send_json({"ping": 1})
            said = [await ws.receive(timeout=5) for _ in range(5)]

    assert said[-1].data == 1008


async def test_who_has_seen_an_event_finds_the_new_state(house: House) -> None:
    """The answer that the event makes stale is forgotten before it is told."""
    state = ["PENDING"]

    async def listed(request: Any, context: Any) -> Any:
        row = requests_pb2.MediaRequest(id="7", state=state[0])
        return requests_pb2.ListMediaRequestsResponse(requests=[row])

    house.backend.on(LIST_REQUESTS, listed)
    async with socket(house, "ada") as ws:
        await heard(ws)
        for number in range(1, 21):
            await house.ask("GET", "/v1/requests", token="ada")
            state[0] = "APPROVED" if number % 2 else "DECLINED"
            await happens(house.backend, number, "user:user-ada")
            await heard(ws)
            seen = await house.ask("GET", "/v1/requests", token="ada")
            assert seen.json["requests"][0]["state"] == state[0]


async def test_who_does_not_read_is_cut_off_and_hurts_nobody(house: House) -> None:
    port = int(house.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(
        b"GET /v1/ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Api-Key: ada\r\n\r\n"
    )
    assert b"101" in await reader.readline()

    async with socket(house, "ada") as quick:
        await heard(quick)
        for number in range(1, MOST_WAITING * 3):
            await happens(house.backend, number, "user:user-ada", text="x" * 30_000)
            assert (await heard(quick))["event"]["id"] == f"media:{number}"

        def is_alone() -> bool:
            open_ = house.registry.get_sample_value("medianest_event_listeners")
            return open_ == 1

        await eventually(is_alone)
        assert await told(quick, {"ping": 1}) == {"pong": 1}
    writer.close()
