"""Saying yes or no, taking back: once, and told."""

import asyncio
import json
from collections import Counter
from uuid import uuid4

import pytest

from kit.postgres import Database
from services.media.domain.requests.errors import (
    NotYours,
    RequestMissing,
    RequestNotPending,
)
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import State
from tests.media.requests.house import ADA, BOB, MANAGER, OWNER, WATCHER, Desk, Shelf


async def test_an_approved_request_names_who_approved_it(
    desk: Desk, shelf: Shelf
) -> None:
    asked = await desk.ask(await shelf.title())

    approved = await desk.deciding.approve(asked.id, by=MANAGER)

    assert approved.state is State.APPROVED
    assert approved.decided_by == MANAGER.user_id
    assert approved.updated_at > asked.updated_at


async def test_a_declined_request_says_why(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title())

    await desk.deciding.decline(asked.id, "Too long", by=OWNER)

    seen = await desk.seeing.find(asked.id, by=ADA)
    assert (seen.state, seen.decline_reason) == (State.DECLINED, "Too long")


async def test_one_takes_back_ones_own(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title(), by=ADA)

    canceled = await desk.deciding.cancel(asked.id, by=ADA)

    assert (canceled.state, canceled.decided_by) == (State.CANCELED, "")


async def test_nobody_takes_back_anothers(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title(), by=ADA)

    with pytest.raises(RequestMissing):
        await desk.deciding.cancel(asked.id, by=BOB)
    for caller in (OWNER, MANAGER, WATCHER):
        with pytest.raises(NotYours):
            await desk.deciding.cancel(asked.id, by=caller)
    assert (await desk.seeing.find(asked.id, by=ADA)).state is State.PENDING


async def test_what_is_not_there_cannot_be_decided(desk: Desk) -> None:
    for decide in (desk.deciding.approve, desk.deciding.cancel):
        with pytest.raises(RequestMissing):
            await decide(uuid4(), by=OWNER)


async def test_what_is_decided_stays_decided(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title())
    await desk.deciding.decline(asked.id, "", by=OWNER)

    with pytest.raises(RequestNotPending, match="declined"):
        await desk.deciding.approve(asked.id, by=OWNER)
    with pytest.raises(RequestNotPending):
        await desk.deciding.cancel(asked.id, by=ADA)


async def test_of_many_who_decide_at_once_one_wins_and_the_others_are_told(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(await shelf.title())

    outcomes = await asyncio.gather(
        *(desk.deciding.approve(asked.id, by=OWNER) for _ in range(10)),
        *(desk.deciding.decline(asked.id, "No", by=MANAGER) for _ in range(10)),
        *(desk.deciding.cancel(asked.id, by=ADA) for _ in range(10)),
        return_exceptions=True,
    )

    told = Counter(type(outcome) for outcome in outcomes)
    assert told == {MediaRequest: 1, RequestNotPending: 29}
    [won] = [each for each in outcomes if isinstance(each, MediaRequest)]
    assert (await desk.seeing.find(asked.id, by=ADA)).state is won.state
    assert await database.fetchval("SELECT count(id) FROM request_history") == 2
    assert await database.fetchval("SELECT count(id) FROM outbox") == 2


async def test_each_step_is_remembered_and_told(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    matrix = await shelf.title("The Matrix")
    asked = await desk.ask(matrix, by=ADA)
    await desk.deciding.approve(asked.id, by=OWNER)
    await shelf.put(matrix)

    steps = await database.fetch(
        "SELECT from_state, to_state, by_whom FROM request_history ORDER BY id"
    )
    told = await database.fetch(
        "SELECT type, key, rooms, tags, data FROM outbox ORDER BY id"
    )

    assert [tuple(step) for step in steps] == [
        ("", "PENDING", ADA.user_id),
        ("PENDING", "APPROVED", OWNER.user_id),
        ("APPROVED", "AVAILABLE", ""),
    ]
    assert [each["type"] for each in told] == [
        "request.created",
        "request.approved",
        "request.available",
    ]
    assert {tuple(each["rooms"]) for each in told} == {
        ("requests", f"user:{ADA.user_id}")
    }
    assert json.loads(told[1]["data"]) == {
        "requestId": str(asked.id),
        "titleId": str(matrix),
        "titleName": "The Matrix",
        "state": "APPROVED",
        "requestedBy": ADA.user_id,
        "is4k": False,
        "seasons": [],
        "reason": "",
    }
