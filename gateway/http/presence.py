"""Nobody works for a client that has gone away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from gateway.problems import Problem

Receive = Callable[[], Awaitable[Any]]
Result = TypeVar("Result")

# To look from the start would cost each short call as much as the rest of the door.
_LOOK_AFTER_S = 0.1


async def gone(receive: Receive) -> None:
    """Wait until the client goes away. What it still sends is not read."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_there(working: Awaitable[Result], receive: Receive) -> Result:
    """The result; the work is cancelled when the client goes away before it is there.
    Raises Problem then, for nobody to read."""
    task = asyncio.current_task()
    watcher: asyncio.Task[None] | None = None
    has_gone = False

    async def watch() -> None:
        nonlocal has_gone
        await gone(receive)
        has_gone = True
        if task:
            task.cancel()

    def begin() -> None:
        nonlocal watcher
        watcher = asyncio.create_task(watch(), name="watch client")

    timer = asyncio.get_running_loop().call_later(_LOOK_AFTER_S, begin)
    try:
        return await working
    except asyncio.CancelledError:
        if has_gone and task:
            task.uncancel()
            raise Problem(499, "client_gone", "You went away.") from None
        raise
    finally:
        timer.cancel()
        if watcher:
            watcher.cancel()
