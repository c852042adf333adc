"""All that runs, floor upon floor: stands up from below, lies down from above."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from signal import Signals
from types import TracebackType
from typing import Self, TypeVar

from launcher.failures import CannotRun, Leaving
from launcher.keeping.keeper import GaveUp, Keeper, Patience
from launcher.keeping.processes import Process, Program
from launcher.keeping.screen import Screen

Result = TypeVar("Result")


class Household:
    """Keeps programs running until somebody asks it to stop, or one of them cannot
    be kept. Leaving it stops them all: the highest floor first, neighbors at the
    same time."""

    def __init__(self, screen: Screen, patience: Patience | None = None) -> None:
        self._screen = screen
        self._patience = patience or Patience()
        self._floors: dict[int, list[Keeper]] = {}
        self._tasks: dict[Keeper, asyncio.Task[None]] = {}
        self._leaving = asyncio.Event()
        self._hurry = asyncio.Event()
        self._broken = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for floor in sorted(self._floors, reverse=True):
            keepers = self._floors[floor]
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in keepers))
            await asyncio.wait([self._tasks[keeper] for keeper in keepers])

    @property
    def keepers(self) -> list[Keeper]:
        return [keeper for floor in self._floors.values() for keeper in floor]

    def leave(self) -> None:
        """Stop in order. Asked again: stop at once."""
        if self._leaving.is_set():
            self._hurry.set()
        self._leaving.set()

    def forward(self, number: Signals, floor: int) -> None:
        """Pass a signal on to all programs of a floor."""
        for keeper in self._floors.get(floor, []):
            keeper.forward(number)

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called at each start and each death."""
        self._watchers.append(changed)

    def keep(self, program: Program, floor: int) -> None:
        keeper = Keeper(
            program, self._screen, patience=self._patience, changed=self._tell
        )
        task = asyncio.create_task(keeper.keep(), name=f"keep {program.name}")
        task.add_done_callback(self._note_end)
        self._floors.setdefault(floor, []).append(keeper)
        self._tasks[keeper] = task

    async def once(self, program: Program) -> tuple[int, list[str]]:
        """Run a program that ends by itself: its exit status and last words."""
        process = await Process.start(program, self._screen)
        try:
            return await process.wait(), process.last_words
        except asyncio.CancelledError:
            await process.stop(self._hurry)
            raise

    async def unless_leaving(self, work: Awaitable[Result]) -> Result:
        """The result of `work`. Raises Leaving when the house is asked to stop
        before, and GaveUp when a program cannot be kept; the work is canceled."""
        task = asyncio.ensure_future(work)
        ends = [
            asyncio.create_task(self._leaving.wait()),
            asyncio.create_task(self._broken.wait()),
        ]
        try:
            await asyncio.wait((task, *ends), return_when=asyncio.FIRST_COMPLETED)
            if self._broken.is_set():
                raise self._trouble()
            if not task.done():
                raise Leaving
            return task.result()
        finally:
            for each in (task, *ends):
                each.cancel()
            with suppress(asyncio.CancelledError, CannotRun):
                await task

    async def until_leaving(self) -> None:
        """Raises GaveUp when a program cannot be kept."""
        with suppress(Leaving):
            await self.unless_leaving(asyncio.Event().wait())

    def _trouble(self) -> BaseException:
        for task in self._tasks.values():
            if task.done() and not task.cancelled() and (error := task.exception()):
                return error
        return GaveUp("a program ended")

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception():
            self._broken.set()

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()
