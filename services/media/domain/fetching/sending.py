"""Sends orders to those who fulfill them, and makes sure of each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Refused, Unavailable
from services.media.domain.fetching.choosing import chosen_for, order_at
from services.media.domain.fetching.orders import (
    LEASE,
    Claim,
    Orders,
    OrderState,
    Wanted,
)
from services.media.domain.fetching.patience import Patience
from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerMissing,
)
from services.media.domain.fulfilling.fulfiller import Entry, Fulfiller, Order
from services.media.domain.fulfilling.fulfillers import Fulfillers, Known

log = structlog.get_logger()

_LOOK_FOR_WORK_S = 2.0
_AT_ONCE_EACH = 2
_BATCH = 100
# Well before the claim runs out: what is written of it must still count.
_WITHIN_S = LEASE.total_seconds() / 2
# A fulfiller that does not answer is left alone for so long, whatever else is due.
_RESTS = timedelta(seconds=5)
_RECONSIDER_EVERY = timedelta(minutes=1)


class Sending:
    """Any number of processes may do so.

        due ──► claim ──► look ── wanted there ─────────────► search ──► PLACED
                            │                                   ▲
                            └─ not there, or not all ──► add ───┘

    Adding is looked for first, so it is done once, whoever was killed in between.
    Each fulfiller has a lane of its own: one that is slow holds up nobody else.
    """

    def __init__(
        self,
        orders: Orders,
        fulfillers: Fulfillers,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._orders = orders
        self._fulfillers = fulfillers
        self._clock = clock
        self._patience = patience
        self._known: frozenset[UUID] = frozenset()
        self._reconsider_at = clock.now()
        self._resting_until: dict[UUID, float] = {}

    async def run(self) -> None:
        """Send until cancelled."""
        lanes: dict[UUID, list[asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self.assign()
                    for fulfiller_id in await self._orders.due(self._clock.now()):
                        self._fill(lanes, fulfiller_id, group)
                except Unavailable as exc:
                    log.info("sending_put_off", error=exc.reason)
                await asyncio.sleep(_LOOK_FOR_WORK_S)

    def _fill(
        self,
        lanes: dict[UUID, list[asyncio.Task[None]]],
        fulfiller_id: UUID,
        group: asyncio.TaskGroup,
    ) -> None:
        loop = asyncio.get_running_loop()
        if self._resting_until.get(fulfiller_id, 0.0) > loop.time():
            return
        busy = [each for each in lanes.get(fulfiller_id, []) if not each.done()]
        free = range(_AT_ONCE_EACH - len(busy))
        new = [group.create_task(self._drive(fulfiller_id)) for _ in free]
        lanes[fulfiller_id] = busy + new

    async def _drive(self, fulfiller_id: UUID) -> None:
        try:
            while await self.send_next(fulfiller_id):
                pass
        except Unavailable as exc:
            # The database is away. What is claimed is taken up when that has run out.
            log.info("sending_put_off", error=exc.reason)

    async def assign(self) -> None:
        """Choose who gets what is due and has nobody yet; now and then, and after a
        change of those who are set up, also for what nobody got before."""
        after: UUID | None = None
        while wanted := await self._orders.unassigned(self._clock.now(), _BATCH, after):
            await self._choose(wanted, also_nobody=True)
            after = wanted[-1].request_id
        known = frozenset(each.id for each in await self._fulfillers.all())
        now = self._clock.now()
        if not known or (known == self._known and now < self._reconsider_at):
            return
        after = None
        while wanted := await self._orders.unserved(_BATCH, after):
            await self._choose(wanted, also_nobody=False)
            after = wanted[-1].request_id
        self._known, self._reconsider_at = known, now + _RECONSIDER_EVERY

    async def _choose(self, wanted: Sequence[Wanted], *, also_nobody: bool) -> None:
        chosen: dict[UUID, UUID | None] = {}
        for each in wanted:
            try:
                known = await chosen_for(each, self._fulfillers)
            except FulfillerKeyRefused:
                if each.choices.fulfiller_id is not None:
                    # What is wrong with it is said when it is sent to.
                    chosen[each.request_id] = each.choices.fulfiller_id
                continue
            if known is not None or also_nobody:
                chosen[each.request_id] = known.id if known else None
        if chosen:
            await self._orders.assign(chosen, self._clock.now())

    async def send_next(self, fulfiller_id: UUID) -> bool:
        """Send what is due first for a fulfiller; whether another may follow."""
        now = self._clock.now()
        claim = await self._orders.claim(fulfiller_id, now, now + LEASE)
        if claim is None:
            return False
        try:
            known = await self._fulfillers.of(fulfiller_id)
        except FulfillerMissing:
            await self._orders.unassign(claim, now)
            return True
        except FulfillerKeyRefused as exc:
            await self._unanswered(claim, exc.message, exc.message)
            return True
        return await self._send(claim, known)

    async def _send(self, claim: Claim, known: Known) -> bool:
        """Whether the fulfiller answered."""
        request_id = str(claim.wanted.request_id)
        silent = f"{known.name} did not answer for {self._patience.span}."
        try:
            async with asyncio.timeout(_WITHIN_S):
                entry = await _see_to(known.fulfiller, order_at(known, claim.wanted))
        except FulfillerKeyRefused as exc:
            # It says nothing of what was asked for, and may be mended for all at once.
            words = f"{known.name}: {exc.message}"
            log.info("order_refused", request_id=request_id, reason=exc.reason)
            await self._unanswered(claim, words, words)
            self._rest(known.id)
            return False
        except Refused as exc:
            log.info("order_refused", request_id=request_id, reason=exc.reason)
            await self._refused(claim, f"{known.name}: {exc.message}")
        except (Unavailable, TimeoutError) as exc:
            words = str(exc) or f"{known.name} did not answer in time."
            log.info("order_unanswered", request_id=request_id, error=words)
            await self._unanswered(claim, words, f"{silent} {words}")
            self._rest(known.id)
            return False
        # What one order brings about must not keep the others from being sent, nor the
        # process from serving.
        except Exception:
            log.exception("order_crashed", request_id=request_id)
            words = "The sending failed. The service's log says why."
            await self._unanswered(claim, words, words)
        else:
            self._resting_until.pop(known.id, None)
            await self._orders.placed(claim, entry, self._clock.now())
            log.info("order_placed", request_id=request_id)
        return True

    def _rest(self, fulfiller_id: UUID) -> None:
        loop = asyncio.get_running_loop()
        self._resting_until[fulfiller_id] = loop.time() + _RESTS.total_seconds()

    async def _refused(self, claim: Claim, words: str) -> None:
        now = self._clock.now()
        pause = self._patience.pause_of_refused(claim.tries.refusals)
        if pause is None:
            await self._orders.fail(claim, words, now)
            return
        tries = replace(
            claim.tries,
            attempts=claim.tries.attempts + 1,
            refusals=claim.tries.refusals + 1,
            unanswered_since=None,
            tried_at=now,
        )
        await self._orders.put_off(
            claim, tries, OrderState.WAITING, words, now, now + pause
        )

    async def _unanswered(self, claim: Claim, words: str, last_words: str) -> None:
        """Not known what became of it: it is tried again, for as long as we have
        patience, and then has failed with the last words."""
        now = self._clock.now()
        since = self._patience.silent_since(claim.tries, now)
        if self._patience.is_over(since, now):
            await self._orders.fail(claim, last_words, now)
            return
        tries = replace(
            claim.tries,
            attempts=claim.tries.attempts + 1,
            unanswered_since=since,
            tried_at=now,
        )
        pause = self._patience.pause(claim.tries.attempts)
        await self._orders.put_off(
            claim, tries, OrderState.UNANSWERED, words, now, now + pause
        )


async def _see_to(remote: Fulfiller, order: Order) -> Entry:
    found = await remote.find(order)
    if found is not None and found.is_there:
        return found
    entry = found
    if entry is None or not entry.is_wanted:
        entry = await remote.add(order, found)
    if not entry.is_there:
        await remote.search(order, entry)
    return entry
