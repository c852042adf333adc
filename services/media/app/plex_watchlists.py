"""Watchlists at Plex, which those who connect theirs have followed."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from kit.caller import Caller, Once
from medianest.media.v1 import plex_watchlist_pb2, plex_watchlist_pb2_grpc
from services.media.app.part import Ground, Part, served
from services.media.app.requests import asking
from services.media.clients.plex.accounts import open_plex_tv
from services.media.clients.plex.watchlist import open_discover
from services.media.domain.importing import Imports
from services.media.domain.plex_sign_ins import PlexSignIns
from services.media.domain.plex_watchlist.connecting import PlexWatchlists
from services.media.domain.plex_watchlist.following import Following
from services.media.domain.requests.asking import Asking, Thing
from services.media.rpc.plex_watchlist import PlexWatchlistHandlers
from services.media.store.candidates import PostgresCatalog
from services.media.store.imports import PostgresImports
from services.media.store.plex_followed import PostgresFollowed
from services.media.store.plex_sign_ins import PostgresPlexSignIns
from services.media.store.plex_watchlists import PostgresPlexWatchlists


async def open_plex_watchlists(ground: Ground) -> Part:
    settings, service, seal = ground.settings, ground.service, ground.seal
    database, clock = service.database, service.clock
    plex_tv = await ground.stack.enter_async_context(
        open_plex_tv(settings.plex_address)
    )
    discover = await ground.stack.enter_async_context(
        open_discover(settings.plex_discover_address)
    )
    following = Following(
        PostgresFollowed(database, seal),
        discover,
        PostgresCatalog(database),
        Imports(PostgresImports(database), clock),
        partial(ask_for_all, asking(ground)),
        clock,
        timedelta(seconds=settings.plex_watchlists_every_s),
    )
    connections = PostgresPlexWatchlists(database, seal)
    sign_ins = PlexSignIns(PostgresPlexSignIns(database, seal), plex_tv, clock)
    handlers = PlexWatchlistHandlers(
        PlexWatchlists(connections, sign_ins, clock, following.knock)
    )
    return Part(
        [
            served(
                plex_watchlist_pb2,
                "PlexWatchlistService",
                plex_watchlist_pb2_grpc.add_PlexWatchlistServiceServicer_to_server,
                handlers,
            )
        ],
        {
            "following_plex_watchlists": following.run,
        },
    )


async def ask_for_all(
    asking: Asking, title_id: UUID, once: Once, asker: Caller
) -> object:
    return await asking.ask(Thing(title_id), once, by=asker)
