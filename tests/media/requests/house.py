"""A media database with titles, a shelf and people, and the door in front of it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import grpc
from grpc import aio

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Unavailable
from kit.postgres import Database
from kit.rpc.identity import METADATA_KEY, CallerKeys
from medianest.media.v1 import requests_pb2_grpc
from services.media.domain.request_profiles import ShortList
from services.media.domain.requests.asking import Asking, Thing
from services.media.domain.requests.deciding import Deciding
from services.media.domain.requests.editing import Editing
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.permissions import (
    MANAGE_REQUESTS,
    REQUEST,
    REQUEST_VIEW,
)
from services.media.domain.requests.seeing import Filter, Seeing
from services.media.domain.requests.sizing import Sizing
from services.media.domain.requests.wanted import Wanted
from services.media.domain.rules.remembered import RememberedRuling
from services.media.store.arrivals import arrive
from services.media.store.decisions import PostgresDecisions
from services.media.store.edits import PostgresEdits
from services.media.store.request_profiles import PostgresProfiles
from services.media.store.request_rules import PostgresRules
from services.media.store.requests import PostgresRequests
from services.media.store.wishes import PostgresWishes

Answer = TypeVar("Answer")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = CallerKeys("test:" + "5a" * 32)
EVERYTHING = Filter(None, None)
ADMIN = 1


class MovingClock:
    """A second later each time, so that what is newest is not a matter of chance."""

    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def a_caller(name: str, *permissions: int) -> Caller:
    bits = sum(1 << permission for permission in permissions)
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    return Caller(f"id-of-{name}", name, "MEMBER", bits, "session", expires_at)


ADA = a_caller("Ada", REQUEST)
BOB = a_caller("Bob", REQUEST)
OWNER = a_caller("Owner", ADMIN)
MANAGER = a_caller("Manager", MANAGE_REQUESTS)
WATCHER = a_caller("Watcher", REQUEST_VIEW)


def an_idempotency_key(key: str = "", asked: bytes = b"this") -> Once:
    return Once(key, asked)


@dataclass
class Shelf:
    """The titles and the files that the other rooms of media would bring."""

    database: Database
    library_id: UUID
    source_id: UUID

    async def title(self, name: str = "The Matrix", kind: str = "movie") -> UUID:
        title_id = uuid4()
        await self.database.execute(
            """
            INSERT INTO titles (id, origin_key, kind, name, year, genres, poster_path,
                                vote_average, imported_at, name_key, name_words,
                                original_key, original_words)
            VALUES ($1, $2, $3, $4, 1999, '{Action,Drama}', '/poster.jpg', 8.2, $5,
                    $4, '{}', '', '{}')
            """,
            title_id,
            f"test:{title_id}",
            kind,
            name,
            NOON,
        )
        return title_id

    async def titles(self, count: int) -> list[UUID]:
        return [await self.title(f"Title {number}") for number in range(count)]

    async def fulfiller(self, kind: str = "radarr") -> UUID:
        """One that is set up, and switched off: nobody asks it anything."""
        fulfiller_id = uuid4()
        await self.database.execute(
            """
            INSERT INTO fulfillers (id, name, kind, address, key_sealed, is_4k,
                                    is_default, is_anime, is_enabled, profile_id,
                                    folder, tags, anime_profile_id, anime_folder,
                                    anime_tags, created_at)
            VALUES ($1, $2, $2, 'http://arr.lan', '', false, false, false, false, 1,
                    '/', '{}', 0, '', '{}', $3)
            """,
            fulfiller_id,
            kind,
            NOON,
        )
        return fulfiller_id

    async def put(
        self,
        title_id: UUID,
        season: int = 0,
        episode: int = 0,
        state: str = "OK",
        width: int = 1,
        added_at: datetime = NOON,
    ) -> int:
        """Put a file on the shelf as a scan does; how many requests arrived."""
        async with self.database.transaction() as conn:
            await conn.execute(
                """
                INSERT INTO items (id, source_id, library_id, file, path, size_bytes,
                                   modified_ns, state, detail, kind, parsed_name,
                                   other_names, parsed_year, season, episode, tmdb_id,
                                   tvdb_id, imdb_id, title_id, confidence, duration_s,
                                   width, height, video_codec, audio_codec, added_at)
                VALUES ($1, $2, $3, $4, 'file', 1, 1, $5, '', 'movie', '', '{}', 0, $6,
                        $7, 0, 0, '', $8, 1, 1, $10, 1, '', '', $9)
                """,
                uuid4(),
                self.source_id,
                self.library_id,
                uuid4().bytes,
                state,
                season,
                episode,
                title_id,
                added_at,
                width,
            )
            return await arrive(conn, [title_id], NOON)


async def open_shelf(database: Database) -> Shelf:
    source_id, library_id = uuid4(), uuid4()
    await database.execute(
        """
        INSERT INTO sources (id, name, path, created_at, due_at)
        VALUES ($1, 'media', '/media', $2, $2)
        """,
        source_id,
        NOON,
    )
    await database.execute(
        """
        INSERT INTO libraries (id, source_id, folder, name, device)
        VALUES ($1, $2, 'movies', 'movies', '1')
        """,
        library_id,
        source_id,
    )
    return Shelf(database, library_id, source_id)


class Desk:
    """The three roles on one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.asking = Asking(
            PostgresWishes(database),
            RememberedRuling(PostgresRules(database)),
            clock,
            Sizing(),
            ShortList(PostgresProfiles(database), clock),
        )
        self.deciding = Deciding(PostgresDecisions(database), clock)
        self.editing = Editing(PostgresEdits(database), clock, Sizing())
        self.seeing = Seeing(PostgresRequests(database))

    async def ask(
        self, title_id: UUID, *seasons: int, by: Caller = ADA, key: str = ""
    ) -> MediaRequest:
        once = an_idempotency_key(key, repr((title_id, seasons)).encode())
        thing = Thing(title_id, Wanted.of(False, seasons, (), False))
        return await self.asking.ask(thing, once, by=by)

    async def want(self, thing: Thing, *, by: Caller = ADA) -> MediaRequest:
        return await self.asking.ask(thing, an_idempotency_key(), by=by)

    async def seen_by(self, caller: Caller) -> list[MediaRequest]:
        return (await self.seeing.page(EVERYTHING, 100, None, by=caller)).requests


async def insist(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again when the database is too busy to answer, as a client does."""
    while True:
        with suppress(Unavailable):
            return await ask()


class Visitor:
    """Somebody at the door."""

    def __init__(self, channel: aio.Channel, caller: Caller | None) -> None:
        self.door = requests_pb2_grpc.RequestsServiceStub(channel)
        self.metadata = [] if caller is None else [(METADATA_KEY, KEYS.sign(caller))]

    async def call(self, method: str, request: object, key: str = "") -> object:
        metadata = list(self.metadata)
        if key:
            metadata.append(("idempotency-key", key))
        return await getattr(self.door, method)(request, metadata=metadata, timeout=10)

    async def refused(self, method: str, request: object, key: str = "") -> str:
        """The code and the reason of the refusal."""
        try:
            await self.call(method, request, key)
        except aio.AioRpcError as exc:
            trailers = dict(exc.trailing_metadata() or ())
            code: grpc.StatusCode = exc.code()
            return f"{code.name} {trailers['reason']}"
        raise AssertionError(f"{method} was not refused")
