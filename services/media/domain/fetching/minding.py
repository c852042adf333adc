"""Looks after what was placed: whether who is to get it still has it.

PLACED ──6 h──► it has it, and looks for it, or it is there ──► PLACED
                └─ it does not ──10 min──► nor now ──► FAILED, which people may retry
                                           └─ it does again ──► PLACED
"""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from kit.clock import Clock
from kit.errors import Refused, Unavailable
from services.media.domain.fetching.choosing import order_at
from services.media.domain.fetching.orders import LEASE, Claim, Wanted
from services.media.domain.fulfilling.errors import FulfillerMissing
from services.media.domain.fulfilling.fulfiller import Entry
from services.media.domain.fulfilling.fulfillers import Fulfillers
from services.media.domain.titles import Kind

log = structlog.get_logger()

_LOOK_FOR_WORK_S = 60.0
_LOOKED_AFTER_EVERY = timedelta(hours=6)
# Whoever removes something to add it anew has so long for it.
_LOOKED_AGAIN = timedelta(minutes=10)
_WITHIN_S = LEASE.total_seconds() / 2


class PlacedOrders(Protocol):
    """What there must be stored of orders that are placed."""

    async def claim(
        self, looked: datetime, missed: datetime, now: datetime, until: datetime
    ) -> Claim | None:
        """The one that was looked after last before `looked`, or before `missed` if it
        was not there, for the caller alone."""

    async def there(self, claim: Claim, entry: Entry, now: datetime) -> None:
        """Each of these three: noted if the claim holds."""

    async def missing(self, claim: Claim, now: datetime) -> None: ...

    async def unknown(self, claim: Claim, now: datetime) -> None:
        """All that was known stays."""

    async def fail(self, claim: Claim, words: str, now: datetime) -> bool:
        """With its request, which is told."""


class Minding:
    """Any number of processes may do so. Nothing is added, nor searched for: who took
    it away there may have meant it."""

    def __init__(
        self, orders: PlacedOrders, fulfillers: Fulfillers, clock: Clock
    ) -> None:
        self._orders = orders
        self._fulfillers = fulfillers
        self._clock = clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                while await self.look_next():
                    pass
            except Unavailable as exc:
                log.info("minding_put_off", error=exc.reason)
            await asyncio.sleep(_LOOK_FOR_WORK_S)

    async def look_next(self) -> bool:
        """Look after the one that is due first, if any; whether there was one."""
        now = self._clock.now()
        claim = await self._orders.claim(
            now - _LOOKED_AFTER_EVERY, now - _LOOKED_AGAIN, now, now + LEASE
        )
        if claim is None:
            return False
        try:
            known = await self._fulfillers.of(claim.fulfiller_id)
            async with asyncio.timeout(_WITHIN_S):
                entry = await known.fulfiller.find(order_at(known, claim.wanted))
        except (FulfillerMissing, Refused, Unavailable, TimeoutError) as exc:
            # Switched off, or away, or it does not take the key: it says nothing of it.
            await self._unknown(claim, exc)
        # What one order brings about must not keep the others from being looked after,
        # nor the process from serving.
        except Exception as exc:
            log.exception("order_crashed", request_id=str(claim.wanted.request_id))
            await self._unknown(claim, exc)
        else:
            await self._settle(claim, known.name, entry)
        return True

    async def _unknown(self, claim: Claim, exc: Exception) -> None:
        request_id = str(claim.wanted.request_id)
        log.info("order_not_seen", request_id=request_id, error=str(exc))
        await self._orders.unknown(claim, self._clock.now())

    async def _settle(self, claim: Claim, name: str, entry: Entry | None) -> None:
        now = self._clock.now()
        words = _trouble(claim.wanted, entry)
        if entry is not None and not words:
            await self._orders.there(claim, entry, now)
        elif not words:
            await self._orders.unknown(claim, now)
        elif claim.missing_since is None:
            await self._orders.missing(claim, now)
        else:
            request_id = str(claim.wanted.request_id)
            log.info("order_removed_there", request_id=request_id)
            await self._orders.fail(claim, f"{name}: {words}", now)


def _trouble(wanted: Wanted, entry: Entry | None) -> str:
    """Why it would never come; empty where it may. Of a series, episodes come and go,
    and what is not looked for of them says little; one without a number at TheTVDB is
    looked up elsewhere, and who does not find it there knows nothing."""
    is_movie = wanted.kind is Kind.MOVIE
    if entry is None:
        is_known = is_movie or wanted.tvdb_id is not None
        removed = "it was removed there, and nobody looks for it any more."
        return removed if is_known else ""
    if is_movie and not (entry.is_there or entry.is_wanted):
        return "it is not monitored there any more, and nobody looks for it."
    return ""
