"""Tells people and programs outside what happened, and loses nothing on the way.

    deliveries.enqueue(conn, Delivery(target, key, message))   in the transaction that
                │                                              makes it necessary
                ▼
    a line for each target ─► claimed by a process ─► channel.send ─► SENT
                ▲                                        │
                │   UpstreamAway: 5 s, 10 s … 5 min later┤
                └────────────────────────────────────────┤ for 24 hours, then FAILED
                                                         └ TargetRefused: FAILED

What a service does to tell somebody something:

    deliveries = Deliveries(database, clock)                 # kit/delivery/ledger.py
    await deliveries.enqueue(conn, Delivery(target_id, "request 0190…", Message(…)))

and once, at its roof:

    delivering = Delivering(deliveries, targets, {"webhook": webhooks, …})
    loops = {"delivering": delivering.run}

`targets` finds a target by its id when something is sent: settings and secrets are as
they are then, and are not kept with the message. Ids of targets are the service's
own, of any number of tables; nothing else here knows whose they are.

Messages of one target go one after another, in the order in which they were enqueued.
A target that is away delays its own, and nobody else's: those that fail have turns of
their own. Whoever dies while sending leaves the line to others behind its lease. What
was sent and not written down by then is sent again with the same id, which every
channel tells the target: of at least once, the target can make once.
"""

import asyncio
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid4

import structlog

from kit import metrics
from kit.delivery.ledger import Deliveries, Line, LineLost
from kit.delivery.message import DeliveryState, Sending, Target, TargetRefused
from kit.errors import Failure, Unavailable
from kit.http import UpstreamAway

log = structlog.get_logger()

SEND_WITHIN_S = 15.0
"""Less than a lease, so that whoever sends still has the line when it is sent."""
_LOOK_EVERY_S = 1.0
_FRESH_AT_ONCE = 24
_FAILING_AT_ONCE = 8
_BATCH = 100
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 300.0
_MOST_DOUBLINGS = 10


class Channel(Protocol):
    """A way to tell somebody something: one for each kind of target."""

    async def send(self, target: Target, sending: Sending) -> None:
        """Tell it, and come back when the target has taken it. Raises UpstreamAway for
        what may go well later, and TargetRefused, in words for a person, for what will
        not."""


class Targets(Protocol):
    """Who can be told something."""

    async def find(self, target_id: UUID) -> Target:
        """Raises TargetRefused for one that is gone or switched off: what waits for it
        fails with these words; UpstreamAway for one that cannot be told yet."""


class Delivering:
    """Works off what waits. Any number of processes may."""

    def __init__(
        self,
        deliveries: Deliveries,
        targets: Targets,
        channels: Mapping[str, Channel],
    ) -> None:
        """Channels by the kind of target."""
        self._deliveries = deliveries
        self._targets = targets
        self._channels = channels
        self._me = uuid4()
        self._news = {False: asyncio.Event(), True: asyncio.Event()}
        deliveries.database.on_commit(self._committed)

    async def run(self) -> None:
        """Deliver until canceled. A database that is away delays it, and loses none."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._crew(False, _FRESH_AT_ONCE), name="deliver")
            group.create_task(self._crew(True, _FAILING_AT_ONCE), name="deliver again")

    async def send(self, target: Target, sending: Sending) -> None:
        """Now, by its channel. Raises UpstreamAway and TargetRefused."""
        channel = self._channels.get(target.kind)
        if channel is None:
            raise TargetRefused("MediaNest has no such channel any more.")
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await channel.send(target, sending)
        except TimeoutError as exc:
            raise UpstreamAway("The target did not answer in time.") from exc

    async def _crew(self, is_failing: bool, at_once: int) -> None:
        news, working = self._news[is_failing], set[asyncio.Task[None]]()

        def ended(task: asyncio.Task[None]) -> None:
            working.discard(task)
            news.set()

        async with asyncio.TaskGroup() as group:
            while True:
                news.clear()
                for line in await self._claim(is_failing, at_once - len(working)):
                    task = group.create_task(self._work(line))
                    working.add(task)
                    task.add_done_callback(ended)
                try:
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await news.wait()
                except TimeoutError:
                    pass

    async def _claim(self, is_failing: bool, most: int) -> list[Line]:
        if most <= 0:
            return []
        try:
            found = await self._deliveries.claim(self._me, most, is_failing=is_failing)
        except Unavailable as exc:
            log.info("deliveries_delayed", error=exc.reason)
            return []
        return list(found)

    async def _work(self, line: Line) -> None:
        try:
            for sending in await self._deliveries.waiting(line, _BATCH):
                if not await self._deliver(line, sending):
                    return
            await self._deliveries.release(line)
        except LineLost:
            log.warning("delivery_line_lost", target_id=str(line.target_id))
        except Unavailable as exc:
            # The database's: the line is anybody's behind its lease.
            log.info("deliveries_delayed", error=exc.reason)

    async def _deliver(self, line: Line, sending: Sending) -> bool:
        """Whether to go on with the line."""
        kind = "none"
        try:
            target = await self._targets.find(line.target_id)
            kind = target.kind
        except TargetRefused as exc:
            await self._fail(line, sending, kind, exc.message)
            return True
        except UpstreamAway as exc:
            await self._put_off(line, sending, kind, exc)
            return False
        try:
            await self.send(target, sending)
        except TargetRefused as exc:
            await self._fail(line, sending, kind, exc.message)
        # A channel runs other people's code against other people's servers: whatever
        # it raises says something of this target, and must not end the others.
        except Exception as exc:  # noqa: BLE001 - it is told in the log of deliveries
            await self._put_off(line, sending, kind, exc)
            return False
        else:
            await self._deliveries.end(line, sending.id, DeliveryState.SENT)
            metrics.DELIVERIES.labels(kind, "sent").inc()
        return True

    async def _fail(self, line: Line, sending: Sending, kind: str, words: str) -> None:
        await self._deliveries.end(line, sending.id, DeliveryState.FAILED, words)
        metrics.DELIVERIES.labels(kind, "failed").inc()
        log.info("delivery_failed", delivery_id=str(sending.id), kind=kind)

    async def _put_off(
        self, line: Line, sending: Sending, kind: str, failure: Exception
    ) -> None:
        if isinstance(failure, Failure):
            words = failure.message
        else:
            words = f"MediaNest could not send it: {type(failure).__name__}."
            log.error("delivery_crashed", kind=kind, exc_info=failure)
        pause = _pause(await self._deliveries.failures(line), failure)
        given_up = await self._deliveries.put_off(line, sending.id, words, pause)
        metrics.DELIVERIES.labels(kind, "put off").inc()
        metrics.DELIVERIES.labels(kind, "failed").inc(given_up)
        log.info(
            "delivery_put_off",
            delivery_id=str(sending.id),
            kind=kind,
            given_up=given_up,
        )

    def _committed(self) -> None:
        if self._deliveries.may_wait:
            self._news[False].set()


def _pause(failures: int, failure: Exception) -> timedelta:
    doublings = min(failures, _MOST_DOUBLINGS)
    seconds = min(_FIRST_PAUSE_S * 2**doublings, _LONGEST_PAUSE_S)
    seconds *= random.uniform(0.8, 1.2)  # noqa: S311 - targets that failed together are tried apart
    asked = failure.retry_after if isinstance(failure, Failure) else None
    return max(timedelta(seconds=seconds), asked or timedelta(0))
