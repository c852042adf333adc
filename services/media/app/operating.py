"""What is sealed with the house's keys, and who asks how."""

from functools import partial

from medianest.media.v1 import operator_pb2, operator_pb2_grpc
from services.media.app.fulfillers import setups_of
from services.media.app.part import Ground, Part, served
from services.media.domain.operator import Operator
from services.media.rpc.operator import OperatorHandlers
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.plex_watchlists import PostgresPlexWatchlists
from services.media.store.resealing import reseal
from services.media.store.server_sources import PostgresServerSources
from services.media.store.telling.own_targets import PostgresOwnTargets
from services.media.store.webhook_sources import PostgresWebhookSources


def operating(ground: Ground) -> Part:
    service, seal = ground.service, ground.seal
    sealed = (
        PostgresServerSources(service.database, seal, service.clock),
        PostgresNotificationTargets(service.database, seal),
        PostgresOwnTargets(service.database, seal),
        setups_of(ground),
        PostgresPlexWatchlists(service.database, seal),
        PostgresWebhookSources(service.database, seal),
    )
    return Part(
        [
            served(
                operator_pb2,
                "OperatorService",
                operator_pb2_grpc.add_OperatorServiceServicer_to_server,
                OperatorHandlers(Operator(*sealed)),
            )
        ],
        {"resealing": partial(reseal, *sealed)},
    )
