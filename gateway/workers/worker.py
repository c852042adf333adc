"""One worker, as its parent sees it."""

import asyncio
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

import psutil

_MIB = 2**20


class NotServing(Exception):
    """A worker ended, or took too long, before it served."""


class Worker:
    """A process that serves at the parent's socket. Made by `start`."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, held: socket.socket
    ) -> None:
        self.name = name
        self.has_served = False
        self._process = process
        self._held = held
        self._began = time.monotonic()
        self._hearing = asyncio.create_task(self._hear(), name=f"hear worker {name}")
        self._ending = asyncio.create_task(self._end(), name=f"end of worker {name}")

    @classmethod
    async def start(
        cls, name: str, at: socket.socket, environment: Mapping[str, str]
    ) -> Self:
        """Raises OSError when the process cannot be made."""
        held, given = socket.socketpair()
        held.setblocking(False)
        # -P: where the parent looks for its code, workers look.
        safely = ("-P",) if sys.flags.safe_path else ()
        numbers = (at.fileno(), given.fileno())
        try:
            with given:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *safely,
                    *("-m", "gateway.workers"),
                    *(str(number) for number in numbers),
                    env=dict(environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=numbers,
                )
        except BaseException:
            held.close()
            raise
        return cls(name, process, held)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._began

    @property
    def resident_mib(self) -> float:
        """0 of one that has ended."""
        try:
            return float(psutil.Process(self.pid).memory_info().rss / _MIB)
        except psutil.NoSuchProcess:
            return 0.0

    async def until_serving(self, within_s: float) -> None:
        """Raises NotServing."""
        tasks = (self._hearing, self._ending)
        await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if self.has_served:
            return
        if not self._hearing.done():
            raise NotServing(f"it did not serve within {within_s:.0f} s")
        raise NotServing(how_it_ended(await self.until_ended()))

    async def until_ended(self) -> int:
        """Its status; negative: the signal."""
        # Several may wait, and none of them may end the others' waiting.
        return await asyncio.shield(self._ending)

    def cut(self) -> None:
        """Have it leave without haste: others serve."""
        with suppress(OSError):
            self._held.shutdown(socket.SHUT_RDWR)

    def terminate(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()

    async def until_gone(self, within_s: float) -> None:
        """It was told to leave: killed when it does not in time."""
        try:
            async with asyncio.timeout(within_s):
                await self.until_ended()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self.until_ended()

    async def _hear(self) -> None:
        """Until it says that it serves; or says nothing more."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            self.has_served = bool(await loop.sock_recv(self._held, 64))

    async def _end(self) -> int:
        status = await self._process.wait()
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        self._held.close()
        return status


def how_it_ended(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {-status}"
