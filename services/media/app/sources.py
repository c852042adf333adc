"""Where media is: folders and servers, who reads them, and who hears of them."""

from datetime import timedelta

from medianest.media.v1 import (
    hooks_pb2,
    hooks_pb2_grpc,
    libraries_pb2,
    libraries_pb2_grpc,
    playing_pb2,
    playing_pb2_grpc,
    plex_sign_ins_pb2,
    plex_sign_ins_pb2_grpc,
)
from services.media.app.part import Ground, Part, served
from services.media.app.servers import CLIENTS, DOORMEN, NEWS
from services.media.clients.folders.folder import LocalFolders
from services.media.clients.plex.accounts import open_plex_tv
from services.media.domain.browsing import Browsing
from services.media.domain.connecting import Servers
from services.media.domain.hearing import Hearing
from services.media.domain.playing import Looking
from services.media.domain.plex_sign_ins import PlexSignIns
from services.media.domain.scanning import Scanning
from services.media.domain.serving import Serving
from services.media.domain.sources import Shelving
from services.media.domain.syncing import Syncing
from services.media.domain.watching import Watching
from services.media.rpc.hooks import HooksHandlers
from services.media.rpc.item_cards import ItemCards
from services.media.rpc.libraries import LibrariesHandlers
from services.media.rpc.playing import PlayingHandlers
from services.media.rpc.plex_sign_ins import PlexSignInsHandlers
from services.media.store.candidates import PostgresCatalog
from services.media.store.hooks import PostgresHooks
from services.media.store.items import PostgresItems
from services.media.store.libraries import PostgresLibraries
from services.media.store.news import PostgresNews
from services.media.store.now_playing import PostgresPlays
from services.media.store.plex_sign_ins import PostgresPlexSignIns
from services.media.store.scans import PostgresScans
from services.media.store.server_sources import PostgresServerSources
from services.media.store.sources import PostgresSources
from services.media.store.syncs import PostgresSyncs

_ASK_WHO_PLAYS_EVERY = timedelta(seconds=5)


async def open_sources(ground: Ground) -> Part:
    settings, service, seal = ground.settings, ground.service, ground.seal
    database, clock, pages = service.database, service.clock, service.pages
    folders, catalog = LocalFolders(), PostgresCatalog(database)
    every = timedelta(seconds=settings.rescan_every_s)
    scanning = Scanning(PostgresScans(database), folders, catalog, clock, every)
    servers = Servers(CLIENTS, DOORMEN)
    syncing = Syncing(
        PostgresSyncs(database, seal),
        servers,
        catalog,
        clock,
        every=every,
        full_every=timedelta(seconds=settings.reread_every_s),
    )
    news = PostgresNews(database)
    watching = Watching(news, folders, scanning.knock)
    looking = Looking(
        PostgresPlays(database, seal), servers, clock, every=_ASK_WHO_PLAYS_EVERY
    )
    plex_tv = await ground.stack.enter_async_context(
        open_plex_tv(settings.plex_address)
    )
    plex_sign_ins = PlexSignIns(PostgresPlexSignIns(database, seal), plex_tv, clock)

    def knock() -> None:
        scanning.knock()
        syncing.knock()
        watching.knock()

    sources = PostgresSources(database)
    server_sources = PostgresServerSources(database, seal, clock)
    libraries = LibrariesHandlers(
        Shelving(sources, folders, clock, knock),
        Serving(server_sources, servers, plex_sign_ins.token_of, clock, knock),
        sources,
        PostgresLibraries(database),
        Browsing(PostgresItems(database)),
        pages,
        ground.unchanged,
        ItemCards(settings.cards_mib * 2**20),
    )
    hearing = Hearing(PostgresHooks(database), news, NEWS, syncing.knock)
    return Part(
        [
            served(
                hooks_pb2,
                "HooksService",
                hooks_pb2_grpc.add_HooksServiceServicer_to_server,
                HooksHandlers(hearing),
            ),
            served(
                libraries_pb2,
                "LibrariesService",
                libraries_pb2_grpc.add_LibrariesServiceServicer_to_server,
                libraries,
            ),
            served(
                playing_pb2,
                "PlayingService",
                playing_pb2_grpc.add_PlayingServiceServicer_to_server,
                PlayingHandlers(looking, pages),
            ),
            served(
                plex_sign_ins_pb2,
                "PlexSignInsService",
                plex_sign_ins_pb2_grpc.add_PlexSignInsServiceServicer_to_server,
                PlexSignInsHandlers(plex_sign_ins),
            ),
        ],
        {
            "scanning": scanning.run,
            "syncing": syncing.run,
            "watching": watching.run,
            "looking": looking.run,
            "plex_sign_ins": plex_sign_ins.run,
        },
    )
