"""Who holds several requests holds them in the order of their ids, as all others do."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from kit.errors import Failure
from kit.postgres import Database
from services.media.domain.requests.editing import Change
from services.media.domain.requests.states import State
from tests.media.requests.house import ADA, BOB, OWNER, Desk, Shelf
from tests.waiting import eventually

HOLD = "SELECT id FROM requests WHERE id = $1 FOR NO KEY UPDATE"


@pytest.mark.parametrize("what", ["reopen", "edit"])
async def test_a_closed_request_is_held_in_its_turn(
    desk: Desk, shelf: Shelf, database: Database, what: str
) -> None:
    series = await shelf.title(kind="series")
    closed = await desk.ask(series, 1, by=ADA)
    await desk.deciding.decline(closed.id, "", by=OWNER)
    waits = await desk.ask(series, 2, by=BOB)
    acts: dict[str, Awaitable[Any]] = {
        "reopen": desk.deciding.reopen(closed.id, by=OWNER),
        "edit": desk.editing.edit(closed.id, Change({"seasons": (3,)}), by=ADA),
    }

    async with database.transaction() as conn:
        # As when somebody leaves the house, who follows both.
        await conn.execute(HOLD, closed.id)
        act = asyncio.ensure_future(acts.pop(what))
        await eventually(lambda: somebody_waits(database))
        await conn.execute(HOLD, waits.id)
    with suppress(Failure):
        await act
    for each in acts.values():
        each.close()  # type: ignore[attr-defined]

    assert await state_of(desk, closed.id) == (
        State.PENDING if what == "reopen" else State.DECLINED
    )


async def somebody_waits(database: Database) -> bool:
    return bool(
        await database.fetchval(
            """
            SELECT EXISTS (SELECT FROM pg_stat_activity
                            WHERE datname = current_database()
                              AND wait_event_type = 'Lock')
            """
        )
    )


async def state_of(desk: Desk, request_id: UUID) -> State:
    return (await desk.seeing.find(request_id, by=OWNER)).state
