"""What all processes say, in columns on one screen."""

import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

_COLORS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NAME_WIDTH = 10
_LONGEST_LINE = 4_000
_MOST_WAITING = 10_000
_FULL_S = 0.05


class Out(Protocol):
    """Where bytes go, unbuffered."""

    def write(self, data: bytes, /) -> int | None:
        """How many were taken; None when none could be, just now."""


class Screen:
    """Prints lines with their speaker's name.

    Never makes a process wait: a thread of its own does the writing, and when the
    terminal stands still (Ctrl-S, a full pipe) the lines that are too many are
    dropped and counted. A terminal that is gone is not an error.
    """

    def __init__(self, out: Out, *, color: bool) -> None:
        self._out = out
        self._color = color
        self._colors: dict[str, int] = {}
        self._waiting: deque[str] = deque()
        self._dropped = 0
        self._changed = threading.Condition()
        self._closing = False
        self._gone = False
        self._writer = threading.Thread(target=self._write, name="screen", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._writer.join(timeout=2)

    def say(self, line: str, speaker: str = "medianest") -> None:
        text = self._dress(speaker, line[:_LONGEST_LINE])
        with self._changed:
            if len(self._waiting) >= _MOST_WAITING:
                self._dropped += 1
                return
            self._waiting.append(text)
            self._changed.notify()

    def _dress(self, speaker: str, line: str) -> str:
        name = f"{speaker:<{_NAME_WIDTH}} "
        if not self._color:
            return f"{name}| {_ESCAPES.sub('', line)}\n"
        color = self._colors.setdefault(
            speaker, _COLORS[len(self._colors) % len(_COLORS)]
        )
        return f"\x1b[{color}m{name}│\x1b[0m {line}\x1b[0m\n"

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                lines, dropped = list(self._waiting), self._dropped
                self._waiting.clear()
                self._dropped = 0
                done = self._closing
            if dropped:
                lines.append(self._dress("medianest", f"({dropped} lines not shown)"))
            self._put("".join(lines))
            if done:
                return

    def _put(self, text: str) -> None:
        if self._gone or not text:
            return
        rest = text.encode()
        try:
            while rest:
                taken = self._out.write(rest)
                if taken is None:
                    time.sleep(_FULL_S)
                rest = rest[taken or 0 :]
        except (OSError, ValueError):
            self._gone = True


@contextmanager
def standard_screen(*, color: bool) -> Iterator[Screen]:
    """The screen on standard output. Colors are for terminals only."""
    # Without a buffer, whose lock a thread that waits for the terminal would hold
    # when the process ends.
    with (
        os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as out,
        Screen(out, color=color and out.isatty()) as screen,
    ):
        yield screen
