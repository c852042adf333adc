"""What people tell one another: reports of what is wrong, and comments."""

from medianest.media.v1 import (
    comments_pb2,
    comments_pb2_grpc,
    reports_pb2,
    reports_pb2_grpc,
)
from services.media.app.part import Ground, Part, served
from services.media.domain.commenting import Commenting
from services.media.domain.reports.reporting import Reporting
from services.media.rpc.comments import CommentsHandlers
from services.media.rpc.reports import ReportsHandlers
from services.media.store.comments import PostgresComments
from services.media.store.reports import PostgresReports
from services.media.store.titles import PostgresTitles


def talk(ground: Ground) -> Part:
    service = ground.service
    database, clock, pages = service.database, service.clock, service.pages
    reporting = Reporting(PostgresReports(database), PostgresTitles(database), clock)
    return Part(
        [
            served(
                comments_pb2,
                "CommentsService",
                comments_pb2_grpc.add_CommentsServiceServicer_to_server,
                CommentsHandlers(Commenting(PostgresComments(database), clock), pages),
            ),
            served(
                reports_pb2,
                "ReportsService",
                reports_pb2_grpc.add_ReportsServiceServicer_to_server,
                ReportsHandlers(reporting, pages, ground.unchanged),
            ),
        ]
    )
