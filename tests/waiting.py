"""Waiting for what becomes true."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def eventually(
    look: Callable[[], Awaitable[Answer] | Answer], *, within_s: float = 10.0
) -> Answer:
    """The first answer of `look` that is true, asked again until then. An assertion
    that fails meanwhile is looked at again too. Raises what the last look said."""
    until = time.monotonic() + within_s
    while True:
        try:
            answer = look()
            if inspect.isawaitable(answer):
                answer = await answer
            if answer:
                return answer
            wrong: Exception = TimeoutError(f"never became true: {look}")
        except AssertionError as exc:
            wrong = exc
        if time.monotonic() > until:
            raise wrong
        await asyncio.sleep(0.02)
