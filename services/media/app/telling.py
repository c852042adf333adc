"""Who is told of what happens, and by what."""

from datetime import timedelta
from functools import partial

from kit.delivery.ledger import Deliveries
from kit.tidying import tidy
from medianest.media.v1 import notifications_pb2, notifications_pb2_grpc
from services.media.app.part import Ground, Part, served
from services.media.domain.telling.inbox import Bell
from services.media.domain.telling.preferences import Wishes
from services.media.rpc.notifications import NotificationsHandlers
from services.media.store.telling.following import PostgresFollowing
from services.media.store.telling.holding import PostgresHolding
from services.media.store.telling.inbox import PostgresInbox, forget_many, forget_old
from services.media.store.telling.mailboxes import forget_tries
from services.media.store.telling.preferences import PostgresPreferences


def telling(ground: Ground) -> Part:
    service = ground.service
    database, clock = service.database, service.clock
    handlers = NotificationsHandlers(
        Bell(PostgresInbox(database), clock),
        Wishes(PostgresPreferences(database), clock),
        service.pages,
    )
    window = timedelta(seconds=ground.settings.notifications_together_s)
    following = PostgresFollowing(database, service.feed, clock, window)
    holding = PostgresHolding(
        database,
        Deliveries(database, clock),
        clock,
        ground.settings.public_url,
    )
    return Part(
        [
            served(
                notifications_pb2,
                "NotificationsService",
                notifications_pb2_grpc.add_NotificationsServiceServicer_to_server,
                handlers,
            )
        ],
        {
            "telling": following.run,
            "holding": holding.run,
            "tidying_notifications": partial(
                tidy, database, (forget_old, forget_many, forget_tries)
            ),
        },
    )
