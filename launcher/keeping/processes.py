"""A real process: started on a leash, listened to, and stopped."""

import asyncio
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import BinaryIO, Self

from launcher.keeping.screen import Screen

_LEASH = str(Path(__file__).with_name("leash.py"))
_REMEMBERED_LINES = 20
_CHUNK_BYTES = 65_536
_LAST_WORDS_S = 1.0


@dataclass(frozen=True, slots=True)
class User:
    """Whom a program runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What is to run, and by which signals it ends."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    user: User | None = None
    """None to run as the launcher does."""
    stop_signal: Signals = Signals.SIGTERM
    stop_within_s: float = 8.0
    last_resort: Signals = Signals.SIGKILL
    """Sent to one that does not stop in time, or that has to hurry."""
    orphan_signal: Signals = Signals.SIGKILL
    """Sent by the kernel when the launcher is gone."""
    not_shown: re.Pattern[str] | None = None
    """Lines that tell nobody anything, but may still be its last words."""


class Process:
    """One run of a program. Made by `start`."""

    def __init__(
        self,
        program: Program,
        child: asyncio.subprocess.Process,
        said: BinaryIO,
        screen: Screen,
    ) -> None:
        self._program = program
        self._child = child
        self._screen = screen
        self._last_words: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self._listening = asyncio.create_task(
            self._listen(said), name=f"listen to {program.name}"
        )

    @classmethod
    async def start(cls, program: Program, screen: Screen) -> Self:
        """Raises OSError when the process cannot be made."""
        user = program.user
        # A pipe of our own: asyncio's would have us wait for the process until
        # all that it started have closed it too.
        reading, writing = os.pipe()
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                _LEASH,
                str(os.getpid()),
                str(int(program.orphan_signal)),
                str(user.uid if user else -1),
                str(user.gid if user else -1),
                *program.command,
                env=dict(program.environment),
                cwd=program.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                # A group of its own: the terminal's Ctrl-C reaches the launcher
                # alone, which then stops everybody in order.
                start_new_session=True,
            )
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return cls(program, child, os.fdopen(reading, "rb", buffering=0), screen)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def last_words(self) -> list[str]:
        return list(self._last_words)

    def send(self, number: Signals) -> None:
        with suppress(ProcessLookupError):
            self._child.send_signal(number)

    async def wait(self) -> int:
        """The exit status (negative: the signal), when it has ended, its children
        are gone too, and all it said was read."""
        status = await self._child.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        # Several may wait: none of them, canceled, may end the listening. Whoever
        # left the group and still holds the pipe is not listened to for long.
        await asyncio.wait((self._listening,), timeout=_LAST_WORDS_S)
        self._listening.cancel()
        return status

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask it to stop; insist when it takes too long or `hurry` is set."""
        ended = asyncio.create_task(self.wait())
        self.send(self._program.stop_signal)
        hurried = asyncio.create_task(hurry.wait())
        try:
            await asyncio.wait(
                (ended, hurried),
                timeout=self._program.stop_within_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not ended.done():
                await self._insist(ended)
        finally:
            hurried.cancel()

    async def _insist(self, ended: "asyncio.Task[int]") -> None:
        self._screen.say(f"{self._program.name} is made to stop")
        self.send(self._program.last_resort)
        await asyncio.wait((ended,), timeout=self._program.stop_within_s)
        if not ended.done():
            self.send(Signals.SIGKILL)
            await ended

    async def _listen(self, said: BinaryIO) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), said
        )
        rest = b""
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _CHUNK_BYTES:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self._hear(line)
        finally:
            transport.close()
            self._hear(rest)

    def _hear(self, raw: bytes) -> None:
        line = raw.decode(errors="replace").rstrip()
        if line:
            self._last_words.append(line)
            hidden = self._program.not_shown
            if hidden is None or not hidden.search(line):
                self._screen.say(line, self._program.name)
