"""An approved request is sent once, whatever comes between."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from services.media.domain.requests.choices import Choices
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import State
from tests.media.fetching.house import House
from tests.media.requests.house import ADA, OWNER
from tests.simulators.arr.moods import Mood
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr
from tests.waiting import eventually


async def is_placed(house: House, request: MediaRequest) -> bool:
    return await house.state(request) == "PLACED"


async def test_an_approved_film_is_added_and_searched_for(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())

    await house.send()

    order = await house.order(request)
    assert (order["state"], order["remote_id"]) == ("PLACED", 1)
    assert radarr.of(603) is not None
    assert [each["name"] for each in radarr.commands] == ["MoviesSearch"]
    assert await house.state_of_request(request) is State.APPROVED


async def test_the_seasons_that_were_asked_for_are_monitored_and_no_others(
    house: House, sonarr: Sonarr
) -> None:
    await house.set_up.add(sonarr)
    request = await house.approved(await house.series(), 2)

    await house.send()

    assert await house.state(request) == "PLACED"
    assert {season for season, _ in sonarr.monitored(334824)} == {2}


async def test_what_is_pending_is_not_ordered(house: House, radarr: Radarr) -> None:
    await house.set_up.add(radarr)
    asked = await house.desk.ask(await house.film())

    await house.send()

    assert radarr.asked == []
    await house.desk.deciding.approve(asked.id, by=OWNER)
    await house.send()
    assert await house.state(asked) == "PLACED"


async def test_what_the_fulfiller_has_already_is_not_added_again(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    radarr.have(603, has_file=True)
    radarr.have(348)
    there = await house.approved(await house.film(603))
    missing = await house.approved(await house.film(348, "Alien"))

    await house.send()

    assert [await house.state(each) for each in (there, missing)] == ["PLACED"] * 2
    assert radarr.count("POST /movie") == 0
    assert [each["movieIds"] for each in radarr.commands] == [[2]]


async def test_an_answer_that_is_lost_is_looked_for_and_nothing_is_added_twice(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    radarr.mood = Mood(only="/movie", method="POST", loses_answers=True)

    await house.send()
    assert await house.state(request) == "UNANSWERED"
    assert len(radarr.movies) == 1
    radarr.mood = Mood()
    house.clock.advance(timedelta(seconds=10))
    await house.send()

    assert await house.state(request) == "PLACED"
    assert radarr.count("POST /movie") == 1
    assert len(radarr.commands) == 1


@pytest.mark.parametrize(
    "mood",
    [
        Mood(is_silent=True),
        Mood(status=503),
        Mood(is_locked=True),
        Mood(method="POST", swallows_answers=True),
        Mood(hangs_up=True),
        Mood(body=b"<html>Starting</html>"),
    ],
    ids=["silent", "503", "locked", "swallows", "hangs up", "a page"],
)
async def test_what_says_nothing_of_it_is_no_failure(
    house: House, radarr: Radarr, mood: Mood
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    radarr.mood = mood

    await house.send()

    order = await house.order(request)
    assert order["state"] == "UNANSWERED"
    assert order["last_words"] != ""
    assert await house.state_of_request(request) is State.APPROVED


async def test_tries_that_are_not_answered_come_further_and_further_apart(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await radarr.stop()

    pauses = []
    for _ in range(14):
        await house.send()
        next_at = (await house.order(request))["next_at"]
        pauses.append(next_at - house.clock.now())
        house.clock.at = next_at

    assert timedelta(seconds=4) < pauses[0] < timedelta(seconds=6)
    assert all(before < after for before, after in pairwise(pauses[:9]))
    assert all(timedelta(minutes=26) < each for each in pauses[-3:])
    assert all(each < timedelta(minutes=34) for each in pauses)


async def test_after_a_day_of_silence_it_has_failed_and_a_retry_orders_it_again(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await radarr.stop()
    began = house.clock.now()

    while await house.state_of_request(request) is State.APPROVED:
        await house.send()
        assert house.clock.now() - began < timedelta(hours=25)
        house.clock.at = (await house.order(request))["next_at"]

    order = await house.order(request)
    assert order["state"] == "FAILED"
    assert order["unanswered_since"] == began
    assert order["attempts"] > 40
    failed = await house.desk.seeing.find(request.id, by=ADA)
    assert failed.failure.startswith("Radarr did not answer for 24 hours.")
    assert house.clock.now() - began >= timedelta(hours=24)
    await radarr.start()
    house.clock.advance(timedelta(minutes=1))
    await house.desk.deciding.retry(request.id, by=OWNER)
    await house.send()
    order = await house.order(request)
    assert (order["state"], order["attempts"]) == ("PLACED", 1)


async def test_a_silence_that_nobody_listened_to_does_not_count(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await radarr.stop()
    await house.send()

    # All of us were away, and it comes back later than we do.
    house.clock.advance(timedelta(hours=30))
    await house.send()

    assert await house.state(request) == "UNANSWERED"
    await radarr.start()
    house.clock.advance(timedelta(minutes=1))
    await house.send()
    assert await house.state(request) == "PLACED"


async def test_what_is_refused_is_tried_a_few_times_and_fails_with_its_words(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr, folder="/gone")
    request = await house.approved(await house.film())

    for _ in range(4):
        assert await house.state_of_request(request) is State.APPROVED
        await house.send()
        house.clock.advance(timedelta(minutes=12))

    failed = await house.desk.seeing.find(request.id, by=ADA)
    assert failed.state is State.FAILED
    assert "Root folder '/gone' does not exist" in failed.failure
    assert await house.state(request) == "FAILED"
    assert radarr.count("POST /movie") == 4


async def test_a_key_that_is_not_taken_fails_no_request_at_once(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    radarr.key, request = "another", await house.approved(await house.film())

    for _ in range(6):
        await house.send()
        house.clock.advance(timedelta(minutes=12))

    assert await house.state(request) == "UNANSWERED"


async def test_where_nobody_gets_it_it_waits_and_is_sent_when_somebody_does(
    house: House, radarr: Radarr
) -> None:
    request = await house.approved(await house.film())
    await house.send()
    assert await house.state(request) == "NO_FULFILLER"
    assert await house.state_of_request(request) is State.APPROVED

    await house.set_up.add(radarr)
    await house.send()

    assert await house.state(request) == "PLACED"


async def test_what_is_in_4k_goes_to_who_gets_that(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.database.execute("UPDATE requests SET is_4k = true")

    await house.send()

    assert await house.state(request) == "NO_FULFILLER"
    assert radarr.asked == []


async def test_who_was_chosen_gets_it_with_what_was_chosen(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    other = Radarr(knows_everything=True)
    await other.start()
    chosen = await house.set_up.add(other, is_default=False)
    asked = await house.desk.ask(await house.film())
    await house.database.execute(
        """
        UPDATE requests
           SET fulfiller_id = $1, profile_id = 5, folder = '/kids', tags = '{ada}'
        """,
        chosen.id,
    )
    await house.desk.deciding.approve(asked.id, by=OWNER)

    await house.send()

    film = other.of(603)
    assert film is not None
    assert (film["qualityProfileId"], film["rootFolderPath"]) == (5, "/kids")
    assert [other.tags[each] for each in film["tags"]] == ["ada"]
    assert radarr.of(603) is None
    await other.stop()


@pytest.mark.parametrize("chosen", ["deleted", "sonarr"])
async def test_who_is_gone_or_gets_other_things_is_not_sent_what_a_rule_gives_them(
    house: House, radarr: Radarr, sonarr: Sonarr, chosen: str
) -> None:
    await house.set_up.add(radarr)
    gone = (await house.set_up.add(sonarr)).id if chosen == "sonarr" else uuid4()
    asked = await house.desk.ask(await house.film())
    await house.desk.deciding.approve(
        asked.id, by=OWNER, choices=Choices(None, 99, "/nowhere", ("ada",))
    )
    # What was chosen when it was there.
    await house.database.execute("UPDATE requests SET fulfiller_id = $1", gone)

    await house.send()

    assert await house.state(asked) == "PLACED"
    film = radarr.of(603)
    assert film is not None
    assert (film["qualityProfileId"], film["rootFolderPath"]) == (4, "/movies")
    assert [radarr.tags[each] for each in film["tags"]] == ["ada"]


async def test_when_who_was_to_get_it_is_removed_another_one_does(
    house: House, radarr: Radarr
) -> None:
    gone = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await radarr.stop()
    await house.send()

    await house.set_up.remove(gone)
    await radarr.start()
    await house.set_up.add(radarr)
    house.clock.advance(timedelta(minutes=1))
    await house.send()
    await house.send()

    assert await house.state(request) == "PLACED"


async def test_what_is_taken_back_or_arrives_is_sent_no_more(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr)
    matrix = await house.film()
    request = await house.approved(matrix)
    await house.shelf.put(matrix)

    await house.send()

    assert await house.state(request) == "ENDED"
    assert radarr.asked == []


async def test_what_arrives_while_it_is_sent_stays_available(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr, patience=timedelta(seconds=20))
    matrix = await house.film()
    request = await house.approved(matrix)
    radarr.mood = Mood(only="/command", delay_s=0.5)

    sent = asyncio.create_task(house.send())
    await eventually(lambda: radarr.count("POST /command"))
    await house.shelf.put(matrix)
    await sent

    assert await house.state(request) == "ENDED"
    assert await house.state_of_request(request) is State.AVAILABLE


async def test_many_processes_send_each_order_once(
    house: House, radarr: Radarr
) -> None:
    await house.set_up.add(radarr, patience=timedelta(seconds=10))
    requests = [
        await house.approved(await house.film(1000 + number, f"Film {number}"))
        for number in range(20)
    ]

    await asyncio.gather(
        *(house.send(house.another_process()) for _ in range(4)),
    )

    assert {await house.state(each) for each in requests} == {"PLACED"}
    assert radarr.count("POST /movie") == len(radarr.movies) == 20
    assert len(radarr.commands) == 20


async def test_a_slow_fulfiller_holds_up_nobody_else(
    house: House, radarr: Radarr, sonarr: Sonarr
) -> None:
    await house.set_up.add(radarr, patience=timedelta(minutes=1))
    await house.set_up.add(sonarr)
    for number in range(5):
        await house.approved(await house.film(2000 + number, f"Film {number}"))
    dark = await house.approved(await house.series())
    radarr.mood = Mood(is_silent=True)

    running = asyncio.create_task(house.sending.run())
    await eventually(lambda: is_placed(house, dark))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert radarr.count("GET /movie") <= 2
