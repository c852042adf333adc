"""Reports and comments behind their real door, on a database of their own."""

from collections.abc import AsyncIterator

import pytest

from kit.clock import SystemClock
from kit.pages import Pages
from kit.postgres import Database
from kit.sealing import Seal
from kit.unchanged import open_unchanged
from medianest.media.v1 import (
    blocklist_pb2,
    blocklist_pb2_grpc,
    comments_pb2,
    comments_pb2_grpc,
    reports_pb2,
    reports_pb2_grpc,
    watchlist_pb2,
    watchlist_pb2_grpc,
)
from services.media.app.part import served
from services.media.domain.blocking import Blocking
from services.media.domain.commenting import Commenting
from services.media.domain.reports.reporting import Reporting
from services.media.domain.watchlists import Watchlisting
from services.media.rpc.blocklist import BlocklistHandlers
from services.media.rpc.comments import CommentsHandlers
from services.media.rpc.reports import ReportsHandlers
from services.media.rpc.watchlist import WatchlistHandlers
from services.media.store.blocks import PostgresBlocks
from services.media.store.comments import PostgresComments
from services.media.store.plex_watchlists import PostgresPlexWatchlists
from services.media.store.reports import PostgresReports
from services.media.store.titles import PostgresTitles
from services.media.store.watchlists import PostgresWatchlists
from tests.conftest import MakeDatabase
from tests.media.requests.house import Desk, MovingClock, Shelf, open_shelf
from tests.media.talk.house import Street, street_of


@pytest.fixture
async def media(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("media")


@pytest.fixture
def database(media: tuple[Database, str]) -> Database:
    return media[0]


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    return await open_shelf(database)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, MovingClock())


@pytest.fixture
async def street(media: tuple[Database, str]) -> AsyncIterator[Street]:
    database, dsn = media
    clock, pages = SystemClock(), Pages(b"k" * 32)
    reporting = Reporting(PostgresReports(database), PostgresTitles(database), clock)
    async with open_unchanged(dsn, application="test", entries=64) as unchanged:
        parts = [
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
                ReportsHandlers(reporting, pages, unchanged),
            ),
        ]
        cards = PostgresTitles(database)
        seen = PostgresPlexWatchlists(database, Seal("test:" + "5a" * 32)).seen
        blocking = Blocking(PostgresBlocks(database), cards, clock)
        watchlisting = Watchlisting(PostgresWatchlists(database), cards, clock, seen)
        parts += [
            served(
                blocklist_pb2,
                "BlocklistService",
                blocklist_pb2_grpc.add_BlocklistServiceServicer_to_server,
                BlocklistHandlers(blocking, pages),
            ),
            served(
                watchlist_pb2,
                "WatchlistService",
                watchlist_pb2_grpc.add_WatchlistServiceServicer_to_server,
                WatchlistHandlers(watchlisting, pages),
            ),
        ]
        async with street_of(parts) as street:
            yield street
