"""One thing, many who wait for it."""

import json
from uuid import UUID

import pytest

from kit.postgres import Database
from services.media.domain.requests.asking import Thing
from services.media.domain.requests.deciding import Decided
from services.media.domain.requests.episodes import Episode
from services.media.domain.requests.errors import AlreadyRequested, RequestMissing
from services.media.domain.requests.permissions import REQUEST, REQUEST_4K
from services.media.domain.requests.seeing import Filter
from services.media.domain.requests.states import State, Step
from services.media.domain.requests.wanted import Wanted
from services.media.store.requesters import PostgresRequesters
from tests.media.requests.house import ADA, BOB, NOON, OWNER, Desk, Shelf, a_caller

CY = a_caller("Cy", REQUEST, REQUEST_4K)


def of(title: UUID, **parts: object) -> Thing:
    return Thing(title, Wanted(**parts))  # type: ignore[arg-type]


async def test_what_is_covered_is_followed_and_the_rest_is_requested(
    desk: Desk, shelf: Shelf
) -> None:
    series = await shelf.title(kind="series")
    adas = await desk.ask(series, 1, 2, by=ADA)

    bobs = await desk.ask(series, 2, 3, by=BOB)

    assert (bobs.requested_by, bobs.seasons) == (BOB.user_id, [3])
    followed = await desk.seeing.page(Filter(is_followed=True), 20, None, by=BOB)
    assert [each.id for each in followed.requests] == [adas.id]
    assert followed.requests[0].followed_by_me


@pytest.mark.parametrize(
    ("waiting", "asked", "left"),
    [
        (Wanted(), Wanted(seasons=(1,)), None),
        (Wanted(), Wanted(future_only=True), None),
        (Wanted(seasons=(1,)), Wanted(), Wanted()),
        (Wanted(seasons=(1,)), Wanted(future_only=True), Wanted(future_only=True)),
        (Wanted(future_only=True), Wanted(future_only=True), None),
        (Wanted(seasons=(1,)), Wanted(episodes=(Episode(1, 4),)), None),
        (
            Wanted(episodes=(Episode(1, 4),)),
            Wanted(episodes=(Episode(1, 4), Episode(1, 5))),
            Wanted(episodes=(Episode(1, 5),)),
        ),
        (Wanted(episodes=(Episode(1, 4),)), Wanted(seasons=(1,)), Wanted(seasons=(1,))),
        (Wanted(), Wanted(is_4k=True), Wanted(is_4k=True)),
    ],
)
def test_what_nobody_waits_for_is_left(
    waiting: Wanted, asked: Wanted, left: Wanted | None
) -> None:
    assert asked.without(waiting) == left


async def test_4k_is_another_thing(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    await desk.ask(matrix, by=ADA)

    in_4k = await desk.want(of(matrix, is_4k=True), by=CY)

    assert (in_4k.requested_by, in_4k.is_4k) == (CY.user_id, True)


async def test_who_follows_sees_and_is_told(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    matrix = await shelf.title()
    asked = await desk.ask(matrix, by=ADA)
    await desk.ask(matrix, by=BOB)

    await desk.deciding.approve(asked.id, by=OWNER)
    await shelf.put(matrix)

    assert (await desk.seeing.find(asked.id, by=BOB)).state is State.AVAILABLE
    rooms = await database.fetch("SELECT type, rooms FROM outbox ORDER BY id")
    assert [each["type"] for each in rooms][1:] == [
        "request.followed",
        "request.approved",
        "request.available",
    ]
    for each in rooms[1:]:
        assert f"user:{BOB.user_id}" in each["rooms"]


async def test_who_ceases_to_follow_sees_it_no_more(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(matrix := await shelf.title(), by=ADA)
    await desk.ask(matrix, by=BOB)

    left = await desk.deciding.cancel(asked.id, by=BOB)

    assert (left.state, left.followers) == (State.PENDING, 0)
    with pytest.raises(RequestMissing):
        await desk.seeing.find(asked.id, by=BOB)


async def test_who_takes_theirs_back_leaves_it_to_the_first_who_follows(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(matrix := await shelf.title(), by=ADA)
    await desk.ask(matrix, by=BOB)
    await desk.ask(matrix, by=CY)

    await desk.deciding.cancel(asked.id, by=ADA)

    now = await desk.seeing.find(asked.id, by=BOB)
    assert (now.requested_by, now.state, now.followers) == (
        BOB.user_id,
        State.PENDING,
        1,
    )
    assert (await desk.seeing.counts(by=ADA))[State.PENDING] == 0
    told = await database.fetchrow(
        "SELECT type, rooms, data FROM outbox ORDER BY id DESC LIMIT 1"
    )
    assert told is not None
    assert told["type"] == "request.taken_over"
    assert {f"user:{each.user_id}" for each in (ADA, BOB, CY)} <= set(told["rooms"])
    assert json.loads(told["data"])["requestedBy"] == BOB.user_id
    steps = await desk.seeing.history(asked.id, 20, 0, by=OWNER)
    assert [(each.by, each.reason) for each in steps] == [
        (ADA.user_id, ""),
        (ADA.user_id, "handed over"),
    ]


async def test_one_who_is_gone_follows_nothing(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(matrix := await shelf.title(), by=ADA)
    await desk.ask(matrix, by=BOB)

    await PostgresRequesters(database).forget(BOB.user_id, 1, NOON)

    assert (await desk.seeing.find(asked.id, by=ADA)).followers == 0


async def test_the_key_of_who_follows_gives_what_they_follow(
    desk: Desk, shelf: Shelf
) -> None:
    asked = await desk.ask(matrix := await shelf.title(), by=ADA)

    first = await desk.ask(matrix, by=BOB, key="once")
    again = await desk.ask(matrix, by=BOB, key="once")

    assert (first.id, again.id, again.followers) == (asked.id, asked.id, 1)


async def test_words_are_fulfilled_by_hand(desk: Desk) -> None:
    thing = Thing(None, words="the concert of 1998")
    asked = await desk.want(thing, by=ADA)
    with pytest.raises(AlreadyRequested):
        await desk.want(thing, by=ADA)

    await desk.deciding.approve(asked.id, by=OWNER)
    done = await desk.deciding.complete(asked.id, by=OWNER)

    assert (done.title, done.words, done.state) == (
        None,
        "the concert of 1998",
        State.AVAILABLE,
    )


async def test_many_are_decided_at_once_each_by_itself(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = [await desk.ask(title) for title in await shelf.titles(3)]
    await desk.deciding.cancel(asked[2].id, by=ADA)
    from_nowhere = UUID(int=7)

    decided = await desk.deciding.decide_all(
        [
            (Step.APPROVE, asked[0].id, "", 0),
            (Step.DECLINE, asked[1].id, "No", 0),
            (Step.APPROVE, asked[2].id, "", 0),
            (Step.APPROVE, from_nowhere, "", 0),
        ],
        by=OWNER,
    )

    assert list(decided) == [
        Decided(asked[0].id, State.APPROVED, 2),
        Decided(asked[1].id, State.DECLINED, 2),
        Decided(asked[2].id, State.CANCELED, 2, "request_not_pending"),
        Decided(from_nowhere, reason="request_missing"),
    ]
    told = await database.fetch("SELECT type FROM outbox ORDER BY id DESC LIMIT 2")
    assert {each["type"] for each in told} == {"request.approved", "request.declined"}
