"""Looks into the queues of those who fulfill orders, once for all processes."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Refused, Unavailable
from services.media.domain.fetching.orders import Orders
from services.media.domain.fetching.progress import (
    Change,
    Followed,
    Place,
    Progress,
    change,
)
from services.media.domain.fulfilling.fulfillers import Fulfillers, Known

log = structlog.get_logger()

_QUEUE_WITHIN_S = 30.0
_RARER = 6
_LONGEST = timedelta(minutes=1)
_SHORTEST_S = 1.0


class Downloads(Protocol):
    """What is stored of what is being downloaded."""

    async def worth_a_look(self) -> Collection[UUID]:
        """The fulfillers that have orders of open requests, or downloads of any."""

    async def known(self, fulfiller_id: UUID) -> Mapping[Place, Progress]: ...

    async def followed(
        self, fulfiller_id: UUID, remote_ids: Collection[int]
    ) -> Sequence[Followed]:
        """The orders at a fulfiller for these films or series."""

    async def note(self, fulfiller_id: UUID, changed: Change, now: datetime) -> None:
        """With what is told of it. What is ordered no longer is left out."""

    async def unseen(self, fulfiller_id: UUID, since: datetime, words: str) -> None:
        """It is not known what the fulfiller does: what was known stays. Since when is
        told once."""

    async def seen(self, fulfiller_id: UUID) -> None: ...


class Turn(Protocol):
    """Which of all processes looks. Nothing is written to find out."""

    async def is_ours(self) -> bool: ...

    async def give_up(self) -> None:
        """Another may have it."""


class Polling:
    """A queue that does not change makes no write and wakes nobody; one that cannot be
    read costs what is new of it, and holds up no other."""

    def __init__(
        self,
        downloads: Downloads,
        orders: Orders,
        fulfillers: Fulfillers,
        turn: Turn,
        clock: Clock,
        *,
        every: timedelta,
    ) -> None:
        self._downloads = downloads
        self._orders = orders
        self._fulfillers = fulfillers
        self._turn = turn
        self._clock = clock
        self._every = every
        self._known: dict[UUID, Known] = {}
        self._news = asyncio.Event()

    def knock(self) -> None:
        """Look into all queues now, or a second behind the last look: somebody told
        that there is something to see. Who fails is not left alone for it."""
        self._news.set()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Look whenever something is ordered, until cancelled."""
        looks: dict[UUID, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    wanted = await self._wanted()
                except Unavailable as exc:
                    log.info("polling_put_off", error=exc.reason)
                    wanted = set()
                for gone in looks.keys() - wanted:
                    looks.pop(gone).cancel()
                for new in wanted - looks.keys():
                    looks[new] = group.create_task(self._watch(new))
                await asyncio.sleep(self._every.total_seconds())

    async def _wanted(self) -> set[UUID]:
        """Those whose queues are ours to look at now."""
        worth = await self._downloads.worth_a_look()
        if not worth:
            await self._turn.give_up()
            return set()
        if not await self._turn.is_ours():
            return set()
        self._known = {each.id: each for each in await self._fulfillers.all()}
        return {each for each in worth if each in self._known}

    async def _watch(self, fulfiller_id: UUID) -> None:
        queue = Queue(
            fulfiller_id, self._downloads, self._orders, self._clock, self._every
        )
        while True:
            pause, news = _LONGEST, self._news
            try:
                pause = await queue.look(self._known[fulfiller_id])
            except Unavailable as exc:
                log.info("polling_put_off", error=exc.reason)
            # What one fulfiller brings about must not keep the others from being
            # looked at, nor the process from serving.
            except Exception:
                log.exception("polling_crashed", fulfiller_id=str(fulfiller_id))
            shortest_s = min(_SHORTEST_S, pause.total_seconds())
            await asyncio.sleep(shortest_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.total_seconds() - shortest_s):
                    await news.wait()


class Queue:
    """One fulfiller's, as one process follows it."""

    def __init__(
        self,
        fulfiller_id: UUID,
        downloads: Downloads,
        orders: Orders,
        clock: Clock,
        every: timedelta,
    ) -> None:
        self._id = fulfiller_id
        self._downloads = downloads
        self._orders = orders
        self._clock = clock
        self._every = every
        self._seen_at: datetime | None = None
        self._failures = 0
        self._is_first = True

    async def look(self, known: Known) -> timedelta:
        """Look once; how long to wait for the next look."""
        try:
            async with asyncio.timeout(_QUEUE_WITHIN_S):
                queue = await known.fulfiller.queue()
        except (Unavailable, Refused, TimeoutError) as exc:
            return await self._not_seen(str(exc) or "It did not answer in time.")
        now = self._clock.now()
        if self._failures or self._is_first:
            await self._downloads.seen(self._id)
            await self._orders.hurry(self._id, now)
        self._failures, self._is_first, self._seen_at = 0, False, now
        before = await self._downloads.known(self._id)
        remote_ids = {each.remote_id for each in queue}
        followed = await self._downloads.followed(self._id, remote_ids)
        changed = change(queue, followed, before, now)
        if changed:
            await self._downloads.note(self._id, changed, now)
        is_busy = bool(changed.told) or len(before) > len(changed.gone)
        return self._every if is_busy else min(self._every * _RARER, _LONGEST)

    async def _not_seen(self, words: str) -> timedelta:
        if not self._failures:
            since = self._seen_at or self._clock.now()
            log.info("queue_unseen", fulfiller_id=str(self._id), error=words)
            await self._downloads.unseen(self._id, since, words)
        self._failures += 1
        doubled: int = 2 ** min(self._failures, 10)
        return min(self._every * doubled, _LONGEST)
