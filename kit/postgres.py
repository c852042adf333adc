"""A service's pool of Postgres connections."""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg
import structlog

from kit import metrics
from kit.errors import Unavailable

log = structlog.get_logger()

# What asyncpg raises when the server is away, going away, or coming up, and when
# no connection comes free in time. A statement that was cut off so may have been
# carried out or not: the caller repeats it with the same Idempotency-Key.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
)
# To make a connection, a server that refuses (another password, no such database) is
# as good as none.
_NO_CONNECTION = (*AWAY, asyncpg.PostgresError)
_ACQUIRE_S = 2.0
_STATEMENT_S = 5.0
_UNUSED_S = 60.0

_Lent: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class DatabaseAway(Unavailable):
    reason = "database_away"


class _Connection(asyncpg.Connection):
    """Sets no session state, and so has none to reset when it is given back."""

    def get_reset_query(self) -> str:
        return ""


class _Hand:
    """Connections of a pool that are kept at hand for the next who asks: to give one
    back to the pool and to take it again costs as much as a short statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._held: deque[tuple[float, _Lent]] = deque()
        self._waiting = 0

    async def take(self) -> _Lent:
        """The one that was used last. Raises what asyncpg does without one."""
        while self._held:
            _, conn = self._held.pop()
            if not conn.is_closed():
                return conn
            await self._pool.release(conn)
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=_ACQUIRE_S)
        finally:
            self._waiting -= 1

    async def give_back(self, conn: _Lent) -> None:
        now = time.monotonic()
        if self._waiting or conn.is_closed() or conn.is_in_transaction():
            await self._pool.release(conn)
        else:
            self._held.append((now, conn))
        # Of more than are needed, the pool closes those that are unused.
        if self._held and now - self._held[0][0] > _UNUSED_S:
            await self._pool.release(self._held.popleft()[1])


class Database:
    """Connections to one database, lent for a statement or a transaction.

    A server that is away is `DatabaseAway`, within seconds; when it is back, so
    are the connections.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._hand = _Hand(pool)
        self._on_commit: list[Callable[[], None]] = []

    def on_commit(self, act: Callable[[], None]) -> None:
        """Act from now on behind each transaction that is committed here. Single
        statements are none."""
        self._on_commit.append(act)

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.connection() as conn:
            return await conn.fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        async with self.connection() as conn:
            return await conn.fetchrow(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        async with self.connection() as conn:
            return await conn.fetchval(sql, *arguments)

    async def execute(self, sql: str, *arguments: object) -> str:
        async with self.connection() as conn:
            return await conn.execute(sql, *arguments)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection inside a transaction: committed at the end, undone by any
        exception. Raises DatabaseAway."""
        async with self.connection() as conn:
            async with conn.transaction():
                yield conn
            for act in self._on_commit:
                act()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection outside of any transaction. Raises DatabaseAway."""
        try:
            conn = await self._hand.take()
        except _NO_CONNECTION as exc:
            raise DatabaseAway("The database does not answer.") from exc
        began = time.perf_counter()
        metrics.POOL_IN_USE.inc()
        try:
            yield conn  # type: ignore[misc]
        except AWAY as exc:
            # Without this, giving it back would wait for a server that is gone.
            with suppress(asyncpg.InterfaceError):
                conn.terminate()
            await self._pool.release(conn)
            raise DatabaseAway("The database did not answer in time.") from exc
        except BaseException:
            # It may still be busy with what was canceled: the pool waits for that, and
            # ends it when that takes too long. What was raised is what is to be told.
            with suppress(*AWAY):
                await self._pool.release(conn)
            raise
        else:
            await self._hand.give_back(conn)
        finally:
            metrics.POOL_IN_USE.dec()
            metrics.SQL_SECONDS.observe(time.perf_counter() - began)


@asynccontextmanager
async def open_database(
    dsn: str, *, application: str, max_connections: int
) -> AsyncIterator[Database]:
    """A pool on the database at `dsn`. Raises DatabaseAway when it cannot be
    reached; statements end after 5 s."""
    pool = asyncpg.create_pool(
        dsn,
        # With a floor, the pool would log a traceback for each try to restore it.
        min_size=0,
        max_size=max_connections,
        timeout=_ACQUIRE_S,
        command_timeout=_STATEMENT_S + 1,
        max_inactive_connection_lifetime=300,
        connection_class=_Connection,
        init=_watch_for_slow_statements,
        server_settings={
            "application_name": application,
            "statement_timeout": str(int(_STATEMENT_S * 1000)),
            "jit": "off",
        },
    )
    await pool
    try:
        database = Database(pool)
        try:
            await database.fetchval("SELECT 1")
        except DatabaseAway as exc:
            why = str(exc.__cause__) or "no answer in time"
            raise DatabaseAway(
                f"{application} cannot reach its database: {why}"
            ) from exc
        yield database
    finally:
        pool.terminate()


async def _watch_for_slow_statements(conn: Any) -> None:
    conn.add_query_logger(_report_slow)


def _report_slow(query: Any) -> None:
    took_ms = query.elapsed * 1000
    if took_ms < 100:  # noqa: PLR2004 - the three steps stand side by side
        return
    say = log.info if took_ms < 1000 else log.warning if took_ms < 5000 else log.error  # noqa: PLR2004
    say("sql_slow", ms=round(took_ms), sql=" ".join(query.query.split())[:200])
