"""Watchlists at a simulated Plex, and those who connect theirs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from kit.caller import Caller
from kit.postgres import Database
from kit.sealing import Seal
from medianest.media.v1 import plex_watchlist_pb2, plex_watchlist_pb2_grpc
from services.media.app.part import served
from services.media.app.plex_watchlists import ask_for_all
from services.media.clients.plex.accounts import open_plex_tv
from services.media.clients.plex.watchlist import open_discover
from services.media.domain.importing import Imports
from services.media.domain.plex_sign_ins import PlexSignIns
from services.media.domain.plex_watchlist.connecting import PlexWatchlists
from services.media.domain.plex_watchlist.following import Following
from services.media.domain.plex_watchlist.watchlist import AUTO_REQUEST
from services.media.domain.requests.permissions import REQUEST
from services.media.rpc.plex_watchlist import PlexWatchlistHandlers
from services.media.store.candidates import PostgresCatalog
from services.media.store.imports import PostgresImports
from services.media.store.plex_followed import PostgresFollowed
from services.media.store.plex_sign_ins import PostgresPlexSignIns
from services.media.store.plex_watchlists import PostgresPlexWatchlists
from services.media.store.watchlists import PostgresWatchlists
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase
from tests.media.requests.house import Desk, Shelf, a_caller, open_shelf
from tests.media.talk.house import Street, street_of
from tests.simulators.plextv.people import Account
from tests.simulators.plextv.server import PlexTV

EVERY = timedelta(minutes=5)
ADA = a_caller("Ada", REQUEST, AUTO_REQUEST)


@dataclass
class Household:
    """A media that follows watchlists, step by step."""

    database: Database
    seal: Seal
    clock: StoppedClock
    following: Following
    connections: PostgresPlexWatchlists
    street: Street
    plextv: PlexTV

    async def connect(
        self, account: Account, by: Caller = ADA, *, asks: bool = True
    ) -> None:
        visitor = self.street.visitor(by)
        begun = await visitor.call("StartPlexWatchlistSignIn")
        self.plextv.approve(begun.code, account)
        await visitor.call(
            "ConnectPlexWatchlist",
            sign_in_id=begun.id,
            request_movies=asks,
            request_series=asks,
        )

    async def later(self, by: timedelta = EVERY) -> bool:
        """Time passes, and who is due is read; whether anybody was."""
        self.clock.advance(by)
        return await self.following.follow_next()

    async def watchlist(self, of: Caller = ADA) -> list[str]:
        entries = await PostgresWatchlists(self.database).page(of.user_id, 100, None)
        rows = await self.database.fetch("SELECT id, name FROM titles")
        names = {row["id"]: row["name"] for row in rows}
        return [names[each.title_id] for each in entries]

    async def asked(self) -> list[tuple[str, str]]:
        rows = await self.database.fetch(
            """
            SELECT titles.name, requests.requested_by
              FROM requests
              JOIN titles ON titles.id = requests.title_id
             ORDER BY titles.name
            """
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return (await make_database("media"))[0]


@pytest.fixture
async def shelf(database: Database) -> Shelf:
    return await open_shelf(database)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def desk(database: Database, clock: StoppedClock) -> Desk:
    return Desk(database, clock)


@pytest.fixture
async def plextv() -> AsyncIterator[PlexTV]:
    plextv = PlexTV()
    await plextv.start()
    yield plextv
    await plextv.stop()


@pytest.fixture
def ada(plextv: PlexTV) -> Account:
    """At Plex."""
    return plextv.add_account("ada")


@pytest.fixture
async def household(
    database: Database, clock: StoppedClock, desk: Desk, plextv: PlexTV
) -> AsyncIterator[Household]:
    seal = Seal("test:" + "5a" * 32)
    connections = PostgresPlexWatchlists(database, seal)
    async with (
        open_plex_tv(plextv.url) as plex_tv,
        open_discover(plextv.url) as discover,
    ):
        following = Following(
            PostgresFollowed(database, seal),
            discover,
            PostgresCatalog(database),
            Imports(PostgresImports(database), clock),
            partial(ask_for_all, desk.asking),
            clock,
            EVERY,
        )
        sign_ins = PlexSignIns(PostgresPlexSignIns(database, seal), plex_tv, clock)
        handlers = PlexWatchlistHandlers(
            PlexWatchlists(connections, sign_ins, clock, following.knock)
        )
        part = served(
            plex_watchlist_pb2,
            "PlexWatchlistService",
            plex_watchlist_pb2_grpc.add_PlexWatchlistServiceServicer_to_server,
            handlers,
        )
        async with street_of([part]) as street:
            yield Household(
                database, seal, clock, following, connections, street, plextv
            )
