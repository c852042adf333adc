"""`medianest catalog import`: files of titles, sent to the house in batches."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from grpc import aio
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from kit.caller import Caller
from kit.clock import Clock, SystemClock
from kit.rpc.channel import open_channel
from kit.rpc.identity import METADATA_KEY, CallerKeys
from kit.rpc.policy import policies
from launcher.failures import CannotRun
from launcher.house import House
from launcher.lines import Damaged, lines_of
from launcher.origins import LeftOut, Unreadable, read_line
from medianest.api.v1 import policy_pb2
from medianest.api.v1.permissions_pb2 import Permission
from medianest.media.v1 import titles_pb2, titles_pb2_grpc

FILE_MISSING = 2

_SERVICE = titles_pb2.DESCRIPTOR.services_by_name["TitlesService"]
_BATCH = 500
# Half of what a message may have: a title on the wire is hardly larger than its
# line.
_BATCH_BYTES = 4 * 1024 * 1024
_IN_FLIGHT = 3
# Within this a batch is answered, also by a house that is being started again.
_DEADLINE_S = 30.0
_SIGNED_FOR = timedelta(seconds=60)

Report = Callable[[str], None]
Advance = Callable[[int], None]


@dataclass
class Tally:
    """What became of the lines."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    left_out: int = 0

    @property
    def summary(self) -> str:
        taken = self.added + self.changed + self.unchanged
        text = (
            f"{taken:,} titles: {self.added:,} added, {self.changed:,} changed, "
            f"{self.unchanged:,} unchanged; {self.rejected:,} lines rejected"
        )
        if self.left_out:
            text += f", {self.left_out:,} left out that are for adults only"
        return text


@dataclass
class _Batch:
    titles: list[titles_pb2.ImportedTitle] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The lines on which they stood."""
    size_bytes: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.titles) >= _BATCH or self.size_bytes >= _BATCH_BYTES


class Import:
    """One run of the command. What the house took stays, however the run ends: the
    same run again goes on with what is missing."""

    def __init__(self, house: House, clock: Clock, report: Report) -> None:
        self._house = house
        self._keys = CallerKeys(house.caller_keys)
        self._clock = clock
        self._report = report
        self._tally = Tally()
        self._slots = asyncio.Semaphore(_IN_FLIGHT)

    async def run(self, files: Sequence[Path], progress: Advance) -> Tally:
        """Import the files in turn, and tell `progress` how many of their bytes are
        read. Raises CannotRun when the house does not answer."""
        methods = policies([_SERVICE], policy_pb2.policy).values()
        channel = open_channel(self._house.media_addresses, methods, compress=False)
        async with channel:
            stub = titles_pb2_grpc.TitlesServiceStub(channel)
            try:
                for file in files:
                    await self._import(file, stub, progress)
            except* aio.AioRpcError as group:
                raise _cannot(group) from group
        return self._tally

    async def _import(
        self,
        file: Path,
        stub: "titles_pb2_grpc.TitlesServiceAsyncStub",
        progress: Advance,
    ) -> None:
        async with asyncio.TaskGroup() as group:
            for batch in self._batches(file, progress):
                await self._slots.acquire()
                group.create_task(self._send(file, batch, stub))

    async def _send(
        self, file: Path, batch: _Batch, stub: "titles_pb2_grpc.TitlesServiceAsyncStub"
    ) -> None:
        try:
            answer = await stub.ImportTitles(
                titles_pb2.ImportTitlesRequest(titles=batch.titles),
                timeout=_DEADLINE_S,
                metadata=((METADATA_KEY, self._keys.sign(self._operator())),),
                wait_for_ready=True,
            )
        finally:
            self._slots.release()
        self._tally.added += answer.added
        self._tally.changed += answer.changed
        self._tally.unchanged += answer.unchanged
        for rejected in answer.rejected:
            self._reject(file, batch.numbers[rejected.index], rejected.detail)

    def _batches(self, file: Path, progress: Advance) -> Iterator[_Batch]:
        batch = _Batch()
        with file.open("rb") as raw:
            seen = 0
            try:
                for number, line in lines_of(raw):
                    self._put(batch, file, number, line)
                    if batch.is_full:
                        progress(raw.tell() - seen)
                        seen = raw.tell()
                        yield batch
                        batch = _Batch()
            except Damaged as damaged:
                self._reject(file, damaged.number, "the file is damaged from here on")
            progress(file.stat().st_size - seen)
        if batch.titles:
            yield batch

    def _put(self, batch: _Batch, file: Path, number: int, line: bytes) -> None:
        try:
            title = read_line(line)
        except LeftOut:
            self._tally.left_out += 1
        except Unreadable as unreadable:
            self._reject(file, number, str(unreadable))
        else:
            batch.titles.append(title)
            batch.numbers.append(number)
            batch.size_bytes += len(line)

    def _reject(self, file: Path, number: int, why: str) -> None:
        self._tally.rejected += 1
        self._report(f"{file}:{number}: {why}")

    def _operator(self) -> Caller:
        """Who has the keys of the house may act in its name."""
        expires_at = self._clock.now() + _SIGNED_FOR
        permissions = 1 << Permission.ADMIN
        return Caller("operator", "operator", "admin", permissions, "cli", expires_at)


def size_of(files: Sequence[Path]) -> int:
    """Bytes of all files. Raises CannotRun for one that is missing."""
    for file in files:
        try:
            file.open("rb").close()
        except OSError as exc:
            raise CannotRun(
                f"cannot read {file}: {exc.strerror}", FILE_MISSING
            ) from exc
    return sum(file.stat().st_size for file in files)


def _cannot(group: BaseExceptionGroup[aio.AioRpcError]) -> CannotRun:
    inner = group.exceptions[0]
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return CannotRun(
        f"MediaNest did not take the titles ({inner.code().name}: {inner.details()})."
        " What it took until now stays: run this again"
    )


def import_files(house: House, files: Sequence[Path], size_bytes: int) -> Tally:
    """Import, with a progress bar for those who watch. Raises CannotRun."""
    console = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("importing", total=size_bytes)
        work = Import(house, SystemClock(), console.print)
        return asyncio.run(work.run(files, lambda read: bar.advance(task, read)))
