"""`python -m tests.media.fetching.sender DATABASE_URL RADARR_URL KEY ID`: sends orders,
to be killed."""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from kit.breaker import Breaker
from kit.clock import SystemClock
from kit.postgres import open_database
from services.media.clients.arr.door import Place
from services.media.clients.arr.radarr import Radarr
from services.media.domain.fetching.sending import Sending
from services.media.domain.fulfilling.fulfiller import FulfillerKind
from services.media.domain.fulfilling.fulfillers import Known
from services.media.domain.requests.choices import Choices
from services.media.store.orders import PostgresOrders
from tests.clock import StoppedClock
from tests.media.fetching.house import PATIENCE, SetUp


async def send(url: str, address: str, key: str, fulfiller_id: str) -> None:
    place = Place(
        "Radarr", address, key, Breaker("Radarr"), patience=timedelta(seconds=20)
    )
    choices = Choices(None, 4, "/movies")
    known = Known(
        UUID(fulfiller_id),
        "Radarr",
        FulfillerKind.RADARR,
        False,
        address,
        Radarr(place),
        choices,
        choices,
    )
    async with open_database(url, application="sender", max_connections=3) as database:
        set_up = SetUp(
            database,
            StoppedClock(),
            {known.id: known},
            {(known.kind, False): known.id},
        )
        orders = PostgresOrders(database)
        await Sending(orders, set_up, SystemClock(), PATIENCE).run()


if __name__ == "__main__":
    asyncio.run(send(*sys.argv[1:]))
