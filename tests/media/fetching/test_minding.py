"""What was placed is looked after until it arrives."""

from datetime import timedelta

import pytest

from services.media.domain.requests.states import State
from tests.media.fetching.house import House
from tests.media.requests.house import OWNER
from tests.simulators.arr.moods import Mood
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr

LATER = timedelta(hours=7)
SOON = timedelta(minutes=11)


async def test_a_film_that_somebody_removed_there_has_failed_and_can_be_retried(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    radarr.movies.clear()
    house.clock.advance(LATER)
    await house.mind()
    assert await house.state(request) == "PLACED"
    house.clock.advance(SOON)
    await house.mind()

    failed = await house.desk.seeing.find(request.id, by=OWNER)
    assert (failed.state, await house.state(request)) == (State.FAILED, "FAILED")
    assert failed.failure == (
        "Radarr: it was removed there, and nobody looks for it any more."
    )
    await house.desk.deciding.retry(request.id, by=OWNER)
    await house.send()
    assert await house.state(request) == "PLACED"
    assert radarr.of(603) is not None


async def test_a_film_that_is_not_looked_for_any_more_has_failed(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    radarr.movies[1]["monitored"] = False
    for later in (LATER, SOON):
        house.clock.advance(later)
        await house.mind()

    assert await house.state_of_request(request) is State.FAILED


async def test_a_film_that_is_there_need_not_be_looked_for(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    radarr.movies[1] |= {"monitored": False, "hasFile": True}
    for later in (LATER, SOON):
        house.clock.advance(later)
        await house.mind()

    assert await house.state(request) == "PLACED"


async def test_what_was_added_anew_by_hand_is_followed_there(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    radarr.movies.clear()
    house.clock.advance(LATER)
    await house.mind()
    added = radarr.have(603)
    for _ in range(2):
        house.clock.advance(SOON)
        await house.mind()

    order = await house.order(request)
    assert (order["state"], order["remote_id"]) == ("PLACED", added["id"])


@pytest.mark.parametrize(
    "mood",
    [
        Mood(is_silent=True),
        Mood(status=503),
        Mood(status=401),
        Mood(hangs_up=True),
        Mood(body=b"<html>Starting</html>"),
    ],
    ids=["silent", "503", "401", "hangs up", "a page"],
)
async def test_what_does_not_answer_has_removed_nothing(
    house: House, radarr: Radarr, mood: Mood
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    radarr.movies.clear()
    radarr.mood = mood
    for later in (LATER, SOON, LATER):
        house.clock.advance(later)
        await house.mind()

    assert await house.state(request) == "PLACED"


async def test_one_that_is_switched_off_is_left_alone(
    house: House, radarr: Radarr
) -> None:
    known = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    del house.set_up.known[known.id]
    house.clock.advance(LATER)
    await house.mind()

    order = await house.order(request)
    assert (order["state"], order["fulfiller_id"]) == ("PLACED", known.id)


async def test_it_is_looked_now_and_then(house: House, radarr: Radarr) -> None:
    await house.set_up.add(radarr)
    await house.approved(await house.film())
    await house.send()
    asked = len(radarr.asked)

    await house.mind()
    assert len(radarr.asked) == asked
    house.clock.advance(LATER)
    await house.mind()
    await house.mind()

    assert len(radarr.asked) == asked + 1
    assert len(radarr.commands) == 1


async def test_a_series_that_somebody_removed_there_has_failed(
    house: House, sonarr: Sonarr
) -> None:
    await house.set_up.add(sonarr)
    request = await house.approved(await house.series(), 2)
    await house.send()

    sonarr.shelf.series.clear()
    for later in (LATER, SOON):
        house.clock.advance(later)
        await house.mind()

    assert await house.state_of_request(request) is State.FAILED
