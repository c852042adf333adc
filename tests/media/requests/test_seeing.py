"""Looking at requests: one's own, in order, page by page."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.media.domain.requests.errors import RequestMissing, RequestViewNeeded
from services.media.domain.requests.seeing import Filter, Place
from services.media.domain.requests.states import State
from tests.media.requests.house import (
    ADA,
    BOB,
    EVERYTHING,
    MANAGER,
    OWNER,
    WATCHER,
    Desk,
    Shelf,
)


async def test_ones_own_are_seen_and_no_others(desk: Desk, shelf: Shelf) -> None:
    one, other = await shelf.titles(2)
    adas = await desk.ask(one, by=ADA)
    bobs = await desk.ask(other, by=BOB)

    assert [each.id for each in await desk.seen_by(ADA)] == [adas.id]
    with pytest.raises(RequestMissing):
        await desk.seeing.find(bobs.id, by=ADA)
    assert (await desk.seeing.counts(by=ADA))[State.PENDING] == 1


async def test_those_who_may_see_everybodys(desk: Desk, shelf: Shelf) -> None:
    one, other = await shelf.titles(2)
    adas = await desk.ask(one, by=ADA)
    bobs = await desk.ask(other, by=BOB)

    for caller in (OWNER, MANAGER, WATCHER):
        assert [each.id for each in await desk.seen_by(caller)] == [bobs.id, adas.id]
        assert (await desk.seeing.find(adas.id, by=caller)).id == adas.id
        assert (await desk.seeing.counts(by=caller))[State.PENDING] == 2


async def test_asking_for_anothers_needs_the_permission(
    desk: Desk, shelf: Shelf
) -> None:
    adas = await desk.ask(await shelf.title(), by=ADA)
    of_ada = Filter(None, ADA.user_id)

    with pytest.raises(RequestViewNeeded):
        await desk.seeing.page(of_ada, 20, None, by=BOB)
    for caller in (ADA, OWNER):
        page = await desk.seeing.page(of_ada, 20, None, by=caller)
        assert [each.id for each in page.requests] == [adas.id]


async def test_filters_narrow_the_list(desk: Desk, shelf: Shelf) -> None:
    titles = await shelf.titles(4)
    adas = [await desk.ask(title, by=ADA) for title in titles[:2]]
    bobs = [await desk.ask(title, by=BOB) for title in titles[2:]]
    for request in (adas[0], bobs[0]):
        await desk.deciding.approve(request.id, by=OWNER)

    async def found(state: State | None, by: str | None) -> list[UUID]:
        page = await desk.seeing.page(Filter(state, by), 20, None, by=OWNER)
        return [each.id for each in page.requests]

    assert await found(State.APPROVED, None) == [bobs[0].id, adas[0].id]
    assert await found(State.PENDING, BOB.user_id) == [bobs[1].id]
    assert await found(None, ADA.user_id) == [adas[1].id, adas[0].id]
    assert await found(State.DECLINED, None) == []
    assert await found(None, "nobody") == []


@pytest.mark.parametrize("size", [1, 3, 10, 20, 99, 100])
async def test_pages_give_each_request_once_and_in_order(
    desk: Desk, shelf: Shelf, size: int
) -> None:
    asked = [(await desk.ask(title)).id for title in await shelf.titles(25)]

    seen: list[UUID] = []
    after: Place | None = None
    while True:
        page = await desk.seeing.page(EVERYTHING, size, after, by=ADA)
        seen += [each.id for each in page.requests]
        if page.last is None:
            break
        assert len(page.requests) == size
        after = page.last

    assert seen == asked[::-1]


async def test_a_page_stays_where_it_was_when_others_ask(
    desk: Desk, shelf: Shelf
) -> None:
    titles = await shelf.titles(5)
    asked = [(await desk.ask(title)).id for title in titles[:4]]
    first = await desk.seeing.page(EVERYTHING, 2, None, by=ADA)

    await desk.ask(titles[4])
    second = await desk.seeing.page(EVERYTHING, 2, first.last, by=ADA)

    assert [each.id for each in second.requests] == asked[1::-1]


async def test_a_declined_request_shows_what_became_of_the_title(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    declined = await desk.ask(matrix, by=ADA)
    await desk.deciding.decline(declined.id, "", by=OWNER)
    assert (await desk.seeing.find(declined.id, by=ADA)).title.facts.request_id is None

    waiting = await desk.ask(matrix, by=BOB)
    seen = (await desk.seeing.find(declined.id, by=ADA)).title.facts
    assert (seen.request_id, seen.requested_by) == (waiting.id, BOB.user_id)

    await shelf.put(matrix)
    assert (await desk.seeing.find(declined.id, by=ADA)).title.facts.on_shelf


async def test_nothing_is_there_at_first(desk: Desk) -> None:
    assert await desk.seen_by(OWNER) == []
    assert await desk.seeing.counts(by=OWNER) == dict.fromkeys(State, 0)
    with pytest.raises(RequestMissing):
        await desk.seeing.find(uuid4(), by=OWNER)


async def test_a_place_in_the_far_past_has_nothing_behind_it(
    desk: Desk, shelf: Shelf
) -> None:
    await desk.ask(await shelf.title())
    long_ago = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))

    page = await desk.seeing.page(EVERYTHING, 20, long_ago, by=ADA)

    assert page.requests == []
