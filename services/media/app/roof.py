"""Where media is put together: read this file first, then the parts."""

from contextlib import AsyncExitStack
from typing import Any

from grpc import aio

from kit.sealing import Seal
from kit.service import open_service
from kit.unchanged import open_unchanged
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import events_pb2, events_pb2_grpc
from services.media.app.catalogue import open_catalogue
from services.media.app.fetching import fetching
from services.media.app.fulfillers import fulfillers
from services.media.app.lists import lists
from services.media.app.notifying import open_notifying
from services.media.app.operating import operating
from services.media.app.part import Ground, Part, served
from services.media.app.pictures import open_pictures
from services.media.app.plex_watchlists import open_plex_watchlists
from services.media.app.requests import requests
from services.media.app.rules import rules
from services.media.app.shelf import shelf
from services.media.app.sources import open_sources
from services.media.app.talk import talk
from services.media.app.telling import telling
from services.media.app.webhooks import webhooks
from services.media.rpc.events import EventsHandlers
from services.media.settings import Settings

# Pages of requests and items that are kept in memory; of 20, a page is 6 to 9 KB.
_ANSWERS = 512


async def run(settings: Settings) -> None:
    """Serve until told to leave. Raises DatabaseAway when there is no database to
    begin with."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service("media", settings))
        unchanged = await stack.enter_async_context(
            open_unchanged(
                service.dsn, application=service.application, entries=_ANSWERS
            )
        )
        seal = Seal(settings.sealing_keys.get_secret_value())
        ground = Ground(settings, service, seal, unchanged, stack)
        orders = fetching(ground)
        parts = [
            events(ground),
            requests(ground),
            telling(ground),
            fulfillers(ground),
            orders,
            talk(ground),
            lists(ground),
            await open_plex_watchlists(ground),
            rules(ground),
            shelf(ground),
            await open_sources(ground),
            await open_catalogue(ground),
            await open_pictures(ground),
            await open_notifying(ground),
            webhooks(ground, orders.knock),
            operating(ground),
        ]
        every = [each for part in parts for each in part.served]
        loops: dict[str, Any] = {
            name: loop() for part in parts for name, loop in part.loops.items()
        }

        def register(server: aio.Server) -> None:
            for each in every:
                each.add(server)

        await service.serve(
            [each.contract for each in every],
            policy_pb2.policy,
            register,
            **loops,
        )


def events(ground: Ground) -> Part:
    return Part(
        [
            served(
                events_pb2,
                "EventsService",
                events_pb2_grpc.add_EventsServiceServicer_to_server,
                EventsHandlers(ground.service.feed),
            )
        ]
    )
