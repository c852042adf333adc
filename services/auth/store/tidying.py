"""What time makes old, removed in batches."""

import asyncio

import asyncpg
import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from services.auth.store.audit import PostgresLog
from services.auth.store.tries import PostgresTries

log = structlog.get_logger()

_TIDY_EVERY_S = 3600.0


async def tidy_audit(audit: PostgresLog, keep_days: int) -> None:
    """Every hour, make the log's months ahead and drop the old ones. One that cannot
    have the tables to itself for a moment waits for the next hour."""
    while True:
        try:
            if dropped := await audit.tend(keep_days):
                log.info("audit_months_dropped", count=dropped)
        except (Unavailable, asyncpg.LockNotAvailableError) as exc:
            log.info("tidying_put_off", error=type(exc).__name__)
        await asyncio.sleep(_TIDY_EVERY_S)


async def tidy_tries(tries: PostgresTries, clock: Clock) -> None:
    """Forget, every hour and in batches, the tries that do not count any more."""
    while True:
        try:
            while await tries.forget_old(clock.now()):
                pass
        except Unavailable as exc:
            log.info("tidying_put_off", error=exc.reason)
        await asyncio.sleep(_TIDY_EVERY_S)
