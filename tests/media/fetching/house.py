"""Approved requests, and the Radarr and Sonarr that get them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from kit.breaker import Breaker
from kit.caller import Caller
from kit.postgres import Database
from services.media.clients.arr.radarr import Radarr as RadarrClient
from services.media.clients.arr.sonarr import Sonarr as SonarrClient
from services.media.domain.fetching.minding import Minding
from services.media.domain.fetching.patience import Patience
from services.media.domain.fetching.polling import Queue
from services.media.domain.fetching.sending import Sending
from services.media.domain.fulfilling.errors import FulfillerMissing
from services.media.domain.fulfilling.fulfiller import Fulfiller, FulfillerKind
from services.media.domain.fulfilling.fulfillers import Known
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.states import State
from services.media.store.downloads import PostgresDownloads
from services.media.store.orders import PostgresOrders
from services.media.store.placed_orders import PostgresPlacedOrders
from tests.clock import StoppedClock
from tests.media.arr.clients import place
from tests.media.requests.house import ADA, OWNER, Desk, Shelf
from tests.simulators.arr.server import Arr

PATIENCE = Patience(timedelta(hours=24))
EVERY = timedelta(seconds=5)
_SOON = timedelta(seconds=0.3)


@dataclass
class SetUp:
    """The fulfillers that are set up."""

    database: Database
    clock: StoppedClock
    known: dict[UUID, Known] = field(default_factory=dict)
    defaults: dict[tuple[FulfillerKind, bool], UUID] = field(default_factory=dict)

    async def of(self, fulfiller_id: UUID) -> Known:
        if fulfiller_id not in self.known:
            raise FulfillerMissing("It was removed.")
        return self.known[fulfiller_id]

    async def default(
        self,
        kind: FulfillerKind,
        *,
        is_4k: bool,
        is_anime: bool,  # noqa: ARG002 - one for both
    ) -> Known | None:
        found = self.defaults.get((kind, is_4k))
        return self.known[found] if found else None

    async def all(self) -> list[Known]:
        return list(self.known.values())

    def _ticks(self) -> float:
        return self.clock.now().timestamp()

    async def add(
        self,
        server: Arr,
        *,
        is_4k: bool = False,
        is_default: bool = True,
        folder: str = "",
        patience: timedelta = _SOON,
    ) -> Known:
        breaker = Breaker(server.app_name, self._ticks)
        at = replace(place(server), patience=patience, breaker=breaker)
        fulfiller: Fulfiller
        if server.app_name == "Radarr":
            kind, fulfiller = FulfillerKind.RADARR, RadarrClient(at)
        else:
            kind, fulfiller = FulfillerKind.SONARR, SonarrClient(at, self.clock)
        choices = Choices(None, 4, folder or next(iter(server.folders)))
        known = Known(
            uuid4(),
            server.app_name,
            kind,
            is_4k,
            server.url,
            fulfiller,
            choices,
            choices,
        )
        await self.database.execute(
            """
            INSERT INTO fulfillers (id, name, kind, address, key_sealed, is_4k,
                                    is_default, is_anime, is_enabled, profile_id,
                                    folder, tags, anime_profile_id, anime_folder,
                                    anime_tags, created_at)
            VALUES ($1, $2, $3, $4, '', $5, false, false, true, 4, $6, '{}', 0, '',
                    '{}', $7)
            """,
            known.id,
            known.name,
            kind.value,
            server.url,
            is_4k,
            choices.folder,
            self.clock.now(),
        )
        self.known[known.id] = known
        if is_default:
            self.defaults[kind, is_4k] = known.id
        return known

    async def remove(self, known: Known) -> None:
        await self.database.execute("DELETE FROM fulfillers WHERE id = $1", known.id)
        del self.known[known.id]
        for key in [key for key, each in self.defaults.items() if each == known.id]:
            del self.defaults[key]


@dataclass
class House:
    database: Database
    shelf: Shelf
    clock: StoppedClock
    set_up: SetUp

    def __post_init__(self) -> None:
        self.desk = Desk(self.database, self.clock)
        self.orders = PostgresOrders(self.database)
        self.downloads = PostgresDownloads(self.database)
        self.sending = self.another_process()

    def another_process(self, patience: Patience = PATIENCE) -> Sending:
        return Sending(self.orders, self.set_up, self.clock, patience)

    async def only(self) -> Known:
        """The only fulfiller that is set up."""
        (known,) = await self.set_up.all()
        return known

    def queue_of(self, known: Known) -> Queue:
        return Queue(known.id, self.downloads, self.orders, self.clock, EVERY)

    async def film(self, tmdb_id: int = 603, name: str = "The Matrix") -> UUID:
        title_id = await self.shelf.title(name)
        await self.database.execute(
            "UPDATE titles SET tmdb_id = $2 WHERE id = $1", title_id, tmdb_id
        )
        return title_id

    async def series(self, tvdb_id: int = 334824, name: str = "Dark") -> UUID:
        title_id = await self.shelf.title(name, "series")
        await self.database.execute(
            "UPDATE titles SET tvdb_id = $2 WHERE id = $1", title_id, tvdb_id
        )
        return title_id

    async def approved(
        self, title_id: UUID, *seasons: int, by: Caller = ADA
    ) -> MediaRequest:
        asked = await self.desk.ask(title_id, *seasons, by=by)
        return await self.desk.deciding.approve(asked.id, by=OWNER)

    async def send(self, sending: Sending | None = None) -> None:
        """Do all that is due."""
        sending = sending or self.sending
        await sending.assign()
        for fulfiller_id in await self.orders.due(self.clock.now()):
            while await sending.send_next(fulfiller_id):
                pass

    async def mind(self) -> None:
        """Look after all that is placed and due."""
        placed = PostgresPlacedOrders(self.database, self.orders)
        minding = Minding(placed, self.set_up, self.clock)
        while await minding.look_next():
            pass

    async def order(self, request: MediaRequest) -> asyncpg.Record:
        row = await self.database.fetchrow(
            """
            SELECT state, fulfiller_id, remote_id, attempts, refusals, next_at,
                   unanswered_since, last_words, claim_id
              FROM orders
             WHERE request_id = $1
            """,
            request.id,
        )
        assert row is not None
        return row

    async def state(self, request: MediaRequest) -> str:
        return str((await self.order(request))["state"])

    async def state_of_request(self, request: MediaRequest) -> State:
        return (await self.desk.seeing.find(request.id, by=OWNER)).state
