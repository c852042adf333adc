"""The dashboard: one answer from all services, and from those that are there."""

import asyncio
import gzip
from typing import Any

import aiohttp
import pytest
from google.protobuf import json_format

from kit import errors
from medianest.media.v1.requests_pb2 import MediaRequest
from tests.gateway.dashboard import (
    DASHBOARD,
    MANAGE_REQUESTS,
    PARTS,
    PATH_OF,
    PATHS,
    VIEW_SERVICES,
    asked,
    forever,
    furnish,
    look,
    parts,
    reasons,
)
from tests.gateway.house import House, running_house
from tests.gateway.paths import (
    COUNT_REQUESTS,
    CURRENT_SESSION,
    LIST_INCIDENTS,
    LIST_LIBRARIES,
    LIST_MONITORS,
    LIST_REQUESTS,
)
from tests.waiting import eventually

PENDING = MediaRequest.PENDING
STATUS_PARTS = {"monitors", "openIncidents"}


@pytest.fixture
async def house(house: House) -> House:
    furnish(house)
    return house


async def test_every_part_is_the_answer_of_its_method(house: House) -> None:
    told = await look(house)

    expected = json_format.MessageToDict(
        DASHBOARD, always_print_fields_with_no_presence=True
    )
    assert told.status == 200
    assert told.json == expected
    assert told.json["warnings"] == []
    assert parts(told) == PARTS


async def test_parts_are_asked_what_the_contract_says(house: House) -> None:
    await look(house)

    newest, pending = sorted(
        (each.message for each in house.backend.of(LIST_REQUESTS)),
        key=lambda message: message.state,
    )
    assert (newest.page_size, newest.state) == (10, 0)
    assert (pending.page_size, pending.state) == (10, 1)
    assert house.backend.last(LIST_INCIDENTS).message.open_only


async def test_parts_are_asked_all_at_once(house: House) -> None:
    """Each waits until all the others have been asked too."""
    everybody = asyncio.Barrier(len(PARTS))
    for path in PATHS:
        answer = house.backend.answers[path]

        async def together(request: Any, context: Any, answer: Any = answer) -> Any:
            await everybody.wait()
            return await answer(request, context)

        house.backend.on(path, together)

    told = await look(house)

    assert parts(told) == PARTS


async def test_it_has_an_alias(house: House) -> None:
    told = await look(house)
    alias = await look(house, path="/api/dashboard")

    assert alias.status == 200
    assert alias.body == told.body


async def test_all_parts_are_one_request_of_one_caller(house: House) -> None:
    told = await look(house, **{"X-Request-Id": "look-1"})

    calls = [each.metadata for each in house.backend.asked if each.path in PATHS]
    assert told.headers["x-request-id"] == "look-1"
    assert asked(house) == PATHS
    assert {each["x-request-id"] for each in calls} == {"look-1"}
    assert {each["medianest-caller"] for each in calls} == {"signed:user-ada"}


async def test_a_service_that_is_down_costs_its_parts_only() -> None:
    async with running_house(dead=["status"]) as house:
        furnish(house)

        told = await look(house)

    assert told.status == 200
    assert parts(told) == PARTS - STATUS_PARTS
    assert reasons(told) == dict.fromkeys(STATUS_PARTS, "unavailable")
    details = {each["detail"] for each in told.json["warnings"]}
    assert details == {"status is not there at the moment."}


async def test_a_part_that_is_late_is_left_out(house: House) -> None:
    house.backend.on(LIST_MONITORS, forever)

    told = await look(house, late={"monitors"})

    assert told.status == 200
    assert parts(told) == PARTS - {"monitors"}
    assert told.json["warnings"] == [
        {
            "part": "monitors",
            "reason": "deadline_exceeded",
            "detail": "status did not answer in time.",
        }
    ]
    await asyncio.wait_for(house.backend.canceled.wait(), 5)


async def test_a_part_that_refuses_is_left_out(house: House) -> None:
    refused = errors.Denied("Not today.")
    refused.reason = "not_today"
    house.backend.on(LIST_LIBRARIES, refused)

    told = await look(house)

    assert parts(told) == PARTS - {"libraries"}
    assert told.json["warnings"] == [
        {"part": "libraries", "reason": "not_today", "detail": "Not today."}
    ]


async def test_a_bug_behind_a_part_is_not_told(house: House) -> None:
    house.backend.on(COUNT_REQUESTS, RuntimeError("password=hunter2"))

    told = await look(house)

    assert told.status == 200
    assert reasons(told) == {"requestCounts": "internal"}
    assert b"hunter2" not in told.body


async def test_when_all_that_was_asked_fails_it_is_the_worst_failure(
    house: House,
) -> None:
    for path in PATHS:
        house.backend.on(path, errors.Unavailable("Resting."))
    house.backend.on(COUNT_REQUESTS, errors.Denied("No."))

    down = await look(house)
    house.backend.on(LIST_LIBRARIES, forever)
    late = await look(house, "fred", late={"libraries"})

    assert (down.status, down.json["reason"]) == (503, "unavailable")
    assert (late.status, late.json["reason"]) == (504, "deadline_exceeded")
    assert down.headers["retry-after"] == late.headers["retry-after"] == "2"
    assert down.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        (0, PARTS - STATUS_PARTS - {"pendingRequests"}),
        (VIEW_SERVICES, PARTS - {"pendingRequests"}),
        (MANAGE_REQUESTS, PARTS - STATUS_PARTS),
        (VIEW_SERVICES | MANAGE_REQUESTS, PARTS),
    ],
    ids=["friend", "sees services", "decides", "both"],
)
async def test_what_the_caller_may_not_see_is_absent_without_a_word(
    house: House, permissions: int, shown: set[str]
) -> None:
    house.sign_in("eve", permissions)

    told = await look(house, "eve")

    assert parts(told) == shown
    assert told.json["warnings"] == []
    assert asked(house) == {PATH_OF[part] for part in shown}
    states = {each.message.state for each in house.backend.of(LIST_REQUESTS)}
    assert (PENDING in states) == ("pendingRequests" in shown)


async def test_a_part_that_was_not_for_the_caller_saves_nothing(house: House) -> None:
    """A friend whose parts all fail is told so, whatever others would see."""
    for path in (CURRENT_SESSION, COUNT_REQUESTS, LIST_REQUESTS, LIST_LIBRARIES):
        house.backend.on(path, errors.Unavailable("Resting."))

    friend = await look(house, "fred")
    owner = await look(house)

    assert friend.status == 503
    assert parts(owner) == STATUS_PARTS


async def test_a_client_may_have_less_patience(house: House) -> None:
    house.backend.on(LIST_MONITORS, forever)
    patience = {"X-Request-Timeout": "250ms"}

    told = await look(house, late={"monitors"}, **patience)

    assert reasons(told) == {"monitors": "deadline_exceeded"}
    calls = [each for each in house.backend.asked if each.path in PATHS]
    assert max(each.deadline_s for each in calls) < 0.25


async def test_no_part_may_take_longer_than_alone(house: House) -> None:
    await look(house)

    assert house.backend.last(LIST_MONITORS).deadline_s <= 0.31
    assert house.backend.last(CURRENT_SESSION).deadline_s <= 0.39


async def test_no_patience_at_all_is_504_without_a_call(house: House) -> None:
    told = await house.ask(
        "GET", "/v1/dashboard", token="ada", headers={"X-Request-Timeout": "0"}
    )

    assert told.status == 504
    assert asked(house) == set()


async def test_all_calls_end_when_the_client_goes_away(house: House) -> None:
    ended: list[str] = []
    for path in (LIST_MONITORS, LIST_LIBRARIES):

        async def waiting(request: Any, context: Any, path: str = path) -> Any:
            try:
                await forever(request, context)
            finally:
                ended.append(path)

        house.backend.on(path, waiting)
    late = {"libraries", "monitors"}
    asking = asyncio.create_task(look(house, late=late))
    await eventually(lambda: asked(house) == PATHS)

    asking.cancel()

    await eventually(lambda: sorted(ended) == sorted((LIST_LIBRARIES, LIST_MONITORS)))


async def test_fields_asks_for_what_is_wanted_only(house: House) -> None:
    told = await look(house, path="/v1/dashboard?fields=requestCounts.pending,warnings")

    assert told.json == {"requestCounts": {"pending": 1}, "warnings": []}
    assert asked(house) == {COUNT_REQUESTS}


async def test_who_has_it_already_is_told_so(house: House) -> None:
    told = await look(house)
    held = {"If-None-Match": told.headers["etag"]}

    async def is_not_sent_again() -> bool:
        again = await look(house, **held)
        return (again.status, again.body) == (304, b"")

    await eventually(is_not_sent_again)
    house.backend.on(LIST_MONITORS, errors.Unavailable("Resting."))
    partial = await look(house, **{"Cache-Control": "no-cache"}, **held)

    assert told.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in told.headers["vary"]
    assert partial.status == 200
    assert partial.headers["etag"] != told.headers["etag"]


async def test_it_is_compressed_and_has_a_head(house: House) -> None:
    async def are_the_same() -> bool:
        plain = await look(house)
        packed = await look(house, **{"Accept-Encoding": "gzip"})
        head = await house.ask("HEAD", "/v1/dashboard", token="ada")
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert (head.status, head.body) == (200, b"")
        assert head.headers["etag"] == plain.headers["etag"]
        return True

    await eventually(are_the_same)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/dashboard?pageSize=5", 400),
        ("GET", "/v1/dashboard?fields=secrets", 400),
        ("GET", "/v1/dashboard?%ff=%ff", 400),
        ("GET", "/v1/dashboard/", 404),
        ("GET", "/v1/dashboard/monitors", 404),
        ("GET", "/v1/dashboard:get", 404),
        ("POST", "/v1/dashboard", 405),
        ("DELETE", "/api/dashboard", 405),
    ],
)
async def test_what_is_not_offered_is_refused_and_nobody_is_asked(
    house: House, method: str, path: str, status: int
) -> None:
    told = await house.ask(method, path, token="ada")

    assert told.status == status
    assert told.headers["content-type"] == "application/problem+json"
    assert asked(house) == set()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Request-Timeout": "soon"}, 400),
        ({"Accept": "text/event-stream"}, 406),
        ({"Authorization": "Bearer " + "x" * 600}, 401),
        ({"Authorization": "Basic YTpi"}, 401),
        ({"X-Api-Key": "mn_guessed"}, 401),
    ],
)
async def test_headers_that_are_no_good_are_refused(
    house: House, headers: dict[str, str], status: int
) -> None:
    token = "" if status == 401 else "ada"

    told = await house.ask("GET", "/v1/dashboard", token=token, headers=headers)

    assert told.status == status
    assert asked(house) == set()


async def test_nobody_sees_it_without_signing_in(house: House) -> None:
    told = await house.ask("GET", "/v1/dashboard")

    assert (told.status, told.json["reason"]) == (401, "unauthenticated")
    assert asked(house) == set()


class Garbage:
    """What a service of another make might send."""

    def SerializeToString(self) -> bytes:
        return b"\xff\xff"


async def test_an_answer_that_is_no_message_costs_its_part_only(house: House) -> None:
    house.backend.on(COUNT_REQUESTS, Garbage())

    told = await look(house)

    assert reasons(told) == {"requestCounts": "internal"}
    assert parts(told) == PARTS - {"requestCounts"}


async def test_looks_that_run_out_of_time_leave_nothing_behind(house: House) -> None:
    house.backend.on(LIST_MONITORS, forever)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        headers = {"Authorization": "Bearer ada", "X-Request-Timeout": "20ms"}

        async def look() -> int:
            url = house.base_url + "/v1/dashboard"
            async with http.get(url, headers=headers) as answer:
                return answer.status

        statuses = await asyncio.gather(*(look() for _ in range(100)))

    assert set(statuses) <= {200, 504}
    left = [each for each in asyncio.all_tasks() if each.get_name().startswith("part ")]
    assert left == []
