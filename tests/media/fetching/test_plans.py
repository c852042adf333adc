"""Looking for orders that are due costs the same however many there were."""

import pytest

from services.media.domain.fetching.orders import OrderState
from services.media.store.downloads import PostgresDownloads
from services.media.store.order_views import PostgresOrderViews
from services.media.store.orders import PostgresOrders
from services.media.store.placed_orders import PostgresPlacedOrders
from tests.clock import NOON
from tests.conftest import MakeDatabase
from tests.plans import ExplainingDatabase, make_crowd

CROWD = (
    """
    INSERT INTO fulfillers (id, name, kind, address, key_sealed, is_4k, is_default,
                            is_anime, is_enabled, profile_id, folder, tags,
                            anime_profile_id, anime_folder, anime_tags, created_at)
    SELECT md5('f')::uuid, 'Radarr', 'radarr', 'http://radarr', '', false, true, false,
           true, 4, '/movies', '{}', 0, '', '{}', $1
     WHERE $2 > 0
    """,
    # Of most the request has been available for long; a few are under way.
    """
    INSERT INTO orders (request_id, state, fulfiller_id, remote_id, next_at, tried_at,
                        changed_at)
    SELECT md5(n::text)::uuid,
           CASE n % 2000 WHEN 0 THEN 'WAITING' WHEN 1 THEN 'PLACED'
                         WHEN 2 THEN 'UNANSWERED' WHEN 3 THEN 'NO_FULFILLER'
                         ELSE 'ARRIVED' END,
           CASE n % 2000 WHEN 3 THEN NULL ELSE md5('f')::uuid END, n, $1, $1, $1
      FROM generate_series(1, $2::integer) AS n
    """,
)


@pytest.fixture
async def crowd(make_database: MakeDatabase) -> ExplainingDatabase:
    return await make_crowd(make_database, "media", CROWD)


async def test_nothing_reads_all_orders(crowd: ExplainingDatabase) -> None:
    orders, views = PostgresOrders(crowd), PostgresOrderViews(crowd)
    downloads = PostgresDownloads(crowd)

    (fulfiller_id,) = await orders.due(NOON)
    await orders.claim(fulfiller_id, NOON, NOON)
    await orders.unassigned(NOON, 100, None)
    await orders.unserved(100, None)
    await orders.hurry(fulfiller_id, NOON)
    placed = PostgresPlacedOrders(crowd, orders)
    await placed.claim(NOON, NOON, NOON, NOON)
    assert await downloads.worth_a_look() == {fulfiller_id}
    await downloads.followed(fulfiller_id, {1, 2, 3})
    await downloads.known(fulfiller_id)
    await views.newest(None, 21, None)
    await views.newest(OrderState.NO_FULFILLER, 21, None)
    await views.downloading(21, None)

    for plan in crowd.plans:
        assert "Seq Scan on orders" not in plan, plan
