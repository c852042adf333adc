"""Tells many what happened, and lets others have the loop in between.

Ten thousand writes take a tenth of a second or more, and whoever asks for something
meanwhile would wait for all of them. So they are made in slices, and what happens next
waits until all have been told what happened before.
"""

import asyncio
from collections import deque
from collections.abc import Iterator

from gateway.live.history import Told
from gateway.live.listeners import Listener

SLICE = 200
"""About two milliseconds' work."""


class Fanout:
    def __init__(self) -> None:
        self._waiting: deque[tuple[Told, Iterator[Listener]]] = deque()

    def tell(self, told: Told, members: set[Listener]) -> None:
        """Those who are told are those who are here now, if they still are then."""
        is_idle = not self._waiting
        self._waiting.append((told, iter(list(members))))
        if is_idle:
            self._go_on()

    def _go_on(self) -> None:
        left = SLICE
        while self._waiting:
            told, members = self._waiting[0]
            for listener in members:
                listener.tell(told)
                left -= 1
                if not left:
                    # After what has become ready by now, which a timer of 0 is behind.
                    asyncio.get_running_loop().call_soon(self._go_on)
                    return
            self._waiting.popleft()
