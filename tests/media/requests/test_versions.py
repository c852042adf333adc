"""Of two who decide on one request, the second learns that it is decided."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from kit.errors import VersionChanged
from medianest.media.v1 import requests_pb2 as wire
from services.media.domain.requests.errors import NotYours, RequestMissing
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import State
from tests.media.requests.conftest import Visit
from tests.media.requests.house import ADA, BOB, MANAGER, OWNER, Desk, Shelf

Approve, Decline = wire.ApproveMediaRequestRequest, wire.DeclineMediaRequestRequest
Cancel = wire.CancelMediaRequestRequest


async def test_each_decision_is_one_version_more(desk: Desk, shelf: Shelf) -> None:
    asked = [await desk.ask(title) for title in await shelf.titles(3)]

    decided = [
        await desk.deciding.approve(asked[0].id, by=MANAGER),
        await desk.deciding.decline(asked[1].id, "No", by=OWNER),
        await desk.deciding.cancel(asked[2].id, by=ADA),
    ]

    assert [each.version for each in asked] == [1, 1, 1]
    assert [each.version for each in decided] == [2, 2, 2]
    seen = {each.id: each.version for each in await desk.seen_by(ADA)}
    assert set(seen.values()) == {2}


async def test_what_comes_to_the_shelf_is_no_decision(desk: Desk, shelf: Shelf) -> None:
    matrix = await shelf.title()
    asked = await desk.ask(matrix)

    await shelf.put(matrix)

    seen = await desk.seeing.find(asked.id, by=ADA)
    assert (seen.state, seen.version) == (State.AVAILABLE, 1)


async def test_asking_again_shows_the_version_that_there_is(
    desk: Desk, shelf: Shelf
) -> None:
    matrix = await shelf.title()
    asked = await desk.ask(matrix, key="key-1")
    await desk.deciding.approve(asked.id, by=OWNER)

    again = await desk.ask(matrix, key="key-1")

    assert (again.id, again.version) == (asked.id, 2)


async def test_of_many_who_decide_on_what_they_saw_one_does(
    desk: Desk, shelf: Shelf
) -> None:
    asked = await desk.ask(await shelf.title())

    outcomes = await asyncio.gather(
        *(desk.deciding.approve(asked.id, by=OWNER, if_version=1) for _ in range(4)),
        *(
            desk.deciding.decline(asked.id, "No", by=MANAGER, if_version=1)
            for _ in range(4)
        ),
        *(desk.deciding.cancel(asked.id, by=ADA, if_version=1) for _ in range(4)),
        return_exceptions=True,
    )

    told = Counter(type(outcome) for outcome in outcomes)
    assert told == {MediaRequest: 1, VersionChanged: 11}
    assert (await desk.seeing.find(asked.id, by=ADA)).version == 2


async def test_another_version_is_not_decided_on(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title())

    for version in (-1, 2, 2**31 - 1):
        with pytest.raises(VersionChanged):
            await desk.deciding.approve(asked.id, by=OWNER, if_version=version)
        with pytest.raises(VersionChanged):
            await desk.deciding.cancel(asked.id, by=ADA, if_version=version)
    assert await desk.seeing.find(asked.id, by=ADA) == asked


async def test_who_may_not_see_or_decide_learns_no_version(
    desk: Desk, shelf: Shelf
) -> None:
    asked = await desk.ask(await shelf.title(), by=ADA)

    for version in (1, 9):
        with pytest.raises(RequestMissing):
            await desk.deciding.cancel(asked.id, by=BOB, if_version=version)
        with pytest.raises(NotYours):
            await desk.deciding.cancel(asked.id, by=OWNER, if_version=version)
        with pytest.raises(RequestMissing):
            await desk.deciding.approve(uuid4(), by=OWNER, if_version=version)


async def test_the_door_decides_on_the_version_that_was_seen(
    visit: Visit, desk: Desk, shelf: Shelf
) -> None:
    first, second, third = [
        str((await desk.ask(title)).id) for title in await shelf.titles(3)
    ]
    ada, owner = visit(ADA), visit(OWNER)

    refused = [
        await owner.refused(
            "ApproveMediaRequest", Approve(request_id=first, if_version=2)
        ),
        await owner.refused(
            "DeclineMediaRequest", Decline(request_id=second, if_version=2)
        ),
        await ada.refused("CancelMediaRequest", Cancel(request_id=third, if_version=2)),
    ]
    done = [
        await owner.call(
            "ApproveMediaRequest", Approve(request_id=first, if_version=1)
        ),
        await owner.call(
            "DeclineMediaRequest", Decline(request_id=second, if_version=1)
        ),
        await ada.call("CancelMediaRequest", Cancel(request_id=third, if_version=1)),
    ]

    assert refused == ["ABORTED version_changed"] * 3
    assert [each.version for each in done if isinstance(each, wire.MediaRequest)] == [
        *(2, 2, 2)
    ]
