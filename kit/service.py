"""What every service's process has, whatever it serves.

open_service ──► database, feed, keys, clock ──► the service's own rooms
                                                        │
             serve ◄── its contract, its doors, its loops ◄┘
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from kit import metrics
from kit.background import running
from kit.clock import Clock, SystemClock
from kit.outbox import Feed
from kit.pages import Pages
from kit.postgres import Database, open_database
from kit.rpc.addresses import AddressSeal
from kit.rpc.door import Door
from kit.rpc.identity import CallerKeys, Doorkeeper
from kit.rpc.policy import policies
from kit.rpc.server import leaving_on_signals, serve
from kit.settings import ServiceSettings
from kit.tidying import tidy

_CONNECTIONS = 5


@dataclass(frozen=True, slots=True)
class Service:
    application: str
    """How Postgres knows its connections."""
    dsn: str
    database: Database
    feed: Feed
    keys: CallerKeys
    pages: Pages
    clock: Clock
    _settings: ServiceSettings
    _leaving: asyncio.Event

    async def serve(
        self,
        contract: Sequence[ServiceDescriptor],
        policy: Any,
        register: Callable[[aio.Server], None],
        seal: AddressSeal | None = None,
        **loops: Coroutine[Any, Any, None],
    ) -> None:
        """Serve until told to leave, and run the loops for as long. `policy` is the
        contract's option, which kit does not know; `seal` is the Door's. Raises
        AddressTaken."""
        settings = self._settings
        keeper = Doorkeeper(self.keys, self.clock)
        every = {"events": self.feed.run(), "tidying": tidy(self.database), **loops}
        async with running(**every):
            await serve(
                settings.grpc_address,
                Door(keeper, policies(contract, policy), seal),
                register,
                service_names=[each.full_name for each in contract],
                leaving=self._leaving,
                grace_s=settings.grace_s,
                compress=settings.compress_rpc,
            )


@asynccontextmanager
async def open_service(name: str, settings: ServiceSettings) -> AsyncIterator[Service]:
    """Raises DatabaseAway when there is no database to begin with."""
    leaving = leaving_on_signals()
    keys = CallerKeys(settings.caller_keys.get_secret_value())
    dsn = settings.database_url.get_secret_value()
    application = f"medianest-{name}"
    metrics.publish(settings.metrics_address)
    async with open_database(
        dsn, application=application, max_connections=_CONNECTIONS
    ) as database:
        yield Service(
            application,
            dsn,
            database,
            Feed(database, dsn, name, leaving),
            keys,
            Pages(keys.signing_key),
            SystemClock(),
            settings,
            leaving,
        )
