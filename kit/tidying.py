"""Forgets what is old enough in the tables that every service has."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from kit import idempotency, outbox
from kit.delivery import ledger
from kit.errors import Unavailable
from kit.postgres import Database

log = structlog.get_logger()

ForgetOld = Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[int]]

_TIDY_EVERY_S = 3600.0
_FORGET = (outbox.forget_old, idempotency.forget_old, ledger.forget_old)


async def tidy(database: Database) -> None:
    """Forget, every hour, what is old enough: events, Idempotency-Keys, deliveries.

    In batches: one statement for all of them would take longer than a statement may
    once they are many, and would fail for ever after.
    """
    while True:
        try:
            for forget_old in _FORGET:
                while await _forget(database, forget_old):
                    pass
        except Unavailable as exc:
            log.info("tidying_put_off", error=exc.reason)
        await asyncio.sleep(_TIDY_EVERY_S)


async def _forget(database: Database, forget_old: ForgetOld) -> int:
    async with database.connection() as conn:
        return await forget_old(conn)
