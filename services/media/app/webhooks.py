"""What Radarr, Sonarr and Seerr post: taken, and worked off."""

from collections.abc import Mapping

from medianest.media.v1 import webhooks_pb2, webhooks_pb2_grpc
from services.media.app.part import Ground, Part, served
from services.media.clients.webhooks.arr import radarr_said, sonarr_said
from services.media.clients.webhooks.seerr import seerr_said
from services.media.domain.sources import Knock
from services.media.domain.webhooks.receiving import Receiving
from services.media.domain.webhooks.sources import Admitting, WebhookKind
from services.media.domain.webhooks.working import ReadDelivery, Working
from services.media.rpc.webhooks import WebhooksHandlers
from services.media.store.letterbox import PostgresLetterbox
from services.media.store.webhook_deliveries import PostgresDeliveries
from services.media.store.webhook_sources import PostgresWebhookSources

READERS: Mapping[WebhookKind, ReadDelivery] = {
    WebhookKind.RADARR: radarr_said,
    WebhookKind.SONARR: sonarr_said,
    WebhookKind.SEERR: seerr_said,
}


def webhooks(ground: Ground, knock_queues: Knock) -> Part:
    service = ground.service
    database, clock = service.database, service.clock
    sources = PostgresWebhookSources(database, ground.seal)
    deliveries = PostgresDeliveries(database)
    working = Working(deliveries, READERS, clock, knock_queues)
    receiving = Receiving(PostgresLetterbox(database, sources), clock, working.knock)
    return Part(
        [
            served(
                webhooks_pb2,
                "WebhooksService",
                webhooks_pb2_grpc.add_WebhooksServiceServicer_to_server,
                WebhooksHandlers(
                    Admitting(sources, clock),
                    receiving,
                    sources,
                    deliveries,
                    service.pages,
                    clock,
                ),
            )
        ],
        {"webhooks": working.run},
    )
