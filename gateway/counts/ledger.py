"""What workers had counted that are gone: so that no sum ever falls, which whoever
reads it would take for a new beginning.

It lies in a file that all workers write under a lock:

    since   when the first worker began
    gone    what those counted that have left: their sum, and who they were
    told    of those that may be there, what was last told of each to anybody

A worker that leaves adds itself to `gone`; one that was killed is added as it was told
of last, by who finds nobody at its socket. Whoever gathers reads this after the others
were asked, and takes nobody's word who is among the gone: so nobody is counted twice,
and nobody not at all.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from pydantic import ConfigDict, TypeAdapter

from gateway.counts.recent import SLOT_S, fresh
from gateway.counts.snapshots import Id, Snapshot, Totals
from gateway.counts.totals import of_the_gone, together

log = structlog.get_logger()

# Who has left is known for as long as somebody may still have an older word of it.
_MOST_GONE = 64


@dataclass(slots=True)
class Page:
    __pydantic_config__ = ConfigDict(ser_json_inf_nan="constants")

    since_s: float
    gone_ids: list[Id] = field(default_factory=list)
    gone: Totals = field(default_factory=Totals)
    told: dict[Id, Snapshot] = field(default_factory=dict)

    def hear(self, snapshot: Snapshot) -> None:
        """Believe it, unless something newer is known."""
        worker = snapshot.worker
        self.since_s = min(self.since_s, worker.started_at_s)
        known = self.told.get(worker.id)
        is_newer = known is None or known.taken_at_s <= snapshot.taken_at_s
        if is_newer and worker.id not in self.gone_ids:
            self.told[worker.id] = snapshot

    def leave(self, worker_id: str) -> None:
        """What is known of it is the last that there will be."""
        last = self.told.pop(worker_id, None)
        if last is not None:
            gone = together([self.gone, of_the_gone(last.totals)])
            recent = fresh(gone.recent, int(last.taken_at_s // SLOT_S))
            self.gone = replace(gone, recent=recent)
            self.gone_ids = [*self.gone_ids, worker_id][-_MOST_GONE:]


_PAGE = TypeAdapter(Page)


class Ledger:
    def __init__(self, folder: Path) -> None:
        self._at = folder / "counts.json"
        self._lock = folder / "counts.lock"

    @contextmanager
    def open(self, now_s: float) -> Iterator[Page]:
        """The page, alone; it is written when the block ends well. One that cannot be
        read is begun anew. Raises OSError."""
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            page = self._read(now_s)
            yield page
            new = self._at.with_suffix(".new")
            new.write_bytes(_PAGE.dump_json(page))
            new.replace(self._at)

    def _read(self, now_s: float) -> Page:
        try:
            return _PAGE.validate_json(self._at.read_bytes())
        except FileNotFoundError:
            return Page(now_s)
        except ValueError:
            log.warning("counts_unreadable")
            return Page(now_s)
