"""The door of requests: what comes from outside, well formed and not."""

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.caller import Caller
from kit.pages import Pages
from kit.postgres import Database
from medianest.media.v1 import requests_pb2 as wire
from medianest.media.v1 import titles_pb2
from services.media.domain.requests.permissions import REQUEST
from services.media.domain.requests.states import State
from services.media.rpc.request_wire import STATE_FROM_WIRE, STATE_TO_WIRE
from tests.media.requests.conftest import Visit
from tests.media.requests.house import (
    ADA,
    BOB,
    MANAGER,
    OWNER,
    WATCHER,
    Shelf,
    Visitor,
    a_caller,
)

Pending = wire.MediaRequest.PENDING
AN_ID = "01996f9e-8c1f-7a30-b5c7-3f1f6f3c9d11"
NOT_IDS = ["", "1", "null", "%00", "../../etc", "{" + AN_ID + "}", "é" * 5000]
NOT_IDS += [AN_ID.replace("-", ""), f"urn:uuid:{AN_ID}", "'; DROP TABLE requests; --"]


async def ask(visitor: Visitor, title: UUID, *seasons: int) -> wire.MediaRequest:
    asked = wire.CreateMediaRequestRequest(title_id=str(title), seasons=seasons)
    made = await visitor.call("CreateMediaRequest", asked)
    assert isinstance(made, wire.MediaRequest)
    return made


async def listed(
    visitor: Visitor, request: wire.ListMediaRequestsRequest | None = None
) -> wire.ListMediaRequestsResponse:
    answer = await visitor.call(
        "ListMediaRequests", request or wire.ListMediaRequestsRequest()
    )
    assert isinstance(answer, wire.ListMediaRequestsResponse)
    return answer


def test_each_state_has_its_word_on_the_wire() -> None:
    assert set(STATE_FROM_WIRE) == set(wire.MediaRequest.State.values())
    assert set(STATE_TO_WIRE) == set(State)


async def test_a_request_is_told_with_its_card(visit: Visit, shelf: Shelf) -> None:
    series = await shelf.title("Firefly", kind="series")

    made = await ask(visit(ADA), series, 2, 1)

    assert made.state == Pending
    assert (made.requested_by, made.requested_by_name) == (ADA.user_id, "Ada")
    assert list(made.seasons) == [1, 2]
    assert made.created_at == made.updated_at
    assert made.title.id == str(series)
    assert made.title.kind == titles_pb2.Kind.SERIES
    assert (made.title.name, made.title.year) == ("Firefly", 1999)
    assert list(made.title.genres) == ["Action", "Drama"]
    assert made.title.presence.state == titles_pb2.Presence.REQUESTED
    assert made.title.presence.request_id == made.id
    assert made.title.presence.requested_by_me
    assert made.title.overview == ""
    got = await visit(ADA).call(
        "GetMediaRequest", wire.GetMediaRequestRequest(request_id=made.id)
    )
    assert [each.season for each in got.seasons_there] == [1, 2]  # type: ignore[attr-defined]
    assert not any(each.available for each in got.seasons_there)  # type: ignore[attr-defined]
    del got.seasons_there[:]  # type: ignore[attr-defined]
    assert got == made
    assert list((await listed(visit(ADA))).requests) == [made]


async def test_a_request_is_decided_at_the_door(visit: Visit, shelf: Shelf) -> None:
    titles = await shelf.titles(3)
    one, two, three = [await ask(visit(ADA), title) for title in titles]

    approved = await visit(MANAGER).call(
        "ApproveMediaRequest", wire.ApproveMediaRequestRequest(request_id=one.id)
    )
    declined = await visit(OWNER).call(
        "DeclineMediaRequest",
        wire.DeclineMediaRequestRequest(request_id=two.id, reason="  Too long \n"),
    )
    canceled = await visit(ADA).call(
        "CancelMediaRequest", wire.CancelMediaRequestRequest(request_id=three.id)
    )

    assert approved.state == wire.MediaRequest.APPROVED  # type: ignore[attr-defined]
    assert declined.decline_reason == "Too long"  # type: ignore[attr-defined]
    assert canceled.state == wire.MediaRequest.CANCELED  # type: ignore[attr-defined]
    counts = await visit(OWNER).call(
        "CountMediaRequests", wire.CountMediaRequestsRequest()
    )
    assert counts == wire.MediaRequestCounts(
        total=3, approved=1, declined=1, canceled=1
    )


async def test_a_writer_sees_what_was_written_at_any_replica(
    visit: Visit, shelf: Shelf
) -> None:
    ada = visit(ADA)
    for number, title in enumerate(await shelf.titles(40), start=1):
        await ask(ada, title)

        for _ in range(2):
            assert len((await listed(ada)).requests) == min(number, 20)
            counts = await ada.call(
                "CountMediaRequests", wire.CountMediaRequestsRequest()
            )
            assert counts.pending == number  # type: ignore[attr-defined]


async def test_nobody_enters_without_a_name(visit: Visit) -> None:
    nobody = visit(None)
    for method, request in (
        ("ListMediaRequests", wire.ListMediaRequestsRequest()),
        ("CountMediaRequests", wire.CountMediaRequestsRequest()),
        ("CreateMediaRequest", wire.CreateMediaRequestRequest()),
        ("GetMediaRequest", wire.GetMediaRequestRequest()),
        ("ApproveMediaRequest", wire.ApproveMediaRequestRequest()),
        ("CancelMediaRequest", wire.CancelMediaRequestRequest()),
    ):
        assert await nobody.refused(method, request) == (
            "UNAUTHENTICATED caller_unknown"
        )


async def test_only_those_who_may_decide(visit: Visit, shelf: Shelf) -> None:
    made = await ask(visit(ADA), await shelf.title())
    for caller in (ADA, BOB, WATCHER):
        for method, request in (
            (
                "ApproveMediaRequest",
                wire.ApproveMediaRequestRequest(request_id=made.id),
            ),
            (
                "DeclineMediaRequest",
                wire.DeclineMediaRequestRequest(request_id=made.id),
            ),
        ):
            assert await visit(caller).refused(method, request) == (
                "PERMISSION_DENIED not_permitted"
            )


@pytest.mark.parametrize("text", NOT_IDS)
async def test_what_is_no_id_is_nothing(visit: Visit, text: str) -> None:
    owner = visit(OWNER)
    for method, request in (
        ("GetMediaRequest", wire.GetMediaRequestRequest(request_id=text)),
        ("ApproveMediaRequest", wire.ApproveMediaRequestRequest(request_id=text)),
        ("DeclineMediaRequest", wire.DeclineMediaRequestRequest(request_id=text)),
        ("CancelMediaRequest", wire.CancelMediaRequestRequest(request_id=text)),
    ):
        assert await owner.refused(method, request) == "NOT_FOUND request_missing"
    asked = wire.CreateMediaRequestRequest(title_id=text)
    assert await owner.refused("CreateMediaRequest", asked) == (
        "INVALID_ARGUMENT invalid"
    )


async def test_what_cannot_be_asked_for_is_refused_by_reason(
    visit: Visit, shelf: Shelf
) -> None:
    film, here = await shelf.titles(2)
    await shelf.put(here)
    await ask(visit(ADA), film)

    async def refused(title: UUID, *seasons: int, by: Caller = ADA) -> str:
        asked = wire.CreateMediaRequestRequest(title_id=str(title), seasons=seasons)
        return await visit(by).refused("CreateMediaRequest", asked)

    assert await refused(uuid4()) == "NOT_FOUND title_missing"
    assert await refused(film) == "ALREADY_EXISTS already_requested"
    assert await refused(here) == "FAILED_PRECONDITION already_available"
    assert await refused(film, 1) == "INVALID_ARGUMENT seasons_invalid"
    assert await refused(film, -(2**31)) == "INVALID_ARGUMENT seasons_invalid"
    assert await refused(film, by=a_caller("Cy")) == (
        "PERMISSION_DENIED request_not_allowed"
    )


async def test_a_list_takes_only_what_it_knows(visit: Visit) -> None:
    ada = visit(ADA)

    async def refused(**fields: object) -> str:
        request = wire.ListMediaRequestsRequest(**fields)  # type: ignore[arg-type]
        return await ada.refused("ListMediaRequests", request)

    for size in (-1, 101, 2**31 - 1):
        assert await refused(page_size=size) == "INVALID_ARGUMENT invalid"
    for state in (-1, 7, 2**31 - 1):
        assert await refused(state=state) == "INVALID_ARGUMENT invalid"
    for user in ("a\0b", "x" * 101):
        assert await refused(requested_by=user) == "INVALID_ARGUMENT invalid"
    assert await refused(requested_by=BOB.user_id) == (
        "PERMISSION_DENIED request_view_needed"
    )
    forged = Pages(b"other" * 8).token("requests 0 ", ("2026-01-01", str(uuid4())))
    for token in ("x", "é", "A" * 10_000, forged):
        assert await refused(page_token=token) == (
            "INVALID_ARGUMENT page_token_invalid"
        )


async def test_a_token_is_good_for_the_filters_it_was_made_for(
    visit: Visit, shelf: Shelf
) -> None:
    ada = visit(ADA)
    asked = [await ask(ada, title) for title in await shelf.titles(3)]

    first = await listed(ada, wire.ListMediaRequestsRequest(page_size=2))
    token = first.next_page_token
    rest = await listed(
        ada, wire.ListMediaRequestsRequest(page_size=2, page_token=token)
    )

    assert [*first.requests, *rest.requests] == asked[::-1]
    assert rest.next_page_token == ""
    other = wire.ListMediaRequestsRequest(page_token=token, state=Pending)
    assert await ada.refused("ListMediaRequests", other) == (
        "INVALID_ARGUMENT page_token_invalid"
    )


@pytest.mark.parametrize("reason", ["x" * 501, "a\0b"])
async def test_a_reason_is_a_short_text(
    visit: Visit, shelf: Shelf, reason: str
) -> None:
    made = await ask(visit(ADA), await shelf.title())

    request = wire.DeclineMediaRequestRequest(request_id=made.id, reason=reason)

    assert await visit(OWNER).refused("DeclineMediaRequest", request) == (
        "INVALID_ARGUMENT invalid"
    )


async def test_any_reason_comes_back_as_it_was_given(
    visit: Visit, shelf: Shelf
) -> None:
    reason = "\u202eno 🎬 'quote' \\ % _ <script>" + "é" * 470
    made = await ask(visit(ADA), await shelf.title())

    declined = await visit(OWNER).call(
        "DeclineMediaRequest",
        wire.DeclineMediaRequestRequest(request_id=made.id, reason=reason),
    )

    assert declined.decline_reason == reason  # type: ignore[attr-defined]


async def test_the_same_key_sent_at_once_makes_one_request(
    visit: Visit, shelf: Shelf, database: Database
) -> None:
    asked = wire.CreateMediaRequestRequest(title_id=str(await shelf.title()))
    ada = visit(ADA)

    made = await asyncio.gather(
        *(ada.call("CreateMediaRequest", asked, key="once") for _ in range(20))
    )

    assert len({each.id for each in made}) == 1  # type: ignore[attr-defined]
    other = wire.CreateMediaRequestRequest(title_id=str(await shelf.title()))
    assert await ada.refused("CreateMediaRequest", other, key="once") == (
        "FAILED_PRECONDITION idempotency_key_reused"
    )
    assert await ada.refused("CreateMediaRequest", asked, key="k" * 256) == (
        "INVALID_ARGUMENT invalid"
    )


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(askers=st.lists(st.integers(0, 4), min_size=1, max_size=8), data=st.data())
async def test_nobody_sees_the_requests_of_others(
    visit: Visit, shelf: Shelf, askers: list[int], data: st.DataObject
) -> None:
    people = [a_caller(f"Friend {uuid4().hex}", REQUEST) for _ in range(5)]
    made = [
        await ask(visit(people[asker]), title)
        for asker, title in zip(askers, await shelf.titles(len(askers)), strict=True)
    ]
    who = people[data.draw(st.integers(0, 4))]
    state = data.draw(st.sampled_from(sorted(STATE_FROM_WIRE)))
    size = data.draw(st.integers(1, 100))
    me = visit(who)

    page = await listed(
        me,
        wire.ListMediaRequestsRequest(
            state=state,  # type: ignore[arg-type]
            page_size=size,
        ),
    )
    counts = await me.call("CountMediaRequests", wire.CountMediaRequestsRequest())

    own = [each for each in made if each.requested_by == who.user_id]
    assert {each.requested_by for each in page.requests} <= {who.user_id}
    assert counts.total == len(own)  # type: ignore[attr-defined]
    for each in made:
        get = wire.GetMediaRequestRequest(request_id=each.id)
        cancel = wire.CancelMediaRequestRequest(request_id=each.id)
        if each in own:
            assert await me.call("GetMediaRequest", get) == each
        else:
            assert await me.refused("GetMediaRequest", get) == (
                "NOT_FOUND request_missing"
            )
            assert await me.refused("CancelMediaRequest", cancel) == (
                "NOT_FOUND request_missing"
            )


async def test_presence_does_not_tell_who_else_waits(
    visit: Visit, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    adas = await ask(visit(ADA), matrix)
    await visit(OWNER).call(
        "DeclineMediaRequest", wire.DeclineMediaRequestRequest(request_id=adas.id)
    )
    bobs = await ask(visit(BOB), matrix)

    [seen] = (await listed(visit(ADA))).requests
    watched = (await listed(visit(WATCHER))).requests[1]

    assert seen.title.presence == titles_pb2.Presence(
        state=titles_pb2.Presence.REQUESTED
    )
    assert watched.title.presence == titles_pb2.Presence(
        state=titles_pb2.Presence.REQUESTED,
        request_id=bobs.id,
        requested_by=BOB.user_id,
        requested_by_name=BOB.name,
    )
