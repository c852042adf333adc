"""Queues are looked at once for all, and only what changes is told."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from kit.postgres import Database
from services.media.domain.fetching.polling import Polling
from services.media.domain.requests.media_request import MediaRequest
from services.media.store.polling_turn import PostgresTurn
from tests.media.fetching.house import House
from tests.media.requests.house import ADA, BOB
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr
from tests.waiting import eventually

GIB = 2**30


async def told(house: House) -> list[dict[str, Any]]:
    """The progress that was told so far, in order; forgotten afterwards."""
    rows = await house.database.fetch(
        "SELECT rooms, data FROM outbox WHERE type = 'request.progress' ORDER BY id"
    )
    await house.database.execute("DELETE FROM outbox")
    return [{**json.loads(row["data"]), "rooms": list(row["rooms"])} for row in rows]


async def placed_film(house: House, number: int = 603) -> MediaRequest:
    request = await house.approved(await house.film(number))
    await house.send()
    return request


async def written(house: House) -> list[tuple[object, ...]]:
    """By which transactions what there is was written. An event is written once more
    when it is published."""
    rows = await house.database.fetch(
        """
        SELECT 'download', xmin::text FROM order_downloads
         UNION ALL SELECT 'order', xmin::text FROM orders
         UNION ALL SELECT 'event', id::text FROM outbox
         UNION ALL SELECT 'unseen', xmin::text FROM fulfillers_unseen
        """
    )
    return sorted(tuple(row) for row in rows)


async def test_progress_is_kept_and_told_to_who_waits_for_it(
    house: House, radarr: Radarr
) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    request = await placed_film(house)
    assert request.title is not None
    await house.desk.ask(request.title.id, by=BOB)
    await told(house)
    download = radarr.start_download(603, 8 * GIB)
    download.progress(25, "00:10:00", "2026-11-21T12:10:00Z")

    pause = await queue.look(await house.only())

    assert pause == timedelta(seconds=5)
    (event,) = await told(house)
    assert (event["percent"], event["downloads"], event["order"]) == (25, 1, "PLACED")
    assert event["endsAt"] == "2026-11-21T12:10:00+00:00"
    assert event["rooms"] == [
        "requests",
        f"user:{ADA.user_id}",
        f"user:{BOB.user_id}",
    ]


async def test_a_look_that_finds_nothing_new_writes_nothing(
    house: House, radarr: Radarr
) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    await placed_film(house)
    radarr.start_download(603)
    await queue.look(await house.only())
    before = await written(house)

    for _ in range(5):
        house.clock.advance(timedelta(seconds=5))
        await queue.look(await house.only())

    assert await written(house) == before


async def test_stalls_and_problems_are_told_and_what_is_done_is_gone(
    house: House, radarr: Radarr
) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    request = await placed_film(house)
    download = radarr.start_download(603)
    await queue.look(await house.only())
    await told(house)

    download.stall()
    await queue.look(await house.only())
    download.progress(100)
    download.stick("No files found are eligible for import")
    await queue.look(await house.only())
    (kept,) = (await house.downloads.known((await house.only()).id)).values()
    radarr.finish(download)
    await queue.look(await house.only())

    stalled, stuck, done = await told(house)
    assert (stalled["stalled"], stalled["problems"]) == (True, True)
    assert (stuck["stalled"], stuck["problems"], stuck["percent"]) == (False, True, 100)
    assert (done["downloads"], done["percent"]) == (0, 0)
    assert kept.problems == ("No files found are eligible for import",)
    assert kept.request_id == request.id


async def test_what_nobody_asked_for_is_not_kept(house: House, radarr: Radarr) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    await placed_film(house)
    radarr.have(348)
    radarr.start_download(348)
    await told(house)

    await queue.look(await house.only())

    assert await told(house) == []


async def test_each_who_asked_for_a_season_sees_their_own(
    house: House, sonarr: Sonarr
) -> None:
    queue = house.queue_of(await house.set_up.add(sonarr))
    dark = await house.series()
    first, second = await house.approved(dark, 1), await house.approved(dark, 2, by=BOB)
    await house.send()
    sonarr.start_download(334824, 2)

    await queue.look(await house.only())

    known = await house.downloads.known((await house.only()).id)
    assert {each.request_id for each in known.values()} == {second.id}
    assert first.id != second.id


async def test_what_was_known_stays_while_a_fulfiller_is_away(
    house: House, radarr: Radarr
) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    await placed_film(house)
    radarr.start_download(603)
    await queue.look(await house.only())
    seen_at = house.clock.now()

    await radarr.stop()
    pauses = []
    for _ in range(6):
        house.clock.advance(timedelta(seconds=5))
        pauses.append(await queue.look(await house.only()))

    assert len(await house.downloads.known((await house.only()).id)) == 1
    since = "SELECT since FROM fulfillers_unseen"
    assert await house.database.fetchval(since) == seen_at
    assert pauses[0] == timedelta(seconds=10)
    assert pauses[-1] == timedelta(minutes=1)
    await radarr.start()
    house.clock.advance(timedelta(minutes=1))
    await queue.look(await house.only())
    assert await house.database.fetchval(since) is None


async def test_when_a_fulfiller_answers_again_what_it_did_not_answer_is_due(
    house: House, radarr: Radarr
) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    request = await house.approved(await house.film())
    await radarr.stop()
    for _ in range(8):
        await house.send()
        house.clock.at = (await house.order(request))["next_at"]
    await house.send()
    await queue.look(await house.only())

    await radarr.start()
    house.clock.advance(timedelta(minutes=1))
    await queue.look(await house.only())
    await house.send()

    assert await house.state(request) == "PLACED"


async def test_who_hurries_orders_and_who_ends_them_wait_for_one_another(
    house: House, radarr: Radarr, media: tuple[Database, str]
) -> None:
    known = await house.set_up.add(radarr)
    requests = [await house.approved(await house.film(each)) for each in (603, 348)]
    first, second = sorted(requests, key=lambda each: each.id)
    # What is due later comes to stand behind.
    for hours, each in enumerate((second, first), 1):
        await house.database.execute(
            """
            UPDATE orders
               SET state = 'UNANSWERED', fulfiller_id = $2,
                   next_at = next_at + interval '1 hour' * $3
             WHERE request_id = $1
            """,
            each.id,
            known.id,
            hours,
        )

    async with house.database.transaction() as ending:
        hold = "SELECT FROM orders WHERE request_id = $1 FOR UPDATE"
        await ending.execute(hold, first.id)
        hurried = asyncio.create_task(house.orders.hurry(known.id, house.clock.now()))
        await eventually(lambda: somebody_waits(house.database))
        await ending.execute(hold, second.id)

    assert await hurried == 2


async def somebody_waits(database: Database) -> bool:
    return bool(
        await database.fetchval(
            """
            SELECT count(*)
              FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        )
    )


async def test_one_process_of_all_looks_and_another_when_it_is_gone(
    house: House, radarr: Radarr, media: tuple[Database, str]
) -> None:
    _, url = media
    await house.set_up.add(radarr)
    await placed_film(house)
    radarr.asked.clear()
    turns = [PostgresTurn(url, "polling") for _ in range(2)]

    assert [await turn.is_ours() for turn in turns] == [True, False]
    assert [await turn.is_ours() for turn in turns] == [True, False]
    await turns[0].give_up()

    async def is_the_others() -> bool:
        return await turns[1].is_ours()

    await eventually(is_the_others)
    await turns[1].give_up()


async def test_queues_are_looked_at_while_something_is_ordered(
    house: House, radarr: Radarr, media: tuple[Database, str]
) -> None:
    _, url = media
    await house.set_up.add(radarr)
    pollings = [
        Polling(
            house.downloads,
            house.orders,
            house.set_up,
            PostgresTurn(url, "polling"),
            house.clock,
            every=timedelta(seconds=0.05),
        )
        for _ in range(2)
    ]
    running = [asyncio.create_task(each.run()) for each in pollings]
    try:
        request = await placed_film(house)
        radarr.start_download(603)

        async def is_kept() -> bool:
            kept = "SELECT count(request_id) FROM order_downloads WHERE request_id = $1"
            return bool(await house.database.fetchval(kept, request.id))

        await eventually(is_kept)
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_an_odd_queue_spoils_nothing(house: House, radarr: Radarr) -> None:
    queue = house.queue_of(await house.set_up.add(radarr))
    await placed_film(house)
    odd = radarr.start_download(603, 10**30)
    odd.name, odd.left, odd.ends_at = "a\x00b" * 5000, -5, "9999-99-99T00:00:00Z"
    odd.stick("no\x00", "x" * 100_000)

    await queue.look(await house.only())

    (kept,) = (await house.downloads.known((await house.only()).id)).values()
    assert "\x00" not in kept.name
    assert 0 <= kept.percent <= 100
    assert await house.database.fetchval("SELECT count(id) FROM outbox") > 0


async def test_a_knock_has_the_queues_looked_at_now(
    house: House, radarr: Radarr, media: tuple[Database, str]
) -> None:
    await house.set_up.add(radarr)
    request = await placed_film(house)
    polling = Polling(
        house.downloads,
        house.orders,
        house.set_up,
        PostgresTurn(media[1], "polling"),
        house.clock,
        every=timedelta(minutes=10),
    )
    running = asyncio.create_task(polling.run())
    try:
        await eventually(lambda: any("/queue" in each for each in radarr.asked))
        radarr.start_download(603)

        polling.knock()

        async def is_kept() -> bool:
            kept = "SELECT count(request_id) FROM order_downloads WHERE request_id = $1"
            return bool(await house.database.fetchval(kept, request.id))

        await eventually(is_kept)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
