"""Events, as they reach screens."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from google.protobuf.struct_pb2 import Struct

from kit import errors
from medianest.api.v1 import permissions_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.backend import Backend, Person
from tests.gateway.house import House, running_house
from tests.gateway.paths import LIST_REQUESTS
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN
MANAGE_REQUESTS = 1 << permissions_pb2.MANAGE_REQUESTS
Socket = aiohttp.ClientWebSocketResponse


@pytest.fixture
async def house(house: House) -> House:
    house.sign_in("ada")
    house.sign_in("owner", ADMIN)
    watching = house.backend.watching
    await eventually(lambda: all(watching.get(s) for s in ("auth", "media", "status")))
    return house


@asynccontextmanager
async def socket(house: House, token: str, **headers: str) -> AsyncIterator[Socket]:
    shown = {"Authorization": f"Bearer {token}", **headers}
    async with house.http.ws_connect(house.base_url + "/v1/ws", headers=shown) as open_:
        yield open_


async def heard(ws: Socket) -> Any:
    return await ws.receive_json(timeout=5)


async def told(ws: Socket, said: Any) -> Any:
    await ws.send_json(said)
    return await heard(ws)


async def happens(backend: Backend, number: int, *rooms: str, **data: str) -> None:
    struct = Struct()
    struct.update(data)
    await backend.tell(
        "media",
        id=f"media:{number}",
        type="request.approved",
        key="7",
        rooms=rooms,
        tags=["requests"],
        data=struct,
    )


async def test_everybody_is_welcome_in_a_room_of_their_own(house: House) -> None:
    async with socket(house, "ada") as ws:
        assert await heard(ws) == {"welcome": {"rooms": ["user:user-ada"]}}

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
        for number in range(20):
            await house.ask("GET", "/v1/requests", token="ada")
            state[0] = "APPROVED" if number % 2 else "DECLINED"
            await happens(house.backend, number, "user:user-ada")
            await heard(ws)
            seen = await house.ask("GET", "/v1/requests", token="ada")
            assert seen.json["requests"][0]["state"] == state[0]


@asynccontextmanager
async def stream(house: House, query: str, token: str) -> AsyncIterator[Any]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with house.http.get(
        f"{house.base_url}/v1/events{query}", headers=headers
    ) as answer:
        yield answer


async def frame(answer: Any) -> dict[str, str]:
    lines: dict[str, str] = {}
    while line := (await answer.content.readline()).decode().rstrip("\n"):
        name, _, value = line.partition(": ")
        lines[name] = value
    return lines


async def test_events_are_also_server_sent(house: House) -> None:
    async with stream(house, "?rooms=requests,libraries", "owner") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert await frame(answer) == {"": "welcome"}
        await happens(house.backend, 5, "libraries")

        event = await frame(answer)

    assert (event["id"], event["event"]) == ("media:5", "request.approved")
    assert json.loads(event["data"])["rooms"] == ["libraries"]


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [
        *(("", "", 401), ("?rooms=requests", "ada", 403), ("?rooms=x", "ada", 404)),
        *(("?room=requests", "owner", 400), ("?rooms=%ff", "owner", 400)),
    ],
)
async def test_a_stream_of_events_may_be_refused(
    house: House, query: str, token: str, status: int
) -> None:
    answer = await house.ask("GET", f"/v1/events{query}", token=token)

    assert answer.status == status


async def test_a_session_s_end_ends_its_stream(house: House) -> None:
    async with stream(house, "", "ada") as answer:
        await frame(answer)
        await house.backend.tell(
            "auth", id="auth:1", type="session.ended", data={"sessionId": "session-ada"}
        )

        last = await frame(answer)
        assert last == {"event": "error", "data": '{"reason":"session_ended"}'}
        assert await answer.content.read() == b""


async def test_who_leaves_is_forgotten(house: House) -> None:
    def listening() -> float:
        return house.registry.get_sample_value("medianest_event_listeners") or 0

    async with socket(house, "ada") as ws, stream(house, "", "ada") as answer:
        await heard(ws)
        await frame(answer)
        assert listening() == 2

    await eventually(lambda: listening() == 0)


async def test_leaving_ends_streams_and_sockets(house: House) -> None:
    async with socket(house, "ada") as ws, stream(house, "", "ada") as answer:
        await heard(ws)
        await frame(answer)

        house.leaving.set()

        assert await answer.content.read() == b""
        assert (await ws.receive(timeout=5)).data == 1012
