"""Where status is put together. Read this file first."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

from grpc import aio

from kit import metrics
from kit.background import running, tidy
from kit.clock import SystemClock
from kit.outbox import Feed
from kit.pages import Pages
from kit.postgres import open_database
from kit.rpc.door import Door
from kit.rpc.identity import CallerKeys, Doorkeeper
from kit.rpc.policy import policies
from kit.rpc.server import leaving_on_signals, serve
from medianest.api.v1 import policy_pb2
from medianest.status.v1 import (
    events_pb2,
    events_pb2_grpc,
    heartbeats_pb2,
    heartbeats_pb2_grpc,
    incidents_pb2,
    incidents_pb2_grpc,
    monitors_pb2,
    monitors_pb2_grpc,
)
from services.status.domain.monitors import Monitors
from services.status.domain.results import Results
from services.status.domain.watching import Probe, Watcher
from services.status.probes.addresses import Guard, open_resolver
from services.status.probes.http import HttpProbe, open_http
from services.status.probes.tcp import TcpProbe
from services.status.rpc.events import EventsHandlers
from services.status.rpc.heartbeats import HeartbeatsHandlers
from services.status.rpc.incidents import IncidentsHandlers
from services.status.rpc.monitors import MonitorsHandlers
from services.status.settings import Settings
from services.status.store.heartbeats import HeartbeatDays, PostgresHeartbeats
from services.status.store.incidents import PostgresIncidents
from services.status.store.monitors import PostgresBook
from services.status.store.rota import PostgresRota

SERVICES = (
    events_pb2.DESCRIPTOR.services_by_name["EventsService"],
    heartbeats_pb2.DESCRIPTOR.services_by_name["HeartbeatsService"],
    incidents_pb2.DESCRIPTOR.services_by_name["IncidentsService"],
    monitors_pb2.DESCRIPTOR.services_by_name["MonitorsService"],
)
_CONNECTIONS = 5


async def run(settings: Settings) -> None:
    """Serve until told to leave. Raises DatabaseAway when there is no database to
    begin with."""
    leaving = leaving_on_signals()
    clock = SystemClock()
    keys = CallerKeys(settings.caller_keys.get_secret_value())
    pages = Pages(keys.signing_key)
    dsn = settings.database_url.get_secret_value()
    metrics.publish(settings.metrics_address)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            open_database(
                dsn, application="medianest-status", max_connections=_CONNECTIONS
            )
        )
        days = HeartbeatDays(
            database, clock, timedelta(days=settings.keep_heartbeats_days)
        )
        await days.prepare()
        feed = Feed(database, dsn, "status", leaving)

        guard = Guard(link_local_allowed=settings.allow_link_local)
        resolver = await stack.enter_async_context(open_resolver())
        http = HttpProbe(await stack.enter_async_context(open_http(resolver, guard)))
        probes: dict[str, Probe] = {
            "http": http,
            "https": http,
            "tcp": TcpProbe(resolver, guard),
        }

        rota, holder, awake = PostgresRota(database), uuid4(), asyncio.Event()
        watcher = Watcher(
            rota,
            probes,
            Results(rota, holder, awake),
            clock,
            holder,
            awake,
            at_once=settings.checks_at_once,
        )
        monitors = Monitors(
            PostgresBook(database),
            clock,
            awake.set,
            link_local_allowed=settings.allow_link_local,
        )

        def register(server: aio.Server) -> None:
            events_pb2_grpc.add_EventsServiceServicer_to_server(
                EventsHandlers(feed), server
            )
            heartbeats_pb2_grpc.add_HeartbeatsServiceServicer_to_server(
                HeartbeatsHandlers(PostgresHeartbeats(database), pages), server
            )
            incidents_pb2_grpc.add_IncidentsServiceServicer_to_server(
                IncidentsHandlers(PostgresIncidents(database), pages), server
            )
            monitors_pb2_grpc.add_MonitorsServiceServicer_to_server(
                MonitorsHandlers(monitors, pages), server
            )

        await stack.enter_async_context(
            running(
                events=feed.run(),
                tidying=tidy(database),
                days=days.run(),
                watching=watcher.run(),
            )
        )
        await serve(
            settings.grpc_address,
            Door(Doorkeeper(keys, clock), policies(SERVICES, policy_pb2.policy)),
            register,
            service_names=[service.full_name for service in SERVICES],
            leaving=leaving,
            grace_s=settings.grace_s,
            compress=settings.compress_rpc,
        )
