"""Asking for a title: who may, for what, and once."""

import asyncio
from collections import Counter
from functools import partial
from uuid import uuid4

import pytest

from kit.errors import Failure
from kit.idempotency import KeyReused
from kit.postgres import Database
from medianest.api.v1 import permissions_pb2
from services.media.domain.requests import permissions
from services.media.domain.requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
    RequestNotAllowed,
    SeasonsInvalid,
)
from services.media.domain.requests.permissions import (
    AUTO_APPROVE,
    AUTO_APPROVE_MOVIE,
    AUTO_APPROVE_TV,
    REQUEST,
    REQUEST_MOVIE,
    REQUEST_TV,
    REQUEST_VIEW,
)
from services.media.domain.requests.states import State
from services.media.domain.titles import TitleMissing
from tests.media.requests.house import (
    ADA,
    BOB,
    MANAGER,
    OWNER,
    Desk,
    Shelf,
    a_caller,
    insist,
)


async def test_a_request_shows_the_title_and_who_asked(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title("The Matrix")

    request = await desk.ask(matrix, by=ADA)

    assert request.state is State.PENDING
    assert (request.requested_by, request.requested_by_name) == (ADA.user_id, "Ada")
    assert (request.title.id, request.title.name) == (matrix, "The Matrix")
    assert request.title.facts.request_id == request.id
    assert request.decided_by == ""


@pytest.mark.parametrize(
    ("permission", "kind", "allowed"),
    [
        (REQUEST, "movie", True),
        (REQUEST, "series", True),
        (REQUEST_MOVIE, "movie", True),
        (REQUEST_MOVIE, "series", False),
        (REQUEST_TV, "series", True),
        (REQUEST_TV, "movie", False),
        (REQUEST_VIEW, "movie", False),
        (AUTO_APPROVE, "movie", False),
    ],
)
async def test_one_asks_for_what_one_may(
    desk: Desk, shelf: Shelf, permission: int, kind: str, allowed: bool
) -> None:
    title = await shelf.title(kind=kind)
    caller = a_caller("Cy", permission)

    if allowed:
        assert (await desk.ask(title, by=caller)).state is State.PENDING
    else:
        with pytest.raises(RequestNotAllowed):
            await desk.ask(title, by=caller)


@pytest.mark.parametrize(
    ("permission", "kind", "state"),
    [
        (AUTO_APPROVE, "movie", State.APPROVED),
        (AUTO_APPROVE, "series", State.APPROVED),
        (AUTO_APPROVE_MOVIE, "movie", State.APPROVED),
        (AUTO_APPROVE_MOVIE, "series", State.PENDING),
        (AUTO_APPROVE_TV, "series", State.APPROVED),
        (AUTO_APPROVE_TV, "movie", State.PENDING),
    ],
)
async def test_some_need_no_approval(
    desk: Desk, shelf: Shelf, permission: int, kind: str, state: State
) -> None:
    caller = a_caller("Cy", REQUEST, permission)

    request = await desk.ask(await shelf.title(kind=kind), by=caller)

    assert request.state is state
    assert request.decided_by == ""


async def test_the_owner_and_managers_need_no_approval(
    desk: Desk, shelf: Shelf
) -> None:
    manager = a_caller("Mo", REQUEST, permissions.MANAGE_REQUESTS)

    one = await desk.ask(await shelf.title(), by=OWNER)
    other = await desk.ask(await shelf.title(), by=manager)

    assert (one.state, other.state) == (State.APPROVED, State.APPROVED)


async def test_who_may_only_manage_may_not_ask(desk: Desk, shelf: Shelf) -> None:
    with pytest.raises(RequestNotAllowed):
        await desk.ask(await shelf.title(), by=MANAGER)


async def test_there_must_be_such_a_title(desk: Desk) -> None:
    with pytest.raises(TitleMissing):
        await desk.ask(uuid4())


async def test_nobody_asks_twice_for_what_they_wait_for(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    adas = await desk.ask(matrix, by=ADA)

    bobs = await desk.ask(matrix, by=BOB)

    assert (bobs.id, bobs.requested_by) == (adas.id, ADA.user_id)
    assert (bobs.followed_by_me, bobs.followers) == (True, 1)
    for caller in (ADA, BOB):
        with pytest.raises(AlreadyRequested):
            await desk.ask(matrix, by=caller)


async def test_what_was_declined_may_be_asked_for_again(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    first = await desk.ask(matrix)
    await desk.deciding.decline(first.id, "Not now", by=OWNER)

    second = await desk.ask(matrix)

    assert second.id != first.id
    assert [each.id for each in await desk.seen_by(ADA)] == [second.id, first.id]


async def test_nobody_asks_for_what_is_on_the_shelf(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    await shelf.put(matrix)

    with pytest.raises(AlreadyAvailable):
        await desk.ask(matrix)


async def test_a_broken_file_is_not_on_the_shelf(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    await shelf.put(matrix, state="CORRUPT")

    assert (await desk.ask(matrix)).state is State.PENDING


async def test_a_season_that_is_missing_may_be_asked_for(
    desk: Desk, shelf: Shelf
) -> None:
    series = await shelf.title(kind="series")
    await shelf.put(series, season=1, episode=1)

    with pytest.raises(AlreadyAvailable):
        await desk.ask(series)
    with pytest.raises(AlreadyAvailable):
        await desk.ask(series, 1)
    assert (await desk.ask(series, 2, 1)).seasons == [1, 2]


@pytest.mark.parametrize(
    "seasons", [(-1,), (10_001,), (1, 1), tuple(range(201)), (2**31 - 1,)]
)
async def test_seasons_are_few_different_numbers(
    desk: Desk, shelf: Shelf, seasons: tuple[int, ...]
) -> None:
    with pytest.raises(SeasonsInvalid) as refusal:
        await desk.ask(await shelf.title(kind="series"), *seasons)
    assert refusal.value.field == "seasons"


async def test_two_hundred_seasons_are_taken(desk: Desk, shelf: Shelf) -> None:
    request = await desk.ask(await shelf.title(kind="series"), *range(199, -1, -1))

    assert request.seasons == list(range(200))


async def test_a_film_has_no_seasons(desk: Desk, shelf: Shelf) -> None:
    with pytest.raises(SeasonsInvalid):
        await desk.ask(await shelf.title(kind="movie"), 1)


async def test_of_fifty_who_ask_at_once_one_gets_it_and_the_others_follow(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    matrix = await shelf.title()
    crowd = [a_caller(f"Friend {number}", REQUEST) for number in range(50)]

    outcomes = await asyncio.gather(
        *(insist(partial(desk.ask, matrix, by=each)) for each in crowd)
    )

    told = Counter(each.followed_by_me for each in outcomes)
    assert told == {False: 1, True: 49}
    assert await database.fetchval("SELECT count(id) FROM requests") == 1
    assert await database.fetchval("SELECT followers FROM requests") == 49
    assert await database.fetchval("SELECT count(id) FROM outbox") == 50


async def test_fifty_titles_asked_for_at_once_by_one_are_fifty_requests(
    desk: Desk, shelf: Shelf
) -> None:
    titles = await shelf.titles(50)

    await asyncio.gather(*(insist(partial(desk.ask, title)) for title in titles))

    counts = await desk.seeing.counts(by=ADA)
    assert counts[State.PENDING] == 50


async def test_a_create_sent_twenty_times_at_once_is_one_request(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    matrix = await shelf.title()

    made = await asyncio.gather(*(desk.ask(matrix, key="once") for _ in range(20)))

    assert len({request.id for request in made}) == 1
    assert await database.fetchval("SELECT count(id) FROM outbox") == 1


async def test_a_repeated_create_gives_the_request_as_it_is_now(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    first = await desk.ask(matrix, key="once")
    await desk.deciding.approve(first.id, by=OWNER)

    again = await desk.ask(matrix, key="once")

    assert (again.id, again.state) == (first.id, State.APPROVED)


async def test_a_key_is_for_one_thing(desk: Desk, shelf: Shelf) -> None:
    await desk.ask(await shelf.title(), key="once")

    with pytest.raises(KeyReused):
        await desk.ask(await shelf.title(), key="once")


async def test_two_people_may_use_the_same_key(desk: Desk, shelf: Shelf) -> None:
    one = await desk.ask(await shelf.title(), key="once", by=ADA)
    other = await desk.ask(await shelf.title(), key="once", by=BOB)

    assert one.id != other.id


async def test_a_create_that_was_refused_may_be_sent_again(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    blocking = await desk.ask(matrix)
    with pytest.raises(AlreadyRequested):
        await desk.ask(matrix, key="once")
    await desk.deciding.cancel(blocking.id, by=ADA)

    assert (await desk.ask(matrix, key="once")).requested_by == ADA.user_id


async def test_a_name_that_changed_is_the_new_one(desk: Desk, shelf: Shelf) -> None:
    await desk.ask(await shelf.title(), by=a_caller("Ada", REQUEST))
    renamed = a_caller("Ada", REQUEST)
    object.__setattr__(renamed, "name", "Countess")

    await desk.ask(await shelf.title(), by=renamed)

    assert {each.requested_by_name for each in await desk.seen_by(ADA)} == {"Countess"}


async def test_what_is_refused_leaves_nothing(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    here = await shelf.title()
    await shelf.put(here)

    with pytest.raises(Failure):
        await desk.ask(here, key="once")

    for count in (
        "SELECT count(user_id) FROM requesters",
        "SELECT count(id) FROM request_history",
        "SELECT count(id) FROM outbox",
        "SELECT count(key) FROM idempotency_keys",
    ):
        assert await database.fetchval(count) == 0


def test_the_numbers_of_permissions_are_those_of_the_contract() -> None:
    ours = {
        name: number for name, number in vars(permissions).items() if name.isupper()
    }
    numbers = {name: each for name, each in ours.items() if isinstance(each, int)}

    assert len(numbers) == 16
    for name, number in numbers.items():
        assert permissions_pb2.Permission.Value(name) == number
