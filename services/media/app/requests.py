"""Wishes, and what becomes of those who had them."""

from medianest.media.v1 import (
    quotas_pb2,
    quotas_pb2_grpc,
    requests_pb2,
    requests_pb2_grpc,
)
from services.media.app.part import Ground, Part, served
from services.media.domain.request_profiles import ShortList
from services.media.domain.requests.asking import Asking
from services.media.domain.requests.deciding import Deciding
from services.media.domain.requests.editing import Editing
from services.media.domain.requests.leaving import Leaving
from services.media.domain.requests.quotas import Quotas
from services.media.domain.requests.seeing import Seeing
from services.media.domain.requests.sizing import Sizing
from services.media.domain.rules.remembered import RememberedRuling
from services.media.rpc.house_events import HouseEvents
from services.media.rpc.quotas import RequestQuotasHandlers
from services.media.rpc.requests import RequestsHandlers
from services.media.store.decisions import PostgresDecisions
from services.media.store.edits import PostgresEdits
from services.media.store.faces import PostgresFaces
from services.media.store.request_limits import PostgresLimits
from services.media.store.request_profiles import PostgresProfiles
from services.media.store.request_rules import PostgresRules
from services.media.store.requesters import PostgresRequesters
from services.media.store.requests import PostgresRequests
from services.media.store.telling.people import PostgresPeople
from services.media.store.wishes import PostgresWishes


def requests(ground: Ground) -> Part:
    service = ground.service
    database, clock = service.database, service.clock
    sizing = sizing_of(ground)
    handlers = RequestsHandlers(
        asking(ground),
        Deciding(PostgresDecisions(database), clock),
        Editing(PostgresEdits(database), clock, sizing),
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
            ),
            served(
                quotas_pb2,
                "RequestQuotasService",
                quotas_pb2_grpc.add_RequestQuotasServiceServicer_to_server,
                RequestQuotasHandlers(
                    Quotas(PostgresLimits(database), clock), service.pages
                ),
            ),
        ],
        {"hearing_auth": hearing_auth.run},
    )


def asking(ground: Ground) -> Asking:
    service = ground.service
    database, clock = service.database, service.clock
    return Asking(
        PostgresWishes(database),
        RememberedRuling(PostgresRules(database)),
        clock,
        sizing_of(ground),
        ShortList(PostgresProfiles(database), clock),
    )


def sizing_of(ground: Ground) -> Sizing:
    return Sizing(ground.settings.gb_per_hour, ground.settings.gb_per_hour_4k)
