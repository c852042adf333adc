"""Changing what is asked for, and asking again for what was closed."""

import pytest

from kit.errors import VersionChanged
from kit.postgres import Database
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.editing import Change
from services.media.domain.requests.errors import (
    AlreadyAvailable,
    AlreadyRequested,
    ChoicesNotAllowed,
    NotYours,
    QuotaUsedUp,
    RequestMissing,
    RequestNotAllowed,
    RequestNotClosed,
    RequestNotFailed,
    RequestNotPending,
    SeasonsInvalid,
)
from services.media.domain.requests.limits import Limits, Quota
from services.media.domain.requests.states import State
from services.media.store.failing import fail
from services.media.store.request_limits import PostgresLimits
from tests.media.requests.house import (
    ADA,
    BOB,
    MANAGER,
    NOON,
    OWNER,
    WATCHER,
    Desk,
    Shelf,
)


async def test_a_pending_request_asks_for_something_else(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(await shelf.title(kind="series"), 1)

    edited = await desk.editing.edit(asked.id, Change({"seasons": (2, 3)}), by=ADA)
    chosen = await desk.editing.edit(
        asked.id, Change(choices=Choices(profile_id=6, tags=("x",))), by=MANAGER
    )

    assert (edited.seasons, edited.version) == ([2, 3], 2)
    assert chosen.choices == Choices(profile_id=6, tags=("x",))
    assert chosen.seasons == [2, 3]
    steps = await desk.seeing.history(asked.id, 20, 0, by=ADA)
    assert [(each.by, each.reason) for each in steps] == [
        (ADA.user_id, ""),
        (ADA.user_id, "edited: seasons"),
        (MANAGER.user_id, "edited: choices"),
    ]
    types = await database.fetch("SELECT type FROM outbox ORDER BY id")
    assert [each["type"] for each in types][1:] == ["request.edited"] * 2


async def test_only_who_asked_and_managers_edit(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title(kind="series"), 1)
    change = Change({"seasons": (2,)})

    with pytest.raises(RequestMissing):
        await desk.editing.edit(asked.id, change, by=BOB)
    with pytest.raises(NotYours):
        await desk.editing.edit(asked.id, change, by=WATCHER)
    with pytest.raises(ChoicesNotAllowed):
        await desk.editing.edit(asked.id, Change(choices=Choices(4)), by=ADA)  # type: ignore[arg-type]
    with pytest.raises(RequestNotAllowed):
        await desk.editing.edit(asked.id, Change({"is_4k": True}), by=ADA)
    with pytest.raises(VersionChanged):
        await desk.editing.edit(asked.id, change, by=ADA, if_version=9)


async def test_an_edit_ends_in_nothing_that_may_not_be_asked_for(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    series = await shelf.title(kind="series")
    asked = await desk.ask(series, 1)
    await desk.ask(series, 2, by=BOB)
    await shelf.put(series, season=4, episode=1)
    await PostgresLimits(database).set("default", Limits(seasons=Quota(2)), 0, NOON)

    async def edit(*seasons: int) -> None:
        await desk.editing.edit(asked.id, Change({"seasons": seasons}), by=ADA)

    with pytest.raises(AlreadyRequested):
        await edit(1, 2)
    with pytest.raises(AlreadyAvailable):
        await edit(4)
    with pytest.raises(QuotaUsedUp):
        await edit(1, 3, 5)
    with pytest.raises(SeasonsInvalid):
        await edit(-1)
    await edit(1, 3)
    await desk.deciding.approve(asked.id, by=OWNER)
    with pytest.raises(RequestNotPending):
        await edit(1)


async def test_what_was_closed_is_opened_again(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title())
    with pytest.raises(RequestNotClosed):
        await desk.deciding.reopen(asked.id, by=OWNER)
    await desk.deciding.decline(asked.id, "No", by=OWNER)

    again = await desk.deciding.reopen(asked.id, by=OWNER)

    assert (again.state, again.decline_reason, again.decided_by) == (
        State.PENDING,
        "",
        "",
    )


async def test_what_somebody_waits_for_or_has_is_not_opened_again(
    desk: Desk, shelf: Shelf
) -> None:
    one, two = await shelf.titles(2)
    asked = [await desk.ask(title) for title in (one, two)]
    for each in asked:
        await desk.deciding.decline(each.id, "", by=OWNER)
    await desk.ask(one, by=BOB)
    await shelf.put(two)

    with pytest.raises(AlreadyRequested):
        await desk.deciding.reopen(asked[0].id, by=OWNER)
    with pytest.raises(AlreadyAvailable):
        await desk.deciding.reopen(asked[1].id, by=OWNER)


async def test_what_failed_says_why_and_is_tried_again(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(await shelf.title(), by=OWNER)
    with pytest.raises(RequestNotFailed):
        await desk.deciding.retry(asked.id, by=OWNER)
    async with database.transaction() as conn:
        assert await fail(conn, asked.id, "No root folder", NOON)
        assert not await fail(conn, asked.id, "No root folder", NOON)

    failed = await desk.seeing.find(asked.id, by=OWNER)
    retried = await desk.deciding.retry(asked.id, by=OWNER)

    assert (failed.state, failed.failure) == (State.FAILED, "No root folder")
    assert (retried.state, retried.failure) == (State.APPROVED, "")


async def test_who_approves_may_choose_otherwise(desk: Desk, shelf: Shelf) -> None:
    asked = await desk.ask(await shelf.title())

    approved = await desk.deciding.approve(
        asked.id, by=MANAGER, choices=Choices(profile_id=5, folder="/films")
    )

    assert approved.choices == Choices(profile_id=5, folder="/films")
