"""What an edit may not do: get around a limit, or take from others."""

import pytest

from kit.postgres import Database
from services.media.domain.requests.editing import Change
from services.media.domain.requests.errors import QuotaUsedUp, RequestFollowed
from services.media.domain.requests.limits import Limits
from services.media.domain.requests.permissions import REQUEST, REQUEST_4K
from services.media.store.request_limits import PostgresLimits
from tests.media.requests.house import ADA, BOB, MANAGER, NOON, Desk, Shelf, a_caller


async def test_an_edit_adds_no_more_seasons_than_one_request_may_have(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(await shelf.title(kind="series"), 1, 2)
    limits = PostgresLimits(database)
    await limits.set("default", Limits(seasons_per_request=2), 0, NOON)

    with pytest.raises(QuotaUsedUp, match="At most 2 seasons"):
        await desk.editing.edit(asked.id, Change({"seasons": (1, 2, 3)}), by=ADA)

    edited = await desk.editing.edit(asked.id, Change({"seasons": (3, 4)}), by=ADA)
    assert edited.seasons == [3, 4]


async def test_more_seasons_than_the_limit_may_become_fewer(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    asked = await desk.ask(await shelf.title(kind="series"), 1, 2, 3, 4)
    limits = PostgresLimits(database)
    await limits.set("default", Limits(seasons_per_request=2), 0, NOON)

    edited = await desk.editing.edit(asked.id, Change({"seasons": (1, 2, 3)}), by=ADA)

    assert edited.seasons == [1, 2, 3]


@pytest.mark.parametrize(
    "parts", [{"seasons": (2,)}, {"is_4k": True}, {"seasons": (), "future_only": True}]
)
async def test_what_others_wait_for_as_well_is_not_taken_from_them(
    desk: Desk, shelf: Shelf, parts: dict[str, object]
) -> None:
    everywhere = a_caller("Ada", REQUEST, REQUEST_4K)
    series = await shelf.title(kind="series")
    asked = await desk.ask(series, 1, 2, by=ADA)
    await desk.ask(series, 1, by=BOB)

    with pytest.raises(RequestFollowed):
        await desk.editing.edit(asked.id, Change(parts), by=everywhere)

    more = await desk.editing.edit(asked.id, Change({"seasons": (1, 2, 3)}), by=ADA)
    assert more.seasons == [1, 2, 3]
    less = await desk.editing.edit(asked.id, Change({"seasons": (2,)}), by=MANAGER)
    assert (less.seasons, less.followers) == ([2], 1)
