"""The workers of one gateway tell each other what they have counted.

Each answers at a socket in a folder that only they can enter; whoever is asked for all
of it asks the others. One that is silent, or says what cannot be read, is named, and
costs what it counted since it was last heard.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from gateway.counts.ledger import Ledger
from gateway.counts.recorder import Recorder
from gateway.counts.snapshots import Snapshot, Totals, Worker, from_json, to_json
from gateway.counts.totals import of_the_gone, together

log = structlog.get_logger()

WITHIN_S = 0.5
_LARGEST_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_GOODBYE_S = 0.05
_SOCKET = ".socket"
_COUNTS = b"counts\n"
_CACHES = b"caches\n"


@dataclass(frozen=True, slots=True)
class Gathered:
    since_s: float
    at_s: float
    workers: list[Worker]
    """Those that answered."""
    silent: list[Worker]
    """Those that did not, as they were heard last, or by name alone."""
    totals: Totals


class Alone:
    """There is no other worker."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def gather(self) -> Gathered:
        return await asyncio.to_thread(_living, [self._recorder.counts()], [])

    async def gather_caches(self) -> Gathered:
        return _living([await self._recorder.caches()], [])


class Siblings:
    def __init__(self, folder: Path, recorder: Recorder) -> None:
        self._folder = folder
        self._recorder = recorder
        self._ledger = Ledger(folder)

    async def run(self) -> None:
        """Answer the others until cancelled; then leave what was counted with them."""
        at = self._socket_of(self._recorder.id)
        # Seen by the others when somebody listens: who finds nobody there believes
        # that we are gone.
        hidden = at.with_suffix(".begun")
        server = await asyncio.start_unix_server(self._answer, hidden)
        hidden.rename(at)
        async with server:
            try:
                await asyncio.Event().wait()
            finally:
                self._leave()
                at.unlink(missing_ok=True)
                # Who has just come is still answered: Python 3.11 forgets to close
                # what it was taking in as the server was closed.
                await asyncio.sleep(_GOODBYE_S)

    async def gather(self) -> Gathered:
        """What all have counted, also those that have left."""
        said = await self._ask_all(_COUNTS)
        own = self._recorder.counts()
        heard = [own, *(each for each in said.values() if isinstance(each, Snapshot))]
        silent = [name for name, answer in said.items() if answer is _SILENT]
        gone = [name for name, answer in said.items() if answer is _GONE]
        reconcile = partial(self._reconcile, heard, silent, gone)
        try:
            return await asyncio.to_thread(reconcile)
        except OSError as exc:
            # A full disk, say: what is told may fall, but it is told.
            log.warning("counts_not_kept", error=type(exc).__name__)
            return _living(heard, silent)

    async def gather_caches(self) -> Gathered:
        """What those remember that are there."""
        said = await self._ask_all(_CACHES)
        own = await self._recorder.caches()
        heard = [own, *(each for each in said.values() if isinstance(each, Snapshot))]
        silent = [name for name, answer in said.items() if answer is _SILENT]
        return _living(heard, silent)

    async def _ask_all(self, what: bytes) -> "dict[str, Snapshot | object]":
        """What each says, by its id."""
        sockets = [
            each
            for each in self._folder.glob(f"*{_SOCKET}")
            if each.stem != self._recorder.id
        ]
        answers = await asyncio.gather(*(self._ask(each, what) for each in sockets))
        return dict(zip((each.stem for each in sockets), answers, strict=True))

    def _reconcile(
        self, heard: list[Snapshot], silent: list[str], gone: list[str]
    ) -> Gathered:
        now_s = heard[0].taken_at_s
        with self._ledger.open(now_s) as page:
            for each in heard:
                page.hear(each)
            for worker_id in (*gone, *self._lost(page.told.values())):
                page.leave(worker_id)
            told = dict(page.told)
            since_s, past = page.since_s, page.gone
        for worker_id in gone:
            self._socket_of(worker_id).unlink(missing_ok=True)
        there = {each.worker.id for each in heard}
        present = [each for name, each in told.items() if name in there]
        # Silent, or begun so lately that its socket was not there when we looked.
        others = [each for name, each in told.items() if name not in there]
        kept = [of_the_gone(each.totals) for each in others]
        unheard = [_named(name) for name in silent if name not in told]
        return Gathered(
            since_s,
            now_s,
            [each.worker for each in present],
            [*(each.worker for each in others), *unheard],
            together([*(each.totals for each in present), past, *kept]),
        )

    def _lost(self, told: Iterable[Snapshot]) -> list[str]:
        """Those that died before they listened: there is no socket to find silent."""
        return [
            each.worker.id
            for each in told
            if not self._socket_of(each.worker.id).exists()
            and not _lives(each.worker.process_id)
        ]

    async def _ask(self, at: Path, what: bytes) -> "Snapshot | object":
        try:
            async with asyncio.timeout(WITHIN_S):
                reader, writer = await asyncio.open_unix_connection(
                    at, limit=_PIECE_BYTES
                )
                with closing(writer):
                    writer.write(what)
                    snapshot = from_json(await _whole(reader))
        except (ConnectionRefusedError, FileNotFoundError):
            return _GONE
        except (OSError, TimeoutError, ValueError) as exc:
            log.info("sibling_silent", worker=at.stem, error=type(exc).__name__)
            return _SILENT
        # Nobody speaks for another.
        return snapshot if snapshot.worker.id == at.stem else _SILENT

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # Who asks nothing, goes away or does not read is left alone.
        with closing(writer), suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(WITHIN_S):
                is_caches = await reader.readline() == _CACHES
                told = await self._recorder.caches() if is_caches else None
                writer.write(to_json(told or self._recorder.counts()))
                writer.write_eof()
                await writer.drain()

    def _leave(self) -> None:
        own = self._recorder.counts()
        try:
            with self._ledger.open(time.time()) as page:
                page.hear(own)
                page.leave(own.worker.id)
        except OSError as exc:
            log.warning("counts_not_kept", error=type(exc).__name__)

    def _socket_of(self, worker_id: str) -> Path:
        return self._folder / f"{worker_id}{_SOCKET}"


_SILENT = object()
_GONE = object()


def _living(heard: list[Snapshot], silent: list[str]) -> Gathered:
    return Gathered(
        min(each.worker.started_at_s for each in heard),
        heard[0].taken_at_s,
        [each.worker for each in heard],
        [_named(each) for each in silent],
        together([each.totals for each in heard]),
    )


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """All that is said. Raises ValueError when that has no end."""
    said = bytearray()
    while piece := await reader.read(_PIECE_BYTES):
        said += piece
        if len(said) > _LARGEST_BYTES:
            raise ValueError("too much is said")
    return bytes(said)


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _named(worker_id: str) -> Worker:
    """One of whom only the name is known."""
    return Worker(worker_id, worker_id.partition(".")[0], 0, 0.0)
