"""Has pictures made by processes that may hang or crash in our place."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kit.worker import Worker, WorkerLost
from services.media.clients.pictures.counts import FAILURES, MADE_SECONDS
from services.media.domain.pictures.gallery import Look, Picture, Unshowable
from services.media.domain.pictures.wanted import Box, Fit, Format

_DRAWING = "services.media.clients.pictures.drawing"
# A little more than a worker gives itself.
_WITHIN_S = 9.0
_IDLE_S = 60.0
_WRONG_S = 3600.0


class Studio:
    """A few workers, each with one picture at a time. They are started when there is
    something to make, and end when there has not been for a minute."""

    def __init__(self, workers: int, module: str = _DRAWING) -> None:
        self._workers = [Worker(module) for _ in range(workers)]
        self._free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._closing: dict[Worker, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Task[dict[str, Any]]] = set()

    async def make(
        self, original: bytes, box: Box, form: Format
    ) -> tuple[Picture, Look]:
        question = {
            "width": box.width,
            "height": box.height,
            "cover": box.fit is Fit.COVER,
            "type": form.value,
        }
        with MADE_SECONDS.labels(form.name.lower()).time():
            told = await self._ask(question, original)
        if "cannot" in told:
            FAILURES.labels(told["reason"]).inc()
            raise Unshowable(told["cannot"], _WRONG_S, told["reason"])
        body = base64.b64decode(told["body"])
        return Picture(body, form), Look(told["color"], told["preview"])

    async def _ask(self, question: dict[str, Any], original: bytes) -> dict[str, Any]:
        worker = await self._free.get()
        if timer := self._closing.pop(worker, None):
            timer.cancel()
        asking = asyncio.create_task(
            self._ask_of(worker, question, original), name="draw"
        )
        self._asking.add(asking)
        asking.add_done_callback(self._answered)
        # Who goes away leaves the worker to finish: it costs less than another one.
        return await asyncio.shield(asking)

    async def _ask_of(
        self, worker: Worker, question: dict[str, Any], original: bytes
    ) -> dict[str, Any]:
        try:
            return await worker.ask(question, within_s=_WITHIN_S, attached=original)
        except WorkerLost as exc:
            FAILURES.labels("crashed").inc()
            why = f"it cannot be made: {exc}"
            raise Unshowable(why, _WRONG_S, "crashed") from exc
        finally:
            loop = asyncio.get_running_loop()
            self._closing[worker] = loop.call_later(_IDLE_S, self._close, worker)
            self._free.put_nowait(worker)

    def _answered(self, asking: asyncio.Task[dict[str, Any]]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled():
            # Read, so that what nobody waits for any more does not complain.
            asking.exception()

    def _close(self, worker: Worker) -> None:
        del self._closing[worker]
        ending = asyncio.create_task(worker.end(), name="end idle studio")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def end(self) -> None:
        for asking in self._asking:
            asking.cancel()
        await asyncio.gather(*self._asking, *self._ending, return_exceptions=True)
        for timer in self._closing.values():
            timer.cancel()
        for worker in self._workers:
            await worker.end()


@asynccontextmanager
async def open_studio(workers: int) -> AsyncIterator[Studio]:
    studio = Studio(workers)
    try:
        yield studio
    finally:
        await studio.end()
