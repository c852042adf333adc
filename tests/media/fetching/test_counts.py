"""How many orders there are of each state is on the page of metrics."""

from services.media.store.order_counts import ORDERS, OrderCounts
from tests.media.fetching.house import House


def shown(state: str) -> float:
    for metric in ORDERS.collect():
        for sample in metric.samples:
            if sample.labels["state"] == state:
                return sample.value
    raise AssertionError(f"{state} is not shown")


async def test_orders_are_counted_by_state(house: House) -> None:
    for number in (1, 2):
        await house.approved(await house.film(number, f"Film {number}"))
    await house.send()

    await OrderCounts(house.database).count()

    assert (shown("NO_FULFILLER"), shown("FAILED")) == (2.0, 0.0)
