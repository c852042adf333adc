"""Where media is put together. Read this file first."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from grpc import aio
from yarl import URL

from kit.postgres import Database
from kit.service import open_service
from kit.unchanged import open_unchanged
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import (
    events_pb2,
    events_pb2_grpc,
    libraries_pb2,
    libraries_pb2_grpc,
    pictures_pb2,
    pictures_pb2_grpc,
    requests_pb2,
    requests_pb2_grpc,
    titles_pb2,
    titles_pb2_grpc,
)
from services.media.clients.folder import LocalFolders
from services.media.clients.picture_hosts import open_picture_hosts
from services.media.clients.studio import open_studio
from services.media.domain.importing import Imports
from services.media.domain.pictures.gallery import Gallery
from services.media.domain.requests.asking import Asking
from services.media.domain.requests.deciding import Deciding
from services.media.domain.requests.leaving import Leaving
from services.media.domain.requests.seeing import Seeing
from services.media.domain.scanning import Scanning
from services.media.domain.search import Search
from services.media.domain.sources import Shelving
from services.media.rpc.events import EventsHandlers
from services.media.rpc.house_events import HouseEvents
from services.media.rpc.libraries import LibrariesHandlers
from services.media.rpc.pictures import PicturesHandlers
from services.media.rpc.requests import RequestsHandlers
from services.media.rpc.titles import TitlesHandlers
from services.media.settings import TMDB_IMAGES, Settings
from services.media.store.candidates import PostgresCatalog
from services.media.store.decisions import PostgresDecisions
from services.media.store.imports import PostgresImports
from services.media.store.kept_pictures import open_kept_pictures
from services.media.store.libraries import PostgresLibraries
from services.media.store.picture_places import PostgresPlaces
from services.media.store.requesters import PostgresRequesters
from services.media.store.requests import PostgresRequests
from services.media.store.scans import PostgresScans
from services.media.store.search import PostgresSearch
from services.media.store.sources import PostgresSources
from services.media.store.titles import PostgresTitles
from services.media.store.wishes import PostgresWishes

SERVICES = (
    events_pb2.DESCRIPTOR.services_by_name["EventsService"],
    libraries_pb2.DESCRIPTOR.services_by_name["LibrariesService"],
    pictures_pb2.DESCRIPTOR.services_by_name["PicturesService"],
    requests_pb2.DESCRIPTOR.services_by_name["RequestsService"],
    titles_pb2.DESCRIPTOR.services_by_name["TitlesService"],
)
# Pages of requests that are kept in memory; of 20 requests, a page is 6 KB.
_ANSWERS = 512
_PICTURES_S = 7 * 24 * 3600.0
_HOT_PICTURES_BYTES = 16 * 2**20


async def run(settings: Settings) -> None:
    """Serve until told to leave. Raises DatabaseAway when there is no database to
    begin with."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service("media", settings))
        database, clock, pages = service.database, service.clock, service.pages
        folders = LocalFolders()
        sources = PostgresSources(database)
        scanning = Scanning(
            PostgresScans(database),
            folders,
            PostgresCatalog(database),
            clock,
            every=timedelta(seconds=settings.rescan_every_s),
        )
        libraries = LibrariesHandlers(
            Shelving(sources, folders, clock, scanning.knock),
            sources,
            PostgresLibraries(database),
            pages,
        )
        unchanged = await stack.enter_async_context(
            open_unchanged(
                service.dsn, application=service.application, entries=_ANSWERS
            )
        )
        requests = RequestsHandlers(
            Asking(PostgresWishes(database), clock),
            Deciding(PostgresDecisions(database), clock),
            Seeing(PostgresRequests(database)),
            pages,
            unchanged,
        )
        leaving = HouseEvents(
            settings.auth_addresses,
            service.keys,
            Leaving(PostgresRequesters(database), clock),
            clock,
        )
        pictures = await _open_pictures(stack, settings, database)
        index = PostgresSearch(database, service.feed)
        titles = TitlesHandlers(
            Search(index, PostgresTitles(database)),
            Imports(PostgresImports(database), clock),
            pages,
        )

        def register(server: aio.Server) -> None:
            events_pb2_grpc.add_EventsServiceServicer_to_server(
                EventsHandlers(service.feed), server
            )
            libraries_pb2_grpc.add_LibrariesServiceServicer_to_server(libraries, server)
            pictures_pb2_grpc.add_PicturesServiceServicer_to_server(pictures, server)
            requests_pb2_grpc.add_RequestsServiceServicer_to_server(requests, server)
            titles_pb2_grpc.add_TitlesServiceServicer_to_server(titles, server)

        await service.serve(
            SERVICES,
            policy_pb2.policy,
            register,
            scanning=scanning.run(),
            index=index.run(),
            hearing_auth=leaving.run(),
        )


async def _open_pictures(
    stack: AsyncExitStack, settings: Settings, database: Database
) -> PicturesHandlers:
    at_tmdb = settings.tmdb_images_url
    hosts = await stack.enter_async_context(
        open_picture_hosts(
            [URL(at_tmdb).origin()], private_allowed=at_tmdb != TMDB_IMAGES
        )
    )
    studio = await stack.enter_async_context(open_studio(settings.pictures_workers))
    kept = stack.enter_context(
        open_kept_pictures(
            Path(settings.pictures_folder) if settings.pictures_folder else None,
            most_bytes=settings.pictures_most_mib * 2**20,
            good_for_s=_PICTURES_S,
            keep_free_bytes=settings.pictures_keep_free_mib * 2**20,
            hot_bytes=_HOT_PICTURES_BYTES,
        )
    )
    places = PostgresPlaces(database, at_tmdb)
    return PicturesHandlers(Gallery(places, hosts, studio, kept))
