"""Lists of titles that people keep: what they mean to watch, and what nobody may ask
for."""

from medianest.media.v1 import (
    blocklist_pb2,
    blocklist_pb2_grpc,
    watchlist_pb2,
    watchlist_pb2_grpc,
)
from services.media.app.part import Ground, Part, served
from services.media.domain.blocking import Blocking
from services.media.domain.watchlists import Watchlisting
from services.media.rpc.blocklist import BlocklistHandlers
from services.media.rpc.watchlist import WatchlistHandlers
from services.media.store.blocks import PostgresBlocks
from services.media.store.plex_watchlists import PostgresPlexWatchlists
from services.media.store.titles import PostgresTitles
from services.media.store.watchlists import PostgresWatchlists


def lists(ground: Ground) -> Part:
    service = ground.service
    database, clock, pages = service.database, service.clock, service.pages
    cards = PostgresTitles(database)
    seen = PostgresPlexWatchlists(database, ground.seal).seen
    blocking = Blocking(PostgresBlocks(database), cards, clock)
    watchlisting = Watchlisting(PostgresWatchlists(database), cards, clock, seen)
    return Part(
        [
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
    )
