"""A Radarr that is removed leaves nothing waiting for it."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from kit.sealing import Seal
from services.media.domain.fulfilling.fulfillers import Known
from services.media.store.fulfillers import PostgresFulfillers
from tests.media.fetching.house import House
from tests.media.fetching.test_polling import told
from tests.media.shelf.door import SEALING_KEYS
from tests.simulators.arr.moods import Mood
from tests.simulators.radarr.server import Radarr
from tests.waiting import eventually


async def remove(house: House, known: Known) -> None:
    setups = PostgresFulfillers(house.database, Seal(SEALING_KEYS), house.clock)
    await setups.remove(known.id, 0)
    del house.set_up.known[known.id]
    house.set_up.defaults.clear()


async def test_what_it_had_is_ordered_where_it_is_got_now(
    house: House, radarr: Radarr
) -> None:
    gone = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    await remove(house, gone)
    order = await house.order(request)
    assert (order["state"], order["remote_id"]) == ("WAITING", None)
    assert (await told(house))[-1]["order"] == "WAITING"
    other = Radarr(knows_everything=True)
    await other.start()
    await house.set_up.add(other)
    await house.send()

    assert await house.state(request) == "PLACED"
    assert other.of(603) is not None
    await other.stop()


async def test_what_it_had_waits_for_somebody_where_nobody_gets_it(
    house: House, radarr: Radarr
) -> None:
    gone = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()

    await remove(house, gone)
    await house.send()

    assert await house.state(request) == "NO_FULFILLER"


async def test_what_is_being_sent_to_it_is_not_placed_there(
    house: House, radarr: Radarr
) -> None:
    gone = await house.set_up.add(radarr, patience=timedelta(seconds=20))
    request = await house.approved(await house.film())
    radarr.mood = Mood(only="/command", delay_s=0.5)

    sent = asyncio.create_task(house.send())
    await eventually(lambda: radarr.count("POST /command"))
    await remove(house, gone)
    await sent

    assert await house.state(request) != "PLACED"
    await house.set_up.add(radarr)
    await house.send()
    assert await house.state(request) == "PLACED"


async def test_who_is_removed_while_they_are_chosen_is_chosen_no_more(
    house: House, radarr: Radarr
) -> None:
    request = await house.approved(await house.film())
    nobody: UUID = uuid4()

    await house.orders.assign({request.id: nobody}, house.clock.now())

    assert await house.state(request) == "WAITING"
    await house.set_up.add(radarr)
    await house.send()
    assert await house.state(request) == "PLACED"
