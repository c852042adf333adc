"""Looks at every monitor when its turn comes, together with the other replicas.

claim ──► turns, a little ahead ──► wait for the minute ──► look ──► Results
  ▲                                                                    │
  └───────────────── next_check_at, the lease given back ◄── record ◄──┘
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import perf_counter
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Unavailable
from services.status.domain.judging import Sight, Turn, judge
from services.status.domain.results import Results
from services.status.domain.targets import read_target

log = structlog.get_logger()

# Turns are claimed before they come, so that each begins at its own moment. One that
# was claimed when its monitor is paused or removed is still made, and counts nothing.
AHEAD = timedelta(seconds=1.5)
# Shorter than that, and drawn anew each time: of two replicas that always look one
# right behind the other, the second would find nothing to do.
_LOOK_AGAIN_S = (0.3, 1.1)
_BATCH = 100
_FAREWELL_S = 1.0


class Down(Exception):
    """The thing is not up; the text says why, in a few words for a person."""


class CannotLook(Exception):
    """It is we who cannot look, which says nothing of the thing."""


class Probe(Protocol):
    """One way of asking whether something is up."""

    async def look(self, url: str) -> str:
        """What was seen, in a few words. Raises Down or CannotLook; anything else
        that it raises, and no answer in time, is down as well."""


class Rota(Protocol):
    """Whose turn it is, agreed between all replicas."""

    async def claim(
        self, holder: UUID, limit: int, now: datetime, ahead: timedelta
    ) -> Sequence[Turn]:
        """At most `limit` turns that are due until `now + ahead` and that nobody
        holds. They are the holder's until `leased_until`, and then anybody's.
        Raises Unavailable."""

    async def give_back(self, holder: UUID) -> None:
        """End all leases of a holder. Raises Unavailable."""


class Watcher:
    """The watch of one replica. One that dies is replaced by the others as soon as
    its leases run out. Whoever sets `awake` makes it look for turns at once."""

    def __init__(
        self,
        rota: Rota,
        probes: Mapping[str, Probe],
        results: Results,
        clock: Clock,
        holder: UUID,
        awake: asyncio.Event,
        *,
        at_once: int,
    ) -> None:
        self._rota = rota
        self._probes = probes
        self._results = results
        self._clock = clock
        self._holder = holder
        self._at_once = at_once
        self._under_way = 0
        self._awake = awake

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._results.run(), name="write results")
                while True:
                    self._awake.clear()
                    if not await self._begin(group):
                        with suppress(TimeoutError):
                            async with asyncio.timeout(random.uniform(*_LOOK_AGAIN_S)):  # noqa: S311
                                await self._awake.wait()
        finally:
            # What was seen is not lost, and the others need not wait for leases
            # that nobody uses.
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await self._results.write()
                    await self._rota.give_back(self._holder)

    async def _begin(self, group: asyncio.TaskGroup) -> bool:
        """Begin what is due; whether there may be more of it that has a place."""
        limit = min(_BATCH, self._at_once - self._under_way)
        if limit <= 0:
            return False
        try:
            turns = await self._rota.claim(
                self._holder, limit, self._clock.now(), AHEAD
            )
        except Unavailable as exc:
            log.info("watching_put_off", error=exc.reason)
            return False
        for turn in turns:
            self._under_way += 1
            group.create_task(self._take(turn), name=f"check {turn.monitor_id}")
        return len(turns) == limit

    async def _take(self, turn: Turn) -> None:
        try:
            await asyncio.sleep((turn.due_at - self._clock.now()).total_seconds())
            sight = await self._look(turn)
        except CannotLook as exc:
            # The lease runs out by itself, and then somebody tries again.
            log.warning("cannot_look", error=str(exc))
            return
        finally:
            if self._under_way == self._at_once:
                self._awake.set()
            self._under_way -= 1
        self._results.put(judge(turn, sight))

    async def _look(self, turn: Turn) -> Sight:
        began_at, began = self._clock.now(), perf_counter()
        is_up, detail = False, ""
        try:
            async with asyncio.timeout(turn.timeout.total_seconds()):
                detail = await self._probes[read_target(turn.url).scheme].look(turn.url)
            is_up = True
        except TimeoutError:
            detail = f"no answer within {turn.timeout.total_seconds():.0f} s"
        except Down as exc:
            detail = str(exc)
        except CannotLook:
            raise
        # A probe runs somebody else's protocol against somebody else's server:
        # whatever it raises is news about that server, not a crash.
        except Exception as exc:  # noqa: BLE001
            log.warning("probe_failed", error=type(exc).__name__)
            detail = "the check failed: " + type(exc).__name__
        took_ms = (perf_counter() - began) * 1000
        return Sight(
            is_up,
            detail,
            round(took_ms, 2) if is_up else 0.0,
            began_at,
            self._clock.now(),
        )
