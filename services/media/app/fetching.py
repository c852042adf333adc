"""What becomes of approved requests: sent to who gets them, and followed."""

from datetime import timedelta

from medianest.media.v1 import orders_pb2, orders_pb2_grpc
from services.media.app.fulfillers import fulfillers_of
from services.media.app.part import Ground, Part, served
from services.media.domain.fetching.minding import Minding
from services.media.domain.fetching.overseeing import Overseeing
from services.media.domain.fetching.patience import Patience
from services.media.domain.fetching.polling import Polling
from services.media.domain.fetching.sending import Sending
from services.media.domain.requests.seeing import Seeing
from services.media.rpc.orders import OrdersHandlers
from services.media.store.downloads import PostgresDownloads
from services.media.store.order_counts import OrderCounts
from services.media.store.order_views import PostgresOrderViews
from services.media.store.orders import PostgresOrders
from services.media.store.placed_orders import PostgresPlacedOrders
from services.media.store.polling_turn import PostgresTurn
from services.media.store.provider_answers import PostgresAnswers
from services.media.store.requests import PostgresRequests


def fetching(ground: Ground) -> Part:
    settings, service = ground.settings, ground.service
    database, clock = service.database, service.clock
    fulfillers, orders = fulfillers_of(ground), PostgresOrders(database)
    patience = Patience(timedelta(hours=settings.unanswered_for_h))
    sending = Sending(orders, fulfillers, clock, patience)
    placed = PostgresPlacedOrders(database, orders)
    polling = Polling(
        PostgresDownloads(database),
        orders,
        fulfillers,
        PostgresTurn(service.dsn, service.application),
        clock,
        every=timedelta(seconds=settings.queues_every_s),
    )
    views = PostgresOrderViews(database)
    overseeing = Overseeing(
        Seeing(PostgresRequests(database)), views, PostgresAnswers(database)
    )
    return Part(
        [
            served(
                orders_pb2,
                "OrdersService",
                orders_pb2_grpc.add_OrdersServiceServicer_to_server,
                OrdersHandlers(overseeing, views, service.pages),
            )
        ],
        {
            "sending": sending.run,
            "polling": polling.run,
            "minding": Minding(placed, fulfillers, clock).run,
            "order_counts": OrderCounts(database).run,
        },
        polling.knock,
    )
