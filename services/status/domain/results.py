"""Writes down what was seen, many beats at a time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.errors import Unavailable
from services.status.domain.judging import Verdict

log = structlog.get_logger()

# How long a beat that changes nothing waits for others. Shorter than a lease lasts
# past its check.
_GATHER_S = 0.5
_BATCH = 200
_TRY_AGAIN_S = 1.0
_SOON = timedelta(seconds=3)


class Ledger(Protocol):
    """What became of turns."""

    async def record(self, holder: UUID, verdicts: Sequence[Verdict]) -> None:
        """Write heartbeats, states, incidents and events of those whose lease still
        stands, and end the lease: all of it, or nothing. Raises Unavailable."""


class Results:
    """What was seen and is not yet written. A change is written at once; a database
    that is away delays it, and what is still true when it is back is not lost.

    `awake` is set when the next check of something comes soon."""

    def __init__(self, ledger: Ledger, holder: UUID, awake: asyncio.Event) -> None:
        self._ledger = ledger
        self._holder = holder
        self._awake = awake
        self._waiting: list[Verdict] = []
        self._any = asyncio.Event()
        self._urgent = asyncio.Event()

    def put(self, verdict: Verdict) -> None:
        self._waiting.append(verdict)
        self._any.set()
        if _is_urgent(verdict) or len(self._waiting) >= _BATCH:
            self._urgent.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._any.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(_GATHER_S):
                    await self._urgent.wait()
            try:
                await self.write()
            except Unavailable as exc:
                log.info("results_put_off", error=exc.reason, count=len(self._waiting))
                await asyncio.sleep(_TRY_AGAIN_S)

    async def write(self) -> None:
        """Write all that waits. Raises Unavailable, and then it still waits."""
        self._any.clear()
        self._urgent.clear()
        while batch := self._waiting[:_BATCH]:
            try:
                await self._ledger.record(self._holder, batch)
            except Unavailable:
                self._any.set()
                raise
            del self._waiting[: len(batch)]
            if any(map(_is_urgent, batch)):
                self._awake.set()


def _is_urgent(verdict: Verdict) -> bool:
    """Whether people wait for it, or the next check does."""
    comes_in = verdict.next_check_at - verdict.sight.ended_at
    return verdict.is_change or comes_in < _SOON
