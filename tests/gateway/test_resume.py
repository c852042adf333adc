"""Who was cut off comes back, and has missed nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from gateway.live.history import KEPT, KEPT_BYTES, History, News
from gateway.live.listeners import MOST_WAITING
from tests.gateway.house import House, running_house
from tests.gateway.live import happens, heard, inhabited, socket, told
from tests.waiting import eventually


@pytest.fixture
async def house(house: House) -> House:
    return await inhabited(house)


async def events(ws: Any, count: int) -> list[str]:
    return [(await heard(ws))["event"]["id"] for _ in range(count)]


async def test_who_comes_back_with_a_cursor_is_told_what_was_missed(
    house: House,
) -> None:
    async with socket(house, "owner", "?rooms=requests") as ws:
        await heard(ws)
        await happens(house.backend, 1, "requests")
        cursor = (await heard(ws))["cursor"]
    for number, room in enumerate(("requests", "libraries", "user:user-owner"), 2):
        await happens(house.backend, number, room)

    async with socket(house, "owner", f"?rooms=requests&after={cursor}") as ws:
        welcome = (await heard(ws))["welcome"]
        assert welcome["rooms"] == ["requests", "user:user-owner"]
        assert welcome["lost"] == []
        assert await events(ws, 2) == ["media:2", "media:4"]
        await happens(house.backend, 5, "requests")
        assert await events(ws, 1) == ["media:5"]


async def test_a_cursor_is_good_at_every_step_of_coming_back(house: House) -> None:
    for number in range(1, 6):
        await happens(house.backend, number, "user:user-ada")
    cursor = "media:0"
    seen = []
    for _ in range(5):
        async with socket(house, "ada", f"?after={cursor}") as ws:
            await heard(ws)
            frame = await heard(ws)
            cursor = frame["cursor"]
            seen.append(frame["event"]["id"])

    assert seen == [f"media:{number}" for number in range(1, 6)]


async def test_the_welcome_has_a_cursor_before_anything_happened(
    house: House,
) -> None:
    async with socket(house, "ada") as ws:
        cursor = (await heard(ws))["welcome"]["cursor"]
    await happens(house.backend, 1, "user:user-ada")

    async with socket(house, "ada", f"?after={cursor}") as ws:
        await heard(ws)
        assert await events(ws, 1) == ["media:1"]


async def test_another_gateway_knows_what_happened_before_it_began(
    house: House,
) -> None:
    """It asks the services for their latest events, and tells those who come back;
    but nobody who comes for the first time."""
    backend = house.backend
    await happens(backend, 1, "user:user-ada")
    async with running_house(backend=backend) as other:

        async def is_following() -> bool:
            async with socket(other, "ada") as ws:
                cursor = (await heard(ws))["welcome"]["cursor"]
                return bool(cursor == "auth:0.composite:0.media:1.status:0")

        await eventually(is_following)
        async with socket(other, "ada", "?after=media:0") as back:
            await heard(back)
            assert await events(back, 1) == ["media:1"]
        async with socket(other, "ada") as new:
            await heard(new)
            await happens(backend, 2, "user:user-ada")
            assert await events(new, 1) == ["media:2"]


async def test_who_was_told_by_a_gateway_that_is_ahead_loses_nothing(
    house: House,
) -> None:
    async with socket(house, "ada", "?after=media:7") as ws:
        assert (await heard(ws))["welcome"]["lost"] == []


@pytest.mark.parametrize(
    "after", ["media:2001", "nowhere:1", "media:999999999999999999"]
)
async def test_what_is_not_known_any_more_is_said_to_be_lost(
    house: House, after: str
) -> None:
    async with socket(house, "ada", f"?after={after}.auth:0") as ws:
        welcome = (await heard(ws))["welcome"]

        assert welcome["lost"] == [after.partition(":")[0]]
        assert welcome["cursor"] == "auth:0.composite:0.media:0.status:0"
        assert await told(ws, {"ping": 1}) == {"pong": 1}


async def test_more_than_a_client_could_take_is_lost(house: House) -> None:
    for number in range(1, MOST_WAITING):
        await happens(house.backend, number, "user:user-ada")

    async def lost() -> bool:
        async with socket(house, "ada", "?after=auth:0.composite:0.media:0") as ws:
            return bool((await heard(ws))["welcome"]["lost"] == ["media"])

    await eventually(lost)


async def test_only_so_much_is_kept(house: House) -> None:
    for number in range(1, KEPT + 3):
        await happens(house.backend, number, "libraries")

    async def is_lost(after: int) -> bool:
        async with socket(house, "ada", f"?after=media:{after}") as ws:
            return bool((await heard(ws))["welcome"]["lost"])

    await eventually(lambda: is_lost(1))
    assert not await is_lost(2)


def test_of_long_events_fewer_are_kept() -> None:
    history = History()
    history.begin("media", "media:0")
    body = bytes(KEPT_BYTES // 10)
    for number in range(1, 31):
        news = News(f"media:{number}", "long", "7", frozenset({"requests"}), body)
        history.add(news)

    kept = history.behind("media:20", {"requests"})
    gone = history.behind("media:19", {"requests"})

    assert [each.news.id for each in kept.told] == [
        f"media:{number}" for number in range(21, 31)
    ]
    assert kept.lost == []
    assert gone.lost == ["media"]


@pytest.mark.parametrize(
    "query",
    [
        *("?after=x", "?after=media:", "?after=media:-1", "?after=media:1..auth:1"),
        *("?after=media:1%00", "?after=%F0%9F%8E%AC", "?after=" + "media:1." * 99),
        *("?window=0", "?window=257", "?window=x", "?window=%D9%A3", "?room=requests"),
        "?after=%ff",
    ],
)
async def test_a_wish_that_cannot_be_read_is_refused(house: House, query: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with socket(house, "ada", query):
            pass

    assert refused.value.status == 400


async def test_a_room_that_is_closed_refuses_the_socket(house: House) -> None:
    for rooms, status in (("requests", 403), ("libraries,nowhere", 404)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with socket(house, "ada", f"?rooms={rooms}"):
                pass
        assert refused.value.status == status


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_browser_comes_back_by_itself(house: House, by_header: bool) -> None:
    await happens(house.backend, 1, "user:user-ada")
    await happens(house.backend, 2, "user:user-ada")
    headers = {"Authorization": "Bearer ada"}
    if by_header:
        headers["Last-Event-ID"] = "media:1"
    query = "" if by_header else "?after=media:1"

    async with house.http.get(
        f"{house.base_url}/v1/events{query}", headers=headers
    ) as answer:
        lines = _lines(answer.content)
        assert await anext(lines) == ": welcome"
        assert await anext(lines) == "id: media:1"
        assert await anext(lines) == "id: media:2"
        assert await anext(lines) == "event: request.approved"
        assert json.loads((await anext(lines))[6:])["id"] == "media:2"


async def test_a_browser_is_told_that_something_was_lost(house: House) -> None:
    headers = {"Authorization": "Bearer ada", "Last-Event-ID": "media:9999"}

    async with house.http.get(f"{house.base_url}/v1/events", headers=headers) as answer:
        lines = _lines(answer.content)
        assert [await anext(lines) for _ in range(4)] == [
            ": welcome",
            "id: auth:0.composite:0.media:0.status:0",
            "event: lost",
            'data: {"services":["media"]}',
        ]


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[str]:
    while line := await content.readline():
        if line != b"\n":
            yield line.decode().rstrip("\n")


async def test_no_more_is_under_way_than_the_window_allows(house: House) -> None:
    async with socket(house, "ada", "?window=2") as ws:
        await heard(ws)
        for number in range(1, 6):
            await happens(house.backend, number, "user:user-ada")
        assert await events(ws, 2) == ["media:1", "media:2"]
        # What the client itself asks for does not wait behind events.
        assert await told(ws, {"ping": 1}) == {"pong": 1}

        await ws.send_json({"ack": 1})
        assert await events(ws, 1) == ["media:3"]
        await ws.send_json({"ack": 2})
        assert await events(ws, 2) == ["media:4", "media:5"]


async def test_a_reply_names_what_it_replies_to(house: House) -> None:
    async with socket(house, "ada") as ws:
        await heard(ws)
        assert await told(ws, {"join": "libraries", "id": 7}) == {
            "joined": "libraries",
            "id": 7,
        }
        refused = await told(ws, {"join": "requests", "id": "b"})
        assert (refused["error"]["reason"], refused["id"]) == ("not_permitted", "b")


@pytest.mark.parametrize("count", [0, -1, "1", 1.5, None, True])
async def test_an_acknowledgement_is_a_number(house: House, count: Any) -> None:
    async with socket(house, "ada", "?window=1") as ws:
        await heard(ws)

        assert (await told(ws, {"ack": count}))["error"]["reason"] == "invalid"
