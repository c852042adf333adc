"""People who are told what happens to requests, with one that follows."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import grpc
from grpc import aio

from kit import outbox
from kit.caller import Caller
from kit.clock import Clock
from kit.outbox import Event, Feed
from kit.postgres import Database
from kit.rpc.identity import METADATA_KEY
from medianest.media.v1 import notifications_pb2 as told
from medianest.media.v1 import notifications_pb2_grpc
from services.media.store.telling.following import PostgresFollowing
from services.media.store.telling.people import PostgresPeople
from tests.clock import NOON
from tests.media.requests.house import KEYS
from tests.waiting import eventually

WINDOW = timedelta(seconds=60)
NOBODYS = "0190f6a2-0000-4000-8000-000000000000"
DARK = "0190f6a2-0000-7000-8000-00000000da4c"


@asynccontextmanager
async def following(
    database: Database, url: str, clock: Clock, replicas: int = 1
) -> AsyncIterator[None]:
    """Processes of media, as far as they tell people what happens."""
    tasks = []
    for _ in range(replicas):
        feed = Feed(database, url, "media", asyncio.Event())
        follower = PostgresFollowing(database, feed, clock, WINDOW)
        tasks += [asyncio.create_task(feed.run()), asyncio.create_task(follower.run())]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def employ(database: Database, *people: Caller, suspended: bool = False) -> None:
    """As auth tells of them: each with a role of what they may do."""
    known = PostgresPeople(database)
    for caller in people:
        role = f"role-of-{caller.name.lower()}"
        await known.role_grants(role, caller.permissions, 1)
        await known.is_in(caller.user_id, role, 1, suspended=suspended)


async def happens(
    database: Database, what: str, people: Iterable[str] = (), **data: str | list[str]
) -> None:
    """An event of media that is told to these."""
    rooms = ("requests", *(f"user:{each}" for each in people))
    key = str(data.get("requestId", data.get("reportId", "")))
    event = Event(what, key, NOON, rooms, ("requests",), data)
    async with database.transaction() as conn:
        await outbox.write(conn, event)


async def follows_all(database: Database) -> None:
    """Until nothing is left that could be told."""

    async def is_told() -> bool:
        behind = await database.fetchval(
            """
            SELECT count(id)
              FROM outbox
             WHERE type LIKE ANY ('{request.%,report.%}')
               AND coalesce(position, 'infinity'::float8) > (SELECT place FROM telling)
            """
        )
        return behind == 0

    await eventually(is_told)


class Reader:
    """Somebody who looks at their bell, at the door."""

    def __init__(self, channel: aio.Channel, caller: Caller | None) -> None:
        self._door = notifications_pb2_grpc.NotificationsServiceStub(channel)
        self._metadata = [] if caller is None else [(METADATA_KEY, KEYS.sign(caller))]

    async def call(self, method: str, request: object) -> Any:
        door = getattr(self._door, method)
        return await door(request, metadata=self._metadata, timeout=10)

    async def refused(self, method: str, request: object) -> str:
        """The code and the reason of the refusal."""
        try:
            await self.call(method, request)
        except aio.AioRpcError as exc:
            trailers = dict(exc.trailing_metadata() or ())
            code: grpc.StatusCode = exc.code()
            return f"{code.name} {trailers['reason']}"
        raise AssertionError(f"{method} was not refused")

    async def page(
        self, size: int = 100, token: str = "", *, unread_only: bool = False
    ) -> told.ListNotificationsResponse:
        request = told.ListNotificationsRequest(
            page_size=size, page_token=token, unread_only=unread_only
        )
        answer: told.ListNotificationsResponse = await self.call(
            "ListNotifications", request
        )
        return answer

    async def words(self) -> list[str]:
        """Of all, the oldest first."""
        return [each.words for each in reversed((await self.page()).notifications)]

    async def unread(self) -> int:
        request = told.CountNotificationsRequest()
        counts = await self.call("CountNotifications", request)
        return int(counts.unread)
