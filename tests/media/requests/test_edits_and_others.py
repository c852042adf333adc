"""What an edit may not do: get around a limit, or take from others."""

import json
from uuid import UUID

import pytest

from kit.postgres import Database
from services.media.domain.requests.editing import Change
from services.media.domain.requests.errors import QuotaUsedUp, RequestFollowed
from services.media.domain.requests.limits import Limits, Quota
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


async def test_what_became_known_meanwhile_makes_no_edit_free_or_dear(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    limits = PostgresLimits(database)
    await limits.set("default", Limits(seasons=Quota(4)), 0, NOON)
    unknown, known = [await shelf.title(each, "series") for each in ("A", "B")]
    await told_of(database, known, 102, seasons=3)
    early = await desk.ask(unknown)
    late = await desk.ask(known)
    # One season where nobody knew, and three.
    await told_of(database, unknown, 101, seasons=8)
    await database.execute("DELETE FROM provider_answers WHERE key LIKE '%102'")

    await desk.editing.edit(late.id, Change({"seasons": ()}), by=ADA)
    await desk.editing.edit(early.id, Change({"seasons": (1,)}), by=ADA)
    await desk.editing.edit(late.id, Change({"seasons": (1, 2, 3)}), by=ADA)

    rows = await database.fetch("SELECT id, seasons_counted FROM requests")
    assert {row["id"]: row["seasons_counted"] for row in rows} == {
        early.id: 1,
        late.id: 3,
    }


async def test_who_took_over_pays_for_what_they_add(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    limits = PostgresLimits(database)
    await limits.set("default", Limits(seasons=Quota(3)), 0, NOON)
    asked = await desk.ask(series := await shelf.title(kind="series"), 1, 2, 3)
    await desk.ask(series, 3, by=BOB)
    await desk.deciding.cancel(asked.id, by=ADA)

    for number in (4, 5, 6):
        parts = {"seasons": tuple(range(1, number + 1))}
        await desk.editing.edit(asked.id, Change(parts), by=BOB)

    seven = Change({"seasons": (1, 2, 3, 4, 5, 6, 7)})
    with pytest.raises(QuotaUsedUp):
        await desk.editing.edit(asked.id, seven, by=BOB)


async def told_of(
    database: Database, title_id: UUID, tmdb_id: int, seasons: int
) -> None:
    """A provider has told how many seasons the series has."""
    await database.execute(
        "UPDATE titles SET tmdb_id = $2 WHERE id = $1", title_id, tmdb_id
    )
    numbers = [{"number": each, "episode_count": 10} for each in range(1, seasons + 1)]
    await database.execute(
        """
        INSERT INTO provider_answers (key, told_at, fresh_until, asked_until, value)
        VALUES ('tmdb:series:' || $1::integer, $2, $2, $2, $3)
        """,
        tmdb_id,
        NOON,
        json.dumps({"seasons": numbers}),
    )
