"""Keeps a program running: starts it again when it dies, and knows when to give up."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from signal import Signals

from launcher.failures import CannotRun
from launcher.keeping.processes import Process, Program
from launcher.keeping.screen import Screen


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a program may die, and how long it rests in between."""

    deaths: int = 5
    within_s: float = 60.0
    first_rest_s: float = 0.2
    longest_rest_s: float = 10.0

    def rest_s(self, deaths: int) -> float:
        return min(self.first_rest_s * 2.0 ** (deaths - 1), self.longest_rest_s)


class GaveUp(CannotRun):
    """A program died too often, or cannot even be started."""


class Keeper:
    """One program, kept running until `stop`."""

    def __init__(
        self,
        program: Program,
        screen: Screen,
        *,
        patience: Patience,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called at each start and each death."""
        self.program = program
        self.starts = 0
        self._screen = screen
        self._patience = patience
        self._changed = changed
        self._deaths: deque[float] = deque()
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def keep(self) -> None:
        """Until `stop`. Raises GaveUp."""
        while not self._stopping.is_set():
            process = await self._start()
            status = await process.wait()
            self._process = None
            self._changed()
            if not self._stopping.is_set():
                await self._rest(status, process.last_words)

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop the program, and do not start it again."""
        self._hurry = hurry
        self._stopping.set()
        if self._process:
            await self._process.stop(hurry)

    def forward(self, number: Signals) -> None:
        """Pass a signal on to the program."""
        if self._process:
            self._process.send(number)

    async def _start(self) -> Process:
        try:
            self._process = await Process.start(self.program, self._screen)
        except OSError as exc:
            raise GaveUp(f"{self.program.name} cannot be started: {exc}") from exc
        self.starts += 1
        self._changed()
        # Stop was asked for while the process was being made.
        if self._stopping.is_set():
            await self._process.stop(self._hurry)
        return self._process

    async def _rest(self, status: int, last_words: list[str]) -> None:
        name, patience = self.program.name, self._patience
        now = time.monotonic()
        self._deaths.append(now)
        while self._deaths[0] < now - patience.within_s:
            self._deaths.popleft()
        if len(self._deaths) > patience.deaths:
            said = f"; its last words: {last_words[-1]}" if last_words else ""
            raise GaveUp(
                f"{name} died {len(self._deaths)} times in {patience.within_s:.0f} s"
                f" ({how_it_ended(status)}){said}"
            )
        rest_s = patience.rest_s(len(self._deaths))
        self._screen.say(
            f"{name} died ({how_it_ended(status)}) and starts again in {rest_s:.1f} s"
        )
        try:
            await asyncio.wait_for(self._stopping.wait(), rest_s)
        except TimeoutError:
            return


def how_it_ended(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {-status}"
