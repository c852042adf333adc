"""What was counted lately, by slots of five seconds that are the same everywhere."""

import asyncio
import time
from collections.abc import Callable, Mapping

SLOT_S = 5
KEPT_S = 300
_SLOTS = KEPT_S // SLOT_S

Slots = dict[int, dict[str, int]]
"""By the number of the slot since 1970, by name."""


class Recent:
    """Reads totals that somebody else counts, once in each slot: counting is as cheap
    as if nobody asked for rates."""

    def __init__(
        self,
        totals: Callable[[], Mapping[str, int]],
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._totals = totals
        self._now_s = now_s
        self._known = dict(totals())
        self._slot = int(now_s() // SLOT_S)
        self._slots: Slots = {}

    async def run(self) -> None:
        """Look at the end of each slot until cancelled."""
        while True:
            await asyncio.sleep(SLOT_S - self._now_s() % SLOT_S)
            self.slots()

    def slots(self) -> Slots:
        """The last five minutes, and what there is of the present slot."""
        totals = dict(self._totals())
        # What came since the last look came in the slot in which that was, unless
        # nobody looked for longer than a slot.
        for name, total in totals.items():
            if more := total - self._known.get(name, 0):
                slot = self._slots.setdefault(self._slot, {})
                slot[name] = slot.get(name, 0) + more
        self._known = totals
        self._slot = int(self._now_s() // SLOT_S)
        self._slots = fresh(self._slots, self._slot)
        return {slot: dict(counts) for slot, counts in self._slots.items()}


def fresh(slots: Slots, now: int) -> Slots:
    """Without what is too old to be asked for, or lies in the future."""
    return {at: counts for at, counts in slots.items() if now - _SLOTS <= at <= now}


def rates(slots: Slots, span_s: int, now_s: float, up_s: float) -> dict[str, float]:
    """How often a second, by name, over the last `span_s` full seconds, or for as long
    as there was anything to count."""
    now = int(now_s // SLOT_S)
    sums: dict[str, int] = {}
    for at, counts in slots.items():
        if now - span_s // SLOT_S <= at < now:
            for name, count in counts.items():
                sums[name] = sums.get(name, 0) + count
    over_s = min(span_s, max(SLOT_S, up_s))
    return {name: count / over_s for name, count in sums.items()}
