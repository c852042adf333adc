"""Answers that are given again for as long as the database is what it was.

    ask ──► which commits are visible now? ── the same ──► the answer from before
                        │
                        └── others ──► make it anew, remember it with them

Postgres names what is visible by its snapshot: any commit, in any process, changes
it. So an answer is never stale, not for a writer who asks another replica at once,
and nobody has to say what a write makes stale. Any commit in the whole server makes
all answers be made anew, which is right where reads are many and writes are few.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from cachebox import LRUCache

from kit.errors import Unavailable
from kit.postgres import AWAY, DatabaseAway

Answer = TypeVar("Answer")
Moment = tuple[int, str]

_TIMEOUT_S = 1.0


class Moments:
    """Tells what is visible in a database, on a connection of its own.

    After a crash, Postgres may name another state by a name that it gave before. A
    crash ends the connection, so each connection has a number, which is part of the
    moment.
    """

    def __init__(self, dsn: str, application: str) -> None:
        self._dsn = dsn
        self._application = application
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._number = 0
        self._asking: asyncio.Task[Moment] | None = None
        self._next: asyncio.Task[Moment] | None = None

    async def now(self) -> Moment:
        """What is visible at a time that is not before the call. Those who ask
        while another asks share the next question. Raises DatabaseAway."""
        if self._next is None:
            self._next = asyncio.create_task(self._ask(self._asking))
            self._next.add_done_callback(_look_at)
        return await asyncio.shield(self._next)

    def close(self) -> None:
        for task in (self._asking, self._next):
            if task is not None:
                task.cancel()
        self._drop()

    async def _ask(self, before: asyncio.Task[Moment] | None) -> Moment:
        if before is not None and not before.done():
            await asyncio.wait((before,))
        # Who comes from here on may have written after the question was sent.
        self._asking, self._next = self._next, None
        try:
            connection = self._connection or await self._connect()
            snapshot = await connection.fetchval("SELECT pg_current_snapshot()::text")
        except AWAY as exc:
            self._drop()
            raise DatabaseAway("The database does not answer.") from exc
        return self._number, snapshot

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        self._connection = await asyncpg.connect(
            self._dsn,
            timeout=_TIMEOUT_S,
            command_timeout=_TIMEOUT_S,
            server_settings={"application_name": self._application},
        )
        self._number += 1
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class Unchanged:
    """Answers with the moment that they are true of, the most recently used ones.

    A database that does not tell the moment makes this slower, never wrong.
    """

    def __init__(self, moments: Moments, entries: int) -> None:
        self._moments = moments
        self._answers: LRUCache[Hashable, tuple[Moment, Any]] = LRUCache(entries)
        self._making: dict[Hashable, tuple[Moment, asyncio.Task[Any]]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer for the key, made once for all who ask at one moment. `make` must
        read all that the answer depends on from the database, or have it in the key."""
        try:
            moment = await self._moments.now()
        except Unavailable:
            return await make()
        remembered = self._answers.get(key)
        if remembered is not None and remembered[0] == moment:
            answer: Answer = remembered[1]
            return answer
        making = self._making.get(key)
        if making is None or making[0] != moment:
            making = moment, asyncio.create_task(self._make(key, moment, make))
            making[1].add_done_callback(_look_at)
            self._making[key] = making
        task: asyncio.Task[Answer] = making[1]
        return await asyncio.shield(task)

    async def _make(
        self, key: Hashable, moment: Moment, make: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        try:
            # What is made now may be younger than the moment. It is given again only
            # if the moment still is the same then, and so was all along.
            answer = await make()
            if self._is_latest(key):
                self._answers[key] = (moment, answer)
            return answer
        finally:
            if self._is_latest(key):
                del self._making[key]

    def _is_latest(self, key: Hashable) -> bool:
        """Whether nobody has begun to make it for a later moment."""
        making = self._making.get(key)
        return making is not None and making[1] is asyncio.current_task()


@asynccontextmanager
async def open_unchanged(
    dsn: str, *, application: str, entries: int
) -> AsyncIterator[Unchanged]:
    moments = Moments(dsn, application)
    try:
        yield Unchanged(moments, entries)
    finally:
        moments.close()


def _look_at(task: asyncio.Task[Any]) -> None:
    """Those who asked may all have gone: asyncio warns of what nobody looked at."""
    if not task.cancelled():
        task.exception()
