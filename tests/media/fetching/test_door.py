"""Who may see what became of a request, and what is told of it."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from grpc import aio

from kit.caller import Caller
from kit.clock import SystemClock
from kit.pages import Pages
from kit.rpc.door import Door
from kit.rpc.identity import Doorkeeper
from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import orders_pb2, orders_pb2_grpc
from services.media.domain.fetching.orders import OrderState
from services.media.domain.fetching.overseeing import Overseeing
from services.media.domain.metadata import Told
from services.media.domain.provider import Details, SeasonInBrief
from services.media.rpc.order_wire import STATE_TO_WIRE
from services.media.rpc.orders import OrdersHandlers
from services.media.store.order_views import PostgresOrderViews
from services.media.store.provider_answers import PostgresAnswers
from tests.media.fetching.house import House
from tests.media.requests.house import (
    ADA,
    BOB,
    KEYS,
    MANAGER,
    WATCHER,
    Visitor,
)
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr

Visit = Callable[[Caller | None], Visitor]


class OrdersVisitor(Visitor):
    def __init__(self, channel: aio.Channel, caller: Caller | None) -> None:
        super().__init__(channel, caller)
        self.door = orders_pb2_grpc.OrdersServiceStub(channel)


@pytest.fixture
async def visit(house: House) -> AsyncIterator[Visit]:
    views = PostgresOrderViews(house.database)
    overseeing = Overseeing(house.desk.seeing, views, PostgresAnswers(house.database))
    handlers = OrdersHandlers(overseeing, views, Pages(b"k" * 32))
    service = orders_pb2.DESCRIPTOR.services_by_name["OrdersService"]
    door = Door(Doorkeeper(KEYS, SystemClock()), policies([service], policy_pb2.policy))
    server = aio.server(interceptors=(door,))
    orders_pb2_grpc.add_OrdersServiceServicer_to_server(handlers, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield lambda caller: OrdersVisitor(channel, caller)
    await server.stop(0)


def asked_for(request_id: object) -> orders_pb2.GetOrderRequest:
    return orders_pb2.GetOrderRequest(request_id=str(request_id))


def test_each_state_has_its_word() -> None:
    assert set(STATE_TO_WIRE) == set(OrderState)
    assert len(orders_pb2.Order.State.values()) == len(OrderState) + 1


async def test_who_asked_follows_it_and_an_admin_reads_what_was_said(
    house: House, radarr: Radarr, visit: Visit
) -> None:
    known = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()
    radarr.start_download(603).progress(50)
    await house.queue_of(known).look(known)

    order = await visit(ADA).call("GetOrder", asked_for(request.id))
    seen = await visit(MANAGER).call("GetOrder", asked_for(request.id))

    assert isinstance(order, orders_pb2.Order)
    assert isinstance(seen, orders_pb2.Order)
    assert order.state == orders_pb2.Order.PLACED
    assert (order.title_name, order.requested_by) == ("The Matrix", ADA.user_id)
    assert (order.fulfiller.name, order.fulfiller.url) == ("Radarr", "")
    assert seen.fulfiller.url == f"{radarr.url}/movie/603"
    (download,) = order.downloads
    assert (order.percent, download.percent, download.client) == (50, 50, "qBittorrent")
    assert not download.HasField("season_number")
    assert not order.HasField("next_at")


async def test_what_hinders_a_download_is_told_in_words_to_admins_alone(
    house: House, radarr: Radarr, visit: Visit
) -> None:
    known = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()
    told = "No files found are eligible for import in /downloads/The.Matrix"
    radarr.start_download(603).stick(told)
    await house.queue_of(known).look(known)

    order = await visit(ADA).call("GetOrder", asked_for(request.id))
    seen = await visit(MANAGER).call("GetOrder", asked_for(request.id))

    assert isinstance(order, orders_pb2.Order)
    assert isinstance(seen, orders_pb2.Order)
    assert list(order.downloads[0].problems) == []
    assert list(seen.downloads[0].problems) == [told]


async def test_while_a_fulfiller_is_away_it_is_said_since_when(
    house: House, radarr: Radarr, visit: Visit
) -> None:
    known = await house.set_up.add(radarr)
    request = await house.approved(await house.film())
    await house.send()
    radarr.start_download(603)
    queue = house.queue_of(known)
    await queue.look(known)
    seen_at = house.clock.now()
    await radarr.stop()
    house.clock.advance(timedelta(minutes=5))
    await queue.look(known)

    order = await visit(ADA).call("GetOrder", asked_for(request.id))

    assert isinstance(order, orders_pb2.Order)
    assert len(order.downloads) == 1
    assert order.fulfiller.unseen_since.ToDatetime() == seen_at.replace(tzinfo=None)


async def test_a_series_tells_how_much_of_each_season_is_there(
    house: House, sonarr: Sonarr, visit: Visit
) -> None:
    await house.set_up.add(sonarr)
    dark = await house.series()
    sonarr.know(334824, "Dark", 2017, tmdb_id=70523, seasons={1: 8, 2: 8, 3: 8})
    await house.database.execute("UPDATE titles SET tmdb_id = 70523")
    answers, now = PostgresAnswers(house.database), house.clock.now()
    seasons = tuple(SeasonInBrief(number, episode_count=8) for number in range(4))
    await answers.claim("tmdb:series:70523", now, now)
    told = Told(Details(seasons=seasons), now, now)
    await answers.keep("tmdb:series:70523", told)
    request = await house.approved(dark, 1, 3)
    await house.send()
    for episode in (1, 2, 2):
        await house.shelf.put(dark, 1, episode)
    await house.shelf.put(dark, 1, 3, state="CORRUPT")
    await house.shelf.put(dark, 2, 1)

    order = await visit(ADA).call("GetOrder", asked_for(request.id))

    assert isinstance(order, orders_pb2.Order)
    assert [
        (each.season_number, each.available_count, each.episode_count)
        for each in order.seasons
    ] == [(1, 2, 8), (3, 0, 8)]
    assert order.state == orders_pb2.Order.PLACED
    await house.shelf.put(dark, 3, 1)
    order = await visit(ADA).call("GetOrder", asked_for(request.id))
    assert isinstance(order, orders_pb2.Order)
    assert order.state == orders_pb2.Order.ARRIVED


async def test_a_request_that_is_not_approved_has_no_order(
    house: House, visit: Visit
) -> None:
    asked = await house.desk.ask(await house.film())

    refused = await visit(ADA).refused("GetOrder", asked_for(asked.id))

    assert refused == "NOT_FOUND order_missing"


@pytest.mark.parametrize(
    "request_id", ["", "x", "\x00", "9" * 5000, str(UUID(int=7)), f"{{{UUID(int=7)}}}"]
)
async def test_what_is_no_request_has_no_order(visit: Visit, request_id: str) -> None:
    refused = await visit(MANAGER).refused("GetOrder", asked_for(request_id))

    assert refused == "NOT_FOUND request_missing"


async def test_only_those_who_see_a_request_see_its_order(
    house: House, visit: Visit
) -> None:
    request = await house.approved(await house.film())

    assert await visit(BOB).refused("GetOrder", asked_for(request.id)) == (
        "NOT_FOUND request_missing"
    )
    assert await visit(WATCHER).call("GetOrder", asked_for(request.id))
    assert request.title is not None
    await house.desk.ask(request.title.id, by=BOB)
    assert await visit(BOB).call("GetOrder", asked_for(request.id))


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("ListOrders", orders_pb2.ListOrdersRequest()),
        ("ListActiveDownloads", orders_pb2.ListActiveDownloadsRequest()),
    ],
)
async def test_lists_of_orders_are_for_those_who_manage_requests(
    visit: Visit, method: str, request_: object
) -> None:
    assert (await visit(ADA).refused(method, request_)).startswith("PERMISSION_DENIED")
    assert (await visit(None).refused(method, request_)).startswith("UNAUTHENTICATED")
    assert await visit(MANAGER).call(method, request_) is not None


async def test_orders_are_listed_by_state_page_by_page(
    house: House, radarr: Radarr, visit: Visit
) -> None:
    waiting = [
        await house.approved(await house.film(number, f"Film {number}"))
        for number in (1, 2, 3)
    ]
    await house.send()
    by_hand = orders_pb2.Order.NO_FULFILLER

    seen: list[str] = []
    token = ""
    for _ in range(2):
        page = await visit(MANAGER).call(
            "ListOrders",
            orders_pb2.ListOrdersRequest(page_size=2, page_token=token, state=by_hand),
        )
        assert isinstance(page, orders_pb2.ListOrdersResponse)
        seen += [each.request_id for each in page.orders]
        token = page.next_page_token

    assert token == ""
    newest = sorted((str(each.id) for each in waiting), reverse=True)
    assert seen == newest
    known = await house.set_up.add(radarr)
    await house.send()
    radarr.start_download(2)
    await house.queue_of(known).look(known)
    active = await visit(MANAGER).call(
        "ListActiveDownloads", orders_pb2.ListActiveDownloadsRequest()
    )
    assert isinstance(active, orders_pb2.ListActiveDownloadsResponse)
    assert [each.title_name for each in active.orders] == ["Film 2"]


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (
            orders_pb2.ListOrdersRequest(page_size=101),
            "INVALID_ARGUMENT invalid",
        ),
        (orders_pb2.ListOrdersRequest(page_size=-1), "INVALID_ARGUMENT invalid"),
        (
            orders_pb2.ListOrdersRequest(page_token="x\x00"),
            "INVALID_ARGUMENT page_token_invalid",
        ),
        (
            orders_pb2.ListOrdersRequest(state=99),  # type: ignore[arg-type]
            "INVALID_ARGUMENT invalid",
        ),
    ],
)
async def test_what_is_asked_wrongly_is_refused(
    visit: Visit, request_: object, refusal: str
) -> None:
    assert await visit(MANAGER).refused("ListOrders", request_) == refusal
