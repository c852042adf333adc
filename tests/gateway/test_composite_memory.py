"""What is remembered of a composite: each part, as its own method says."""

import pytest

from kit import errors
from medianest.media.v1 import requests_pb2
from tests.gateway.dashboard import PATHS, asked, furnish, look, reasons
from tests.gateway.house import House
from tests.gateway.paths import (
    APPROVE,
    COUNT_REQUESTS,
    CURRENT_SESSION,
    LIST_LIBRARIES,
    LIST_MONITORS,
    LIST_REQUESTS,
)
from tests.waiting import eventually


@pytest.fixture
async def house(house: House) -> House:
    """Where everything on ada's dashboard is remembered."""
    furnish(house)
    house.backend.on(APPROVE, requests_pb2.MediaRequest())

    async def is_remembered() -> bool:
        await look(house)
        return not asked(house)

    await eventually(is_remembered)
    return house


async def test_who_says_no_cache_gets_a_new_answer(house: House) -> None:
    await look(house, **{"Cache-Control": "no-cache"})

    assert asked(house) == PATHS


async def test_a_write_makes_its_parts_new(house: House) -> None:
    await house.ask("POST", "/v1/requests/r2:approve", token="ada", json={})
    house.backend.on(COUNT_REQUESTS, requests_pb2.MediaRequestCounts(approved=1))

    dashboard = await look(house)

    assert asked(house) == {COUNT_REQUESTS, LIST_REQUESTS}
    assert dashboard.json["requestCounts"]["approved"] == 1


async def test_an_event_makes_its_parts_new(house: House) -> None:
    await house.backend.tell("media", id="media:1", tags=["libraries"])

    async def is_asked() -> bool:
        await look(house)
        return LIST_LIBRARIES in asked(house)

    await eventually(is_asked)


async def test_while_a_service_s_events_do_not_arrive_its_parts_are_asked_again(
    house: House,
) -> None:
    house.backend.is_watchable = False
    await house.backend.hang_up("status")

    async def is_asked() -> bool:
        await look(house)
        return LIST_MONITORS in asked(house)

    await eventually(is_asked)

    assert LIST_LIBRARIES not in asked(house)


async def test_a_part_that_failed_is_asked_again_and_the_others_are_not(
    house: House,
) -> None:
    house.backend.on(LIST_MONITORS, errors.Unavailable("Resting."))
    await house.backend.tell("status", id="status:1", tags=["monitors"])

    async def is_partial() -> bool:
        return bool(reasons(await look(house)))

    await eventually(is_partial)

    again = await look(house)

    assert asked(house) == {LIST_MONITORS}
    assert reasons(again) == {"monitors": "unavailable"}


async def test_what_is_remembered_is_told_while_its_service_is_down(
    house: House,
) -> None:
    for path in PATHS:
        house.backend.on(path, errors.Unavailable("Resting."))

    assert reasons(await look(house)) == {}


async def test_who_has_less_patience_is_given_what_is_remembered(house: House) -> None:
    told = await look(house, **{"X-Request-Timeout": "30ms"})

    assert reasons(told) == {}
    assert asked(house) == set()


async def test_nobody_is_shown_what_is_remembered_for_another(house: House) -> None:
    house.sign_in("gil", user_id="user-fred")
    await look(house, "fred")
    of_fred = asked(house)
    await look(house, "gil")
    of_gil = asked(house)

    assert CURRENT_SESSION in of_fred
    assert LIST_LIBRARIES in of_fred
    # The same user's other session: its own, but what those with the same
    # permissions share.
    assert CURRENT_SESSION in of_gil
    assert LIST_LIBRARIES not in of_gil
