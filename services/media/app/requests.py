"""Wishes, and what becomes of those who had them."""

from medianest.media.v1 import requests_pb2, requests_pb2_grpc
from services.media.app.part import Ground, Part, served
from services.media.domain.requests.asking import Asking
from services.media.domain.requests.deciding import Deciding
from services.media.domain.requests.leaving import Leaving
from services.media.domain.requests.seeing import Seeing
from services.media.rpc.house_events import HouseEvents
from services.media.rpc.requests import RequestsHandlers
from services.media.store.decisions import PostgresDecisions
from services.media.store.faces import PostgresFaces
from services.media.store.requesters import PostgresRequesters
from services.media.store.requests import PostgresRequests
from services.media.store.telling.people import PostgresPeople
from services.media.store.wishes import PostgresWishes


def requests(ground: Ground) -> Part:
    service = ground.service
    database, clock = service.database, service.clock
    handlers = RequestsHandlers(
        Asking(PostgresWishes(database), clock),
        Deciding(PostgresDecisions(database), clock),
        Seeing(PostgresRequests(database)),
        service.pages,
        ground.unchanged,
    )
    hearing_auth = HouseEvents(
        ground.settings.auth_addresses,
        service.keys,
        Leaving(PostgresRequesters(database), clock),
        PostgresFaces(database),
        PostgresPeople(database),
        clock,
    )
    return Part(
        [
            served(
                requests_pb2,
                "RequestsService",
                requests_pb2_grpc.add_RequestsServiceServicer_to_server,
                handlers,
            )
        ],
        {"hearing_auth": hearing_auth.run},
    )
