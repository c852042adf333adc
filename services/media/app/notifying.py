"""Who outside is told what happens, and by what: the house's targets, and people's
own."""

from kit.delivery.apprises import open_apprises
from kit.delivery.engine import Channel, Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.mail import open_mails
from kit.delivery.settings import APPRISE, EMAIL, WEBHOOK
from kit.delivery.webhooks import open_webhooks
from medianest.media.v1 import (
    notification_targets_pb2,
    notification_targets_pb2_grpc,
    own_targets_pb2,
    own_targets_pb2_grpc,
)
from services.media.app.part import Ground, Part, served
from services.media.domain.notifying.targets import Targets
from services.media.domain.telling.own_targets import Reaching
from services.media.rpc.notification_targets import NotificationTargetsHandlers
from services.media.rpc.own_targets import OwnTargetsHandlers
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.notifying import Notifying
from services.media.store.telling.own_targets import PostgresOwnTargets
from services.media.store.telling.reaching import (
    OWN_APPRISE,
    OWN_WEBHOOK,
    EveryTarget,
    OwnMessenger,
)


async def open_notifying(ground: Ground) -> Part:
    service, stack = ground.service, ground.stack
    database, clock = service.database, service.clock
    may_be_here = ground.settings.notify_private_addresses
    apprises = await stack.enter_async_context(
        open_apprises(private_allowed=may_be_here)
    )
    # What anybody may enter leads out of the house, whoever may tell it otherwise.
    own_apprises = apprises.outward()
    channels: dict[str, Channel] = {
        WEBHOOK: await stack.enter_async_context(
            open_webhooks(clock, private_allowed=may_be_here)
        ),
        EMAIL: await stack.enter_async_context(open_mails(private_allowed=may_be_here)),
        APPRISE: apprises,
        OWN_WEBHOOK: await stack.enter_async_context(
            open_webhooks(clock, private_allowed=False)
        ),
        OWN_APPRISE: own_apprises,
    }
    stored = PostgresNotificationTargets(database, ground.seal)
    own = PostgresOwnTargets(database, ground.seal)
    every = EveryTarget(own, stored)
    deliveries = Deliveries(database, clock)
    delivering = Delivering(deliveries, every, channels)
    messenger = OwnMessenger(every, delivering, own_apprises, clock)
    notifying = Notifying(
        database,
        service.feed,
        deliveries,
        ground.settings.tmdb_images_url,
        ground.settings.public_url,
    )
    return Part(
        [
            served(
                notification_targets_pb2,
                "NotificationTargetsService",
                notification_targets_pb2_grpc.add_NotificationTargetsServiceServicer_to_server,
                NotificationTargetsHandlers(
                    Targets(stored, delivering, apprises, clock),
                    stored,
                    deliveries,
                    service.pages,
                ),
            ),
            served(
                own_targets_pb2,
                "OwnTargetsService",
                own_targets_pb2_grpc.add_OwnTargetsServiceServicer_to_server,
                OwnTargetsHandlers(Reaching(own, messenger, clock), service.pages),
            ),
        ],
        {"notifying": notifying.run, "delivering": delivering.run},
    )
