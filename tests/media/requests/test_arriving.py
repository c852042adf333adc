"""From "somebody asked" to "it is there", whatever comes first."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from kit.postgres import Database
from services.media.domain.requests.asking import Thing
from services.media.domain.requests.episodes import Episode
from services.media.domain.requests.errors import AlreadyAvailable
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.seeing import SeasonThere
from services.media.domain.requests.states import State
from services.media.domain.requests.wanted import Wanted
from services.media.store.arrivals import arrive
from tests.media.requests.house import ADA, BOB, NOON, OWNER, Desk, Shelf, insist


async def state_of(desk: Desk, request: MediaRequest) -> State:
    return (await desk.seeing.find(request.id, by=OWNER)).state


async def test_a_pending_and_an_approved_request_arrive(
    desk: Desk, shelf: Shelf
) -> None:
    one, other = await shelf.titles(2)
    pending = await desk.ask(one)
    approved = await desk.ask(other)
    await desk.deciding.approve(approved.id, by=OWNER)

    assert (await shelf.put(one), await shelf.put(other)) == (1, 1)

    assert await state_of(desk, pending) is State.AVAILABLE
    assert await state_of(desk, approved) is State.AVAILABLE


async def test_what_was_declined_does_not_arrive(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    asked = await desk.ask(matrix)
    await desk.deciding.decline(asked.id, "", by=OWNER)

    assert await shelf.put(matrix) == 0

    assert await state_of(desk, asked) is State.DECLINED


async def test_a_broken_file_fulfills_nothing(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    asked = await desk.ask(matrix)

    assert await shelf.put(matrix, state="EMPTY") == 0

    assert await state_of(desk, asked) is State.PENDING


async def test_any_episode_fulfills_a_whole_series(desk: Desk, shelf: Shelf) -> None:
    series = await shelf.title(kind="series")
    await desk.ask(series)

    assert await shelf.put(series, season=3, episode=2) == 1


async def test_named_seasons_arrive_when_there_is_something_of_each(
    desk: Desk, shelf: Shelf
) -> None:
    series = await shelf.title(kind="series")
    await desk.ask(series, 1, 3)

    assert await shelf.put(series, season=1, episode=1) == 0
    assert await shelf.put(series, season=2, episode=1) == 0
    assert await shelf.put(series, season=3, episode=1, state="CORRUPT") == 0
    assert await shelf.put(series, season=3, episode=2) == 1


async def test_a_file_that_is_no_episode_is_no_special(
    desk: Desk, shelf: Shelf
) -> None:
    series = await shelf.title(kind="series")
    await desk.ask(series, 0)

    assert await shelf.put(series) == 0
    assert await shelf.put(series, season=0, episode=1) == 1


async def test_an_arrival_that_is_undone_was_none(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    matrix = await shelf.title()
    await shelf.put(matrix, state="CORRUPT")
    asked = await desk.ask(matrix)

    with suppress(ZeroDivisionError):
        async with database.transaction() as conn:
            await conn.execute("UPDATE items SET state = 'OK'")
            assert await arrive(conn, [matrix], NOON) == 1
            raise ZeroDivisionError

    assert await state_of(desk, asked) is State.PENDING
    assert (await desk.seeing.counts(by=ADA))[State.AVAILABLE] == 0


async def test_nothing_arrives_with_nothing(database: Database) -> None:
    async with database.transaction() as conn:
        assert await arrive(conn, [], NOON) == 0


@pytest.mark.parametrize("round_number", range(5))
async def test_what_is_asked_for_while_it_arrives_is_never_left_waiting(
    desk: Desk, shelf: Shelf, round_number: int
) -> None:
    titles = await shelf.titles(12)

    outcomes = await asyncio.gather(
        *(insist(partial(desk.ask, title, by=BOB)) for title in titles),
        *(insist(partial(shelf.put, title)) for title in titles),
        return_exceptions=True,
    )

    for outcome in outcomes[: len(titles)]:
        if isinstance(outcome, MediaRequest):
            assert await state_of(desk, outcome) is State.AVAILABLE
        else:
            assert isinstance(outcome, AlreadyAvailable)


async def test_arriving_and_deciding_at_once_end_in_one_story(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    titles = await shelf.titles(20)
    asked = [await desk.ask(title) for title in titles]

    await asyncio.gather(
        *(desk.deciding.approve(each.id, by=OWNER) for each in asked),
        *(insist(partial(shelf.put, title)) for title in titles),
        *(desk.deciding.cancel(each.id, by=ADA) for each in asked),
        return_exceptions=True,
    )

    broken = await database.fetchval(
        """
        SELECT count(later.id)
          FROM request_history AS later
         WHERE later.from_state <> coalesce(
                (SELECT earlier.to_state
                   FROM request_history AS earlier
                  WHERE earlier.request_id = later.request_id
                    AND earlier.id < later.id
                  ORDER BY earlier.id DESC
                  LIMIT 1), '')
        """
    )
    assert broken == 0
    counts = await desk.seeing.counts(by=ADA)
    assert sum(counts.values()) == 20
    assert counts[State.PENDING] + counts[State.APPROVED] == 0


async def test_what_was_asked_for_in_4k_arrives_in_4k(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    await shelf.put(matrix, width=1920)

    asked = await desk.want(Thing(matrix, Wanted(is_4k=True)), by=OWNER)

    assert await shelf.put(matrix, width=1920) == 0
    assert await shelf.put(matrix, width=3840) == 1
    assert await state_of(desk, asked) is State.AVAILABLE


async def test_single_episodes_arrive_when_each_is_there(
    desk: Desk, shelf: Shelf
) -> None:
    series = await shelf.title(kind="series")
    wanted = Wanted(seasons=(1,), episodes=(Episode(2, 3), Episode(2, 4)))
    asked = await desk.want(Thing(series, wanted))

    assert await shelf.put(series, season=1, episode=1) == 0
    assert await shelf.put(series, season=2, episode=3) == 0
    assert await desk.seeing.seasons_there(asked) == [
        SeasonThere(1, 1, 0, True),
        SeasonThere(2, 1, 0, False),
    ]
    assert await shelf.put(series, season=2, episode=4) == 1


async def test_future_episodes_arrive_with_the_first_that_is_new(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    series = await shelf.title(kind="series")
    await shelf.put(series, season=1, episode=2, added_at=NOON - timedelta(days=9))
    await desk.want(Thing(series, Wanted(future_only=True)))
    later = NOON + timedelta(days=7)
    await database.execute(
        "INSERT INTO release_watches (title_id, due_at) VALUES ($1, $2)", series, NOON
    )
    await database.execute(
        """
        INSERT INTO releases (title_id, kind, season, episode, day, name, changed_at)
        VALUES ($1, 'episode', 1, 3, $2::date, '', $3)
        """,
        series,
        NOON.date() - timedelta(days=30),
        NOON,
    )

    assert await shelf.put(series, season=1, episode=1, added_at=later) == 0
    assert await shelf.put(series, season=1, episode=3, added_at=later) == 0
    assert await shelf.put(series, season=1, episode=4, added_at=later) == 1
