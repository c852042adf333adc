"""What this worker has counted, at this moment."""

import os
import resource
import secrets
import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from gateway.counts import families
from gateway.counts.caches import Caches
from gateway.counts.recent import Recent
from gateway.counts.snapshots import Snapshot, Totals, Worker
from gateway.metering import Meter

_STATM = Path("/proc/self/statm")


class Recorder:
    def __init__(
        self, name: str, registry: CollectorRegistry, meter: Meter, caches: Caches
    ) -> None:
        self._name = name
        # Another process may have had our number, and a place is taken again under
        # the same name.
        self.id = f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
        self._registry = registry
        self._meter = meter
        self._caches = caches
        self._recent = Recent(meter.totals)
        self._started_at_s = time.time()
        self.run = self._recent.run

    def counts(self) -> Snapshot:
        return self._of(
            Totals(
                families=families.read(self._registry),
                routes=self._meter.routes(),
                recent=self._recent.slots(),
            )
        )

    async def caches(self) -> Snapshot:
        """The same of the caches alone, which takes longer."""
        counts = await self._caches.counts()
        return self._of(Totals(caches=counts, cache_bytes=self._caches.most_bytes()))

    def _of(self, totals: Totals) -> Snapshot:
        worker = Worker(
            self.id,
            self._name,
            os.getpid(),
            self._started_at_s,
            memory_bytes=_memory_bytes(),
            connections=self._number("medianest_http_connections"),
            listeners=self._number("medianest_event_listeners"),
        )
        return Snapshot(worker, time.time(), totals)

    def _number(self, gauge: str) -> int:
        return int(self._registry.get_sample_value(gauge) or 0)


def _memory_bytes() -> int:
    """What is in memory now; where no system tells that, the most that ever was."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")
