"""Works off what was posted: reads what it says, and has looked where it says so."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from services.media.domain.sources import Knock
from services.media.domain.webhooks.deliveries import (
    Claim,
    Delivery,
    DeliveryState,
    DeliveryUnreadable,
    Done,
    Look,
    Said,
)
from services.media.domain.webhooks.receiving import SAME_WITHIN
from services.media.domain.webhooks.sources import WebhookKind

log = structlog.get_logger()

ReadDelivery = Callable[[bytes], Said]
"""What a payload says. Raises DeliveryUnreadable."""

ATTEMPTS = 8
LEASE = timedelta(seconds=30)
# A media server notes what was imported some time after the program that tells of it.
LOOK_AGAIN = timedelta(minutes=1)
KEPT_FOR = timedelta(days=30)
MOST_KEPT = 1_000
_LOOK_FOR_WORK_S = 2.0
_TIDY_EVERY = timedelta(minutes=10)

_QUEUES = "The queues are looked at."
_READ = {Look.LIBRARIES, Look.REMOVALS}
_OUTCOMES = {
    Look.NOWHERE: "It is noted here. Nothing else follows from it.",
    Look.LIBRARIES: "The libraries are read for what came.",
    Look.REMOVALS: "The libraries are read in full, for what is gone.",
}


class Deliveries(Protocol):
    """What is stored of what was posted."""

    async def page(
        self, source_id: UUID, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[Delivery]:
        """The newest first, each with the first 4 KiB of its payload. Raises
        WebhookSourceMissing."""

    async def find(self, source_id: UUID, delivery_id: UUID) -> Delivery:
        """Raises DeliveryMissing."""

    async def retry(
        self, source_id: UUID, delivery_id: UUID, now: datetime
    ) -> Delivery:
        """Raises DeliveryMissing and DeliveryWaits."""

    async def claim(self, now: datetime, lease: timedelta, most: int) -> Claim | None:
        """One that is due, if any, with a beginning counted: nobody else gets it until
        the lease is over. What was begun `most` times and never ended is FAILED."""

    async def finish(self, claim: Claim, done: Done) -> None:
        """Keep what became of it, and have the libraries read where it says so: both,
        or neither. One that somebody else has by now is left to them."""

    async def forget(self, before: datetime, most: int, spared: datetime) -> None:
        """What was worked off and came `before`, and of each source all but the `most`
        newest. What came since `spared` stays: it may come again."""


class Working:
    """Any number of processes may do so."""

    def __init__(
        self,
        deliveries: Deliveries,
        readers: Mapping[WebhookKind, ReadDelivery],
        clock: Clock,
        knock_queues: Knock,
    ) -> None:
        self._deliveries = deliveries
        self._readers = readers
        self._clock = clock
        self._knock_queues = knock_queues
        self._wake = asyncio.Event()
        self._tidied_at: datetime | None = None

    def knock(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                while await self.work_next():
                    pass
                await self.tidy()
            except Unavailable as exc:
                log.info("webhooks_put_off", error=exc.reason)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_FOR_WORK_S):
                    await self._wake.wait()
            self._wake.clear()

    async def work_next(self) -> bool:
        """Work off what is due first, if anything; whether there was something."""
        now = self._clock.now()
        claim = await self._deliveries.claim(now, LEASE, ATTEMPTS)
        if claim is None:
            return False
        done = self._done(claim, now)
        await self._deliveries.finish(claim, done)
        if done.said.is_of_queue:
            # Whoever dies before this leaves the queues to be looked at as ever.
            self._knock_queues()
        return True

    def _done(self, claim: Claim, now: datetime) -> Done:
        try:
            said = self._readers[claim.kind](claim.payload)
        except DeliveryUnreadable as exc:
            return Done(DeliveryState.UNREADABLE, exc.message, Said(""))
        if not said.is_known:
            outcome = "Passed over: MediaNest does nothing with such an event."
            return Done(DeliveryState.PASSED_OVER, outcome, said)
        outcome = _OUTCOMES[said.look]
        if said.is_of_queue:
            outcome = f"{_QUEUES} {outcome}" if said.look in _READ else _QUEUES
        if said.look is Look.LIBRARIES and claim.looked == 0:
            outcome += " Once more in a minute."
            return Done(DeliveryState.WAITING, outcome, said, now + LOOK_AGAIN)
        return Done(DeliveryState.DONE, outcome, said)

    async def tidy(self) -> None:
        """Forget what is old, every ten minutes."""
        now = self._clock.now()
        if self._tidied_at and now - self._tidied_at < _TIDY_EVERY:
            return
        await self._deliveries.forget(now - KEPT_FOR, MOST_KEPT, now - SAME_WITHIN)
        self._tidied_at = now
