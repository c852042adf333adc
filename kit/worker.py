"""A process of our own for what may hang or crash: other people's files and code.

The disk may stop answering in the middle of a call, and the file may have been made
to break its reader. Neither can be undone in a thread. So it happens in a child,
which is asked a line and answers a line, and is ended when it does not.
"""

import asyncio
import json
import os
import sys
from typing import Any

import structlog

from kit.answering import ATTACHED

log = structlog.get_logger()

# A stretch of a walk is one line; see walking.py for how long it gets.
_LONGEST_ANSWER = 8 * 1024 * 1024
# RuntimeError is uvloop's word for a pipe that is closed.
_ENDED = (OSError, EOFError, ValueError, RuntimeError, asyncio.LimitOverrunError)


class WorkerLost(Exception):
    """It did not answer in time, or ended while it was asked."""


class Worker:
    """One child. It is started when first asked, and again when it was lost."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: asyncio.subprocess.Process | None = None

    async def ask(
        self, question: dict[str, Any], *, within_s: float, attached: bytes = b""
    ) -> dict[str, Any]:
        """Its answer. One that ends while it is asked is started and asked once more:
        the question may not be why it ended. What is `attached` comes to it as bytes.
        Raises WorkerLost; then it has been ended."""
        try:
            async with asyncio.timeout(within_s):
                try:
                    return await self._ask(question, attached)
                except _ENDED:
                    await self.end()
                    return await self._ask(question, attached)
        except TimeoutError as exc:
            await self.end()
            raise WorkerLost("no answer in time") from exc
        except _ENDED as exc:
            await self.end()
            raise WorkerLost("it ended while it was asked") from exc

    async def end(self) -> None:
        """End it now, whatever it does. One that hangs in a disk that is away ends
        when the disk is back."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            log.warning("worker_hangs", module=self._module, pid=process.pid)

    async def _ask(self, question: dict[str, Any], attached: bytes) -> dict[str, Any]:
        process = self._process or await self._start()
        assert process.stdin is not None  # noqa: S101 - both were asked for
        assert process.stdout is not None  # noqa: S101
        if attached:
            question = {**question, ATTACHED: len(attached)}
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.write(attached)
        await process.stdin.drain()
        answer = await process.stdout.readuntil(b"\n")
        told: dict[str, Any] = json.loads(answer)
        return told

    async def _start(self) -> asyncio.subprocess.Process:
        # It knows where our code is and nothing else: no secret of the service is
        # in its environment.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONUTF8": "1",
            },
            limit=_LONGEST_ANSWER,
        )
        return self._process
