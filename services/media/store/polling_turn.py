"""Which process looks into queues, by a lock in Postgres."""

from contextlib import suppress

import asyncpg

from kit.postgres import AWAY, DatabaseAway

_LOCK = 7_276_110
_TIMEOUT_S = 2.0


class PostgresTurn:
    """The lock is its connection's: when the process dies, so does that, and another
    has the turn. A lease in a table would be a write every few seconds, which makes
    every remembered answer be made anew (kit/unchanged.py)."""

    def __init__(self, dsn: str, application: str) -> None:
        self._dsn = dsn
        self._application = application
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._is_ours = False

    async def is_ours(self) -> bool:
        """Raises DatabaseAway."""
        try:
            connection = self._connection or await self._connect()
            if self._is_ours:
                await connection.fetchval("SELECT 1")
            else:
                self._is_ours = await connection.fetchval(
                    "SELECT pg_try_advisory_lock($1)", _LOCK
                )
        except AWAY as exc:
            await self.give_up()
            raise DatabaseAway("The database does not answer.") from exc
        return self._is_ours

    async def give_up(self) -> None:
        connection, self._connection = self._connection, None
        self._is_ours = False
        if connection is not None:
            with suppress(asyncpg.InterfaceError):
                connection.terminate()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        self._connection = await asyncpg.connect(
            self._dsn,
            timeout=_TIMEOUT_S,
            command_timeout=_TIMEOUT_S,
            server_settings={"application_name": self._application},
        )
        return self._connection
