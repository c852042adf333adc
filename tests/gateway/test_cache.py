"""Answers that are remembered, and never wrong."""

import asyncio
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty

from kit import errors
from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import users_pb2
from medianest.media.v1 import libraries_pb2, requests_pb2
from medianest.status.v1 import monitors_pb2
from tests.gateway.house import House
from tests.gateway.paths import (
    APPROVE,
    CREATE_REQUEST,
    LIST_LIBRARIES,
    LIST_MONITORS,
    LIST_REQUESTS,
    LIST_USERS,
)
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN
VIEW_SERVICES = 1 << permissions_pb2.VIEW_SERVICES


def counting(house: House, path: str, kind: Any, field: str) -> None:
    """Answers that are different each time."""
    described = kind.DESCRIPTOR.fields_by_name[field].message_type

    async def answer(request: Any, context: Any) -> Any:
        row = {"id" if "id" in described.fields_by_name else "code": ""}
        row[next(iter(row))] = str(house.backend.times(path))
        return kind(**{field: [row]})

    house.backend.on(path, answer)


@pytest.fixture
async def house(house: House) -> House:
    """Where every event is watched, and lists change with each look."""
    watching = house.backend.watching
    await eventually(lambda: all(watching.get(s) for s in ("auth", "media", "status")))
    counting(house, LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse, "requests")
    counting(house, LIST_LIBRARIES, libraries_pb2.ListLibrariesResponse, "libraries")
    counting(house, LIST_MONITORS, monitors_pb2.ListMonitorsResponse, "monitors")
    counting(house, LIST_USERS, users_pb2.ListUsersResponse, "users")
    house.backend.on(CREATE_REQUEST, requests_pb2.MediaRequest(id="new"))
    house.backend.on(APPROVE, requests_pb2.MediaRequest())
    house.sign_in("ada", ADMIN)
    house.sign_in("bob")
    house.sign_in("eve")
    await remembering(house, "/v1/requests?page_size=1", LIST_REQUESTS)
    await remembering(house, "/v1/monitors?page_size=1", LIST_MONITORS)
    return house


async def remembering(house: House, path: str, method: str) -> None:
    """Until the gateway knows that it is told what happens in the service."""

    async def is_remembered() -> bool:
        for _ in range(2):
            await house.ask("GET", path, token="ada")
        before = house.backend.times(method)
        await house.ask("GET", path, token="ada")
        return house.backend.times(method) == before

    await eventually(is_remembered)


async def test_an_answer_is_remembered(house: House) -> None:
    before = house.backend.times(LIST_REQUESTS)

    told = [await house.ask("GET", "/v1/requests", token="ada") for _ in range(3)]

    assert house.backend.times(LIST_REQUESTS) == before + 1
    assert told[0].body == told[1].body == told[2].body


async def test_another_query_is_another_answer(house: House) -> None:
    one = await house.ask("GET", "/v1/requests?state=PENDING", token="ada")
    other = await house.ask("GET", "/v1/requests?state=APPROVED", token="ada")

    assert one.body != other.body


async def test_who_has_it_already_is_told_so(house: House) -> None:
    told = await house.ask("GET", "/v1/requests", token="ada")
    tag = told.headers["etag"]

    for held in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = await house.ask(
            "GET", "/v1/requests", token="ada", headers={"If-None-Match": held}
        )
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    changed = await house.ask(
        "GET", "/v1/requests", token="ada", headers={"If-None-Match": '"other"'}
    )

    assert changed.status == 200
    assert told.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in told.headers["vary"]


async def test_who_says_no_cache_gets_a_new_answer(house: House) -> None:
    one = await house.ask("GET", "/v1/requests", token="ada")
    fresh = await house.ask(
        "GET", "/v1/requests", token="ada", headers={"Cache-Control": "no-cache"}
    )

    assert fresh.body != one.body


async def test_a_user_s_answer_is_the_user_s_own(house: House) -> None:
    ada = await house.ask("GET", "/v1/requests", token="ada")
    bob = await house.ask("GET", "/v1/requests", token="bob")

    assert ada.body != bob.body


async def test_an_answer_by_permissions_is_shared_by_those_who_have_them(
    house: House,
) -> None:
    ada = await house.ask("GET", "/v1/libraries", token="ada")
    bob = await house.ask("GET", "/v1/libraries", token="bob")
    eve = await house.ask("GET", "/v1/libraries", token="eve")

    assert bob.body == eve.body != ada.body


async def test_what_is_remembered_is_still_only_for_those_who_may(
    house: House,
) -> None:
    house.sign_in("viewer", VIEW_SERVICES)
    assert (await house.ask("GET", "/v1/monitors", token="viewer")).status == 200

    assert (await house.ask("GET", "/v1/monitors", token="bob")).status == 403
    assert (await house.ask("GET", "/v1/monitors")).status == 401


@pytest.mark.parametrize("path", ["/v1/requests", "/v1/requests/7:approve"])
async def test_a_reader_never_sees_their_own_write_undone(
    house: House, path: str
) -> None:
    before = await house.ask("GET", "/v1/requests", token="ada")

    await house.ask("POST", path, token="ada", json={})

    after = await house.ask("GET", "/v1/requests", token="ada")
    assert after.body != before.body


async def test_a_write_that_failed_may_have_been_done(house: House) -> None:
    before = await house.ask("GET", "/v1/requests", token="ada")
    house.backend.on(CREATE_REQUEST, errors.Unavailable("Lost."))

    await house.ask("POST", "/v1/requests", token="ada", json={})

    after = await house.ask("GET", "/v1/requests", token="ada")
    assert after.body != before.body


async def test_an_event_makes_answers_forgotten(house: House) -> None:
    before = await house.ask("GET", "/v1/requests", token="ada")
    monitors = await house.ask("GET", "/v1/monitors", token="ada")

    await house.backend.tell("media", id="media:1", tags=["requests"])

    async def forgotten() -> bool:
        after = await house.ask("GET", "/v1/requests", token="ada")
        return after.body != before.body

    await eventually(forgotten)
    assert (await house.ask("GET", "/v1/monitors", token="ada")).body == monitors.body


async def test_while_events_do_not_arrive_nothing_is_remembered(house: House) -> None:
    await house.ask("GET", "/v1/requests", token="ada")
    monitors = await house.ask("GET", "/v1/monitors", token="ada")
    house.backend.is_watchable = False
    await house.backend.hang_up("media")
    await eventually(lambda: not house.backend.watching["media"])

    async def looked_up_each_time() -> bool:
        one = await house.ask("GET", "/v1/requests", token="ada")
        return one.body != (await house.ask("GET", "/v1/requests", token="ada")).body

    await eventually(looked_up_each_time)
    assert (await house.ask("GET", "/v1/monitors", token="ada")).body == monitors.body

    house.backend.is_watchable = True
    await remembering(house, "/v1/requests", LIST_REQUESTS)


async def test_the_stream_goes_on_where_it_was_cut(house: House) -> None:
    watch = "/medianest.media.v1.EventsService/WatchEvents"
    asked: list[str] = []

    async def resumed(request: Any, context: Any) -> Any:
        asked.append(request.after)
        async for event in house.backend.watch("media", context):
            yield event

    house.backend.on(watch, resumed)
    await house.backend.tell("media", id="media:41", tags=["x"])
    await house.backend.hang_up("media")

    await eventually(lambda: asked == ["media:41"])


async def test_a_place_in_the_stream_that_is_unknown_begins_anew(
    house: House,
) -> None:
    watch = "/medianest.media.v1.EventsService/WatchEvents"
    asked: list[str] = []

    async def resumed(request: Any, context: Any) -> Any:
        asked.append(request.after)
        if request.after:
            raise errors.Invalid("after is unknown.", field="after")
        async for event in house.backend.watch("media", context):
            yield event

    house.backend.on(watch, resumed)
    await house.backend.tell("media", id="media:41", tags=["x"])
    await house.backend.hang_up("media")

    await eventually(lambda: asked == ["media:41", ""])


async def test_a_stampede_makes_one_call(house: House) -> None:
    before = house.backend.times(LIST_REQUESTS)

    told = await asyncio.gather(
        *(house.ask("GET", "/v1/requests?page_size=9", token="ada") for _ in range(50))
    )

    assert house.backend.times(LIST_REQUESTS) == before + 1
    assert len({each.body for each in told}) == 1


async def test_errors_are_not_remembered(house: House) -> None:
    house.backend.on(LIST_REQUESTS, errors.Missing("No."))
    assert (await house.ask("GET", "/v1/requests", token="eve")).status == 404

    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())

    assert (await house.ask("GET", "/v1/requests", token="eve")).status == 200


async def test_an_answer_to_a_write_is_nobody_s_to_keep(house: House) -> None:
    told = await house.ask("POST", "/v1/requests", token="ada", json={})

    assert told.headers["cache-control"] == "no-store"
    assert "etag" not in told.headers


async def test_who_signs_out_may_not_read_what_is_remembered(house: House) -> None:
    await house.ask("GET", "/v1/requests", token="bob")

    async def end(request: Any, context: Any) -> Any:
        del house.backend.people["bob"]
        return Empty()

    house.backend.on("/medianest.auth.v1.SessionsService/EndCurrentSession", end)
    await house.ask("DELETE", "/v1/auth/session", token="bob")

    assert (await house.ask("GET", "/v1/requests", token="bob")).status == 401
