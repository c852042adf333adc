"""Forgets what is old enough: in the tables that every service has, and in its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog

from kit import idempotency, outbox
from kit.delivery import ledger
from kit.errors import Unavailable
from kit.postgres import Database

log = structlog.get_logger()

ForgetOld = Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[int]]

_TIDY_EVERY_S = 3600.0
OF_EVERY_SERVICE: Sequence[ForgetOld] = (
    outbox.forget_old,
    idempotency.forget_old,
    ledger.forget_old,
)


async def tidy(
    database: Database, tables: Sequence[ForgetOld] = OF_EVERY_SERVICE
) -> None:
    """Forget, every hour, what is old enough in these tables.

    In batches: one statement for all of them would take longer than a statement may
    once they are many, and would fail for ever after.
    """
    while True:
        try:
            for forget_old in tables:
                while await _forget(database, forget_old):
                    pass
        except Unavailable as exc:
            log.info("tidying_put_off", error=exc.reason)
        await asyncio.sleep(_TIDY_EVERY_S)


async def _forget(database: Database, forget_old: ForgetOld) -> int:
    async with database.connection() as conn:
        return await forget_old(conn)
