"""One loading of a key at a time in this process."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from kit.caching.entry import Entry

log = structlog.get_logger()

_MOST_UNAWAITED = 16


@dataclass(slots=True)
class Flight:
    task: asyncio.Task[Entry]
    mark: int
    is_awaited: bool
    waiting: int = 0


class Flights:
    """Loads in the air. Of many who want a key, one loads and all get the answer;
    a load that nobody waits for any more is canceled."""

    def __init__(self) -> None:
        self._by_key: dict[str, Flight] = {}
        self._unawaited: set[asyncio.Task[Entry]] = set()

    async def join(
        self,
        key: str,
        mark: int,
        is_over: Callable[[int], bool],
        load: Callable[[], Coroutine[Any, Any, Entry]],
    ) -> Entry:
        """The answer of the flight of this key; of a new one when there is none, or
        when `is_over` says that the one there left too early to bring the new."""
        flight = self._by_key.get(key)
        if flight is None or is_over(flight.mark):
            flight = self._begin(key, mark, load, is_awaited=True)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.is_awaited and not flight.waiting and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()

    def send(
        self, key: str, mark: int, load: Callable[[], Coroutine[Any, Any, Entry]]
    ) -> None:
        """Load behind everybody's back, unless it is being done, or 16 others are."""
        if key in self._by_key or len(self._unawaited) >= _MOST_UNAWAITED:
            return
        flight = self._begin(key, mark, load, is_awaited=False)
        self._unawaited.add(flight.task)
        flight.task.add_done_callback(self._returned)

    async def end(self) -> None:
        """Cancel what nobody waits for."""
        for task in self._unawaited:
            task.cancel()
        await asyncio.gather(*self._unawaited, return_exceptions=True)

    def _begin(
        self,
        key: str,
        mark: int,
        load: Callable[[], Coroutine[Any, Any, Entry]],
        *,
        is_awaited: bool,
    ) -> Flight:
        task = asyncio.create_task(load(), name=f"load {key}")
        flight = self._by_key[key] = Flight(task, mark, is_awaited)
        task.add_done_callback(lambda _: self._landed(key, flight))
        return flight

    def _landed(self, key: str, flight: Flight) -> None:
        self._forget(key, flight)
        if not flight.task.cancelled():
            # Who waits raises it. When nobody does, nobody wants to know.
            flight.task.exception()

    def _forget(self, key: str, flight: Flight) -> None:
        if self._by_key.get(key) is flight:
            del self._by_key[key]

    def _returned(self, task: asyncio.Task[Entry]) -> None:
        self._unawaited.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            log.info("cache_refresh_failed", what=task.get_name(), error=repr(failure))
