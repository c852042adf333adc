"""Answers that are remembered, and never wrong."""

import asyncio
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cache import ResponseCache, Rule
from gateway.http.answers import Representation
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
RULE = Rule("media", 60, ("requests",))
KEY = ("ada", "/v1/requests", b"")


def representation(body: bytes = b"{}") -> Representation:
    return Representation(body, b"application/json", b"no-cache", b"")


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


async def load(cache: ResponseCache, body: bytes) -> Representation:
    async def answer() -> Representation:
        return representation(body)

    return await cache.load(KEY, RULE, answer)


def trusting(**more: Any) -> ResponseCache:
    cache = ResponseCache(more.pop("most_bytes", 1_000_000), **more)
    cache.trust("media")
    return cache


async def test_a_load_that_began_before_a_write_is_not_kept_or_shared() -> None:
    cache = trusting()
    go_on = asyncio.Event()

    async def slow() -> Representation:
        await go_on.wait()
        return representation(b"old")

    early = asyncio.create_task(cache.load(KEY, RULE, slow))
    await eventually(lambda: cache.loads == 1)
    cache.drop(["requests"])
    late = await load(cache, b"new")
    go_on.set()

    assert (await early).body == b"old"
    assert late.body == b"new"
    kept = cache.get(KEY, RULE)
    assert kept is not None
    assert kept.body == b"new"


async def test_an_answer_gets_old() -> None:
    now = [0.0]
    cache = trusting(now_s=lambda: now[0])
    await load(cache, b"x")
    now[0] = 59.9
    assert cache.get(KEY, RULE)

    now[0] = 60.0

    assert cache.get(KEY, RULE) is None


async def test_memory_is_bounded_by_bytes() -> None:
    cache = trusting(most_bytes=100_000)

    async def load_big(number: int) -> None:
        async def answer() -> Representation:
            return representation(b"x" * 10_000)

        await cache.load(("ada", str(number), b""), RULE, answer)

    for number in range(20):
        await load_big(number)

    kept = [n for n in range(20) if cache.get(("ada", str(n), b""), RULE)]
    assert kept == [16, 17, 18, 19]


async def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    cache = trusting(most_bytes=3000)

    assert (await load(cache, b"x" * 10_000)).body
    assert cache.get(KEY, RULE) is None


async def test_a_load_ends_when_the_last_who_wants_it_goes_away() -> None:
    cache = trusting()
    canceled = asyncio.Event()

    async def never() -> Representation:
        try:
            await asyncio.Event().wait()
        finally:
            canceled.set()
        return representation()

    one, other = (asyncio.create_task(cache.load(KEY, RULE, never)) for _ in range(2))
    await eventually(lambda: cache.loads == 1)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    assert not canceled.is_set()

    other.cancel()
    await asyncio.gather(other, return_exceptions=True)

    await asyncio.wait_for(canceled.wait(), 1)
    assert (await load(cache, b"x")).body == b"x"


class Story:
    """A cache, the truth behind it, and loads that land when they like."""

    def __init__(self) -> None:
        self.cache = trusting()
        self.truth = 0
        self.is_trusted = True
        self.waiting: list[asyncio.Future[None]] = []
        self.tasks: list[asyncio.Task[Representation]] = []

    def write(self) -> None:
        self.truth += 1
        self.cache.drop(["requests"])

    def read(self) -> None:
        if kept := self.cache.get(KEY, RULE):
            assert self.is_trusted
            assert int(kept.body) == self.truth

    def begin(self) -> None:
        landed = asyncio.get_running_loop().create_future()

        async def slow() -> Representation:
            seen = self.truth
            await landed
            return representation(str(seen).encode())

        self.tasks.append(asyncio.create_task(self.cache.load(KEY, RULE, slow)))
        self.waiting.append(landed)

    def land(self) -> None:
        if self.waiting:
            self.waiting.pop().set_result(None)

    def trust(self) -> None:
        self.is_trusted = True
        self.cache.trust("media")

    def distrust(self) -> None:
        self.is_trusted = False
        self.cache.distrust("media")


STEPS = ("write", "read", "begin", "land", "distrust", "trust")


@settings(deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=60))
async def test_whatever_happens_a_reader_sees_the_last_write(steps: list[str]) -> None:
    story = Story()
    for step in steps:
        getattr(story, step)()
        for _ in range(3):
            await asyncio.sleep(0)
    while story.waiting:
        story.land()
    await asyncio.gather(*story.tasks)
