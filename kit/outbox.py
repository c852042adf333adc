"""What happened, written where it happened and told from there.

    store ── write, in the transaction ──► outbox ── publish ──► position
                                                                   │
                              watchers in every process ◄── feed ──┘

A row gets its position when it is published, by one publisher at a time: what
commits later has the later position, so nobody who remembers a position misses
anything behind it.

Nobody says NOTIFY in a transaction that waits for the disk: all of a server that do
take turns, and their commits with them (docs/decisions/0041).
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog

from kit.errors import Invalid, Unavailable
from kit.postgres import AWAY, Database

log = structlog.get_logger()

_BATCH = 500
_REMEMBERED = 2_000
_LOOK_AGAIN_S = 5.0
_RECONNECT_S = 0.25
_KEPT_FOR = timedelta(days=7)
_FORGET_AT_ONCE = 5_000

Json = str | int | float | bool | None | list[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `key` names what it happened to: events of one key
    are told in order."""

    type: str
    key: str
    at: datetime
    rooms: tuple[str, ...]
    tags: tuple[str, ...]
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Published:
    position: int
    event: Event


class AfterUnknown(Invalid):
    reason = "after_unknown"


async def write(conn: "asyncpg.Connection[asyncpg.Record]", *events: Event) -> None:
    """Write events down in the transaction that makes them true.

    Call it behind the statement that decides, whose row lock keeps events of one
    key in order.
    """
    await conn.executemany(
        """
        INSERT INTO outbox (type, key, rooms, tags, data, occurred_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [
            (each.type, each.key, each.rooms, each.tags, json.dumps(each.data), each.at)
            for each in events
        ],
    )


async def publish(database: Database) -> int:
    """Give positions to what has none, at most 500 rows; how many that were."""
    count = int(await database.fetchval("SELECT publish_outbox($1)", _BATCH))
    if count:
        await database.execute("SELECT pg_notify('outbox_published', '')")
    return count


async def forget_old(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Forget some of what was published more than a week ago; how much that was."""
    return int(
        await conn.fetchval(
            """
              WITH old AS (
                   SELECT id
                     FROM outbox
                    WHERE position IS NOT NULL AND occurred_at < now() - $1::interval
                    ORDER BY position
                    LIMIT $2
                      FOR UPDATE SKIP LOCKED),
                   gone AS (
                   DELETE FROM outbox
                    USING old
                    WHERE outbox.id = old.id
                   RETURNING outbox.id)
            SELECT count(id) FROM gone
            """,
            _KEPT_FOR,
            _FORGET_AT_ONCE,
        )
    )


class Feed:
    """The stream of a service's events, for any number of watchers.

    Every replica has one, and any of them publishes. A database that is away
    delays events and loses none.
    """

    def __init__(
        self, database: Database, dsn: str, service: str, leaving: asyncio.Event
    ) -> None:
        self._database = database
        self._dsn = dsn
        self._service = service
        self._leaving = leaving
        self._recent: deque[Published] = deque(maxlen=_REMEMBERED)
        self._head: int | None = None
        self._news = asyncio.Event()
        self._knock = asyncio.Event()
        self._may_have_written = True
        database.on_commit(self._written)

    async def run(self) -> None:
        """Publish and read until cancelled; watchers end when the process leaves."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._dismiss(), name="dismiss watchers")
            while True:
                try:
                    await self._listen()
                except (*AWAY, Unavailable) as exc:
                    log.info("events_delayed", error=type(exc).__name__)
                await asyncio.sleep(_RECONNECT_S)

    async def watch(
        self,
        after: str,
        recent: int = 0,
        opened: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> AsyncIterator[tuple[str, Event]]:
        """Events with their ids, behind the event with the id `after`; when it is
        empty, the `recent` latest and then what happens. `opened` is called once every
        event is sure to be told, with the id behind which that begins and the latest
        so far. Ends when the process leaves. Raises AfterUnknown."""
        position = self._position(after)
        while self._head is None and not self._leaving.is_set():
            await self._news.wait()
        if position is None and self._head is not None:
            position = max(0, self._head - recent)
        if opened is not None:
            await opened(self._id(position or 0), self._id(self._head or 0))
        while not self._leaving.is_set():
            news = self._news
            if position is not None:
                batch = await self._behind(position)
                for published in batch:
                    yield self._id(published.position), published.event
                    position = published.position
                if batch:
                    continue
            await news.wait()

    def _id(self, position: int) -> str:
        return f"{self._service}:{position}"

    async def _listen(self) -> None:
        conn = await asyncpg.connect(self._dsn, timeout=2, command_timeout=5)
        try:
            conn.add_termination_listener(lambda _: self._knock.set())
            await conn.add_listener("outbox_published", lambda *_: self._knock.set())
            self._may_have_written = True
            while not conn.is_closed():
                self._knock.clear()
                await self._catch_up()
                try:
                    async with asyncio.timeout(_LOOK_AGAIN_S):
                        await self._knock.wait()
                except TimeoutError:
                    # Somebody may have died between writing and publishing.
                    self._may_have_written = True
        finally:
            conn.terminate()

    async def _catch_up(self) -> None:
        is_behind = True
        while is_behind:
            if self._may_have_written:
                self._may_have_written = False
                count = await publish(self._database)
                self._may_have_written |= count == _BATCH
            # After each round: where somebody always writes, publishing is never done.
            await self._read_on()
            is_behind = self._may_have_written

    async def _read_on(self) -> None:
        if self._head is None:
            self._head = await self._database.fetchval(
                "SELECT position FROM outbox_head"
            )
            self._tell()
        is_behind = True
        while is_behind:
            rows = await self._read(self._head)
            if rows:
                self._recent.extend(rows)
                self._head = rows[-1].position
                self._tell()
            is_behind = len(rows) == _BATCH

    def _written(self) -> None:
        self._may_have_written = True
        self._knock.set()

    async def _behind(self, position: int) -> list[Published]:
        if self._head is None or position >= self._head:
            return []
        if self._recent and self._recent[0].position <= position + 1:
            return [each for each in self._recent if each.position > position]
        return await self._read(position)

    async def _read(self, position: int) -> list[Published]:
        rows = await self._database.fetch(
            """
            SELECT position, type, key, rooms, tags, data, occurred_at
              FROM outbox
             WHERE position > $1
             ORDER BY position
             LIMIT $2
            """,
            position,
            _BATCH,
        )
        return [
            Published(
                row["position"],
                Event(
                    row["type"],
                    row["key"],
                    row["occurred_at"],
                    tuple(row["rooms"]),
                    tuple(row["tags"]),
                    json.loads(row["data"]),
                ),
            )
            for row in rows
        ]

    def _position(self, after: str) -> int | None:
        if not after:
            return None
        service, _, position = after.partition(":")
        if service != self._service or not position.isdecimal() or len(position) > 18:  # noqa: PLR2004 - fits a bigint
            raise AfterUnknown(
                f"after is an event id of this service, {self._service}:N.",
                field="after",
            )
        return int(position)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _dismiss(self) -> None:
        await self._leaving.wait()
        self._tell()
