"""Tells people by apprise's services, each of which is a URL.

Its plugins hang, crash and do what a URL has them do: so they run in children.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kit.delivery.message import Message, Sending, Target, TargetRefused
from kit.delivery.settings import AppriseSettings
from kit.delivery.webhooks import NOT_THERE
from kit.delivery.words import as_words
from kit.http import UpstreamAway
from kit.worker import Worker, WorkerLost

_MODULE = "kit.delivery.apprise_child"
# Each takes 60 MiB or so once it is asked; the last one that was free is taken first.
_CHILDREN = 3
_WITHIN_S = 12.0
_WAIT_S = 14.0


class Apprises:
    def __init__(self, children: "_Children", *, private_allowed: bool) -> None:
        self._children = children
        self._private_allowed = private_allowed

    def outward(self) -> "Apprises":
        """With the same children, and never at anybody in this house."""
        return Apprises(self._children, private_allowed=False)

    async def send(self, target: Target, sending: Sending) -> None:
        settings = target.settings
        assert isinstance(settings, AppriseSettings)  # noqa: S101 - of this kind
        message = sending.message
        await self._ask(
            {
                "url": settings.url,
                "check": False,
                "key": str(sending.id),
                "title": _title(message),
                "body": _body(message),
            }
        )

    async def ensure_known(self, url: str) -> None:
        """Raises TargetRefused for a URL that is none of apprise's, or that may not
        be; UpstreamAway when nobody can say so now."""
        await self._ask({"url": url, "check": True, "key": "", "title": "", "body": ""})

    async def _ask(self, question: dict[str, Any]) -> None:
        question["private"] = self._private_allowed
        _judge(await self._children.ask(question))


class _Children:
    """Those who are asked, by turns."""

    def __init__(self, module: str) -> None:
        self._workers = [Worker(module) for _ in range(_CHILDREN)]
        self._free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def end(self) -> None:
        for worker in self._workers:
            await worker.end()

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Raises UpstreamAway."""
        try:
            async with asyncio.timeout(_WAIT_S):
                worker = await self._free.get()
        except TimeoutError as exc:
            raise UpstreamAway("Too many are being told by apprise.") from exc
        try:
            return await worker.ask(question, within_s=_WITHIN_S)
        except WorkerLost as exc:
            raise UpstreamAway(f"apprise was ended: {exc}.") from exc
        except BaseException:
            # It would answer this question when asked the next.
            await worker.end()
            raise
        finally:
            self._free.put_nowait(worker)


@asynccontextmanager
async def open_apprises(
    *, private_allowed: bool, module: str = _MODULE
) -> AsyncIterator[Apprises]:
    """`private_allowed`: services may be in this house."""
    children = _Children(module)
    try:
        yield Apprises(children, private_allowed=private_allowed)
    finally:
        await children.end()


def _judge(told: dict[str, Any]) -> None:
    words = as_words(str(told["words"])) or "The service did not take it."
    if told["state"] == "refused":
        raise TargetRefused(NOT_THERE if words == "private" else words)
    if told["state"] != "done":
        raise UpstreamAway(words)


def _title(message: Message) -> str:
    headline = f"{message.headline}: " if message.headline else ""
    return headline + message.subject


def _body(message: Message) -> str:
    extra = (f"{name}: {value}" for name, value in message.extra)
    parts = [message.body, "\n".join(extra), message.link]
    return "\n\n".join(part for part in parts if part)
