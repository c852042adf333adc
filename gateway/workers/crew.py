"""Workers, as many as there are posts: who dies is followed by another, and who is
replaced leaves when the successor serves."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from gateway.workers.worker import NotServing, Worker, how_it_ended

log = structlog.get_logger()

Hire = Callable[[str], Awaitable[Worker]]
"""Starts the worker of a name."""


class GaveUp(Exception):
    """No worker could be made to serve."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a crew is with its workers."""

    serving_within_s: float = 60.0
    gone_within_s: float = 7.0
    """After it was told to leave."""
    first_rest_s: float = 0.2
    longest_rest_s: float = 10.0
    deaths_within_s: float = 60.0
    """A death is held against the next start for so long."""
    most_deaths: int = 5
    """In a row and before serving, while nobody else serves."""
    look_every_s: float = 5.0
    """How often the workers' memory is looked at."""
    youngest_s: float = 60.0
    """A younger worker is not replaced for its memory."""

    def rest_s(self, deaths: int) -> float:
        return min(self.first_rest_s * 2.0 ** (deaths - 1), self.longest_rest_s)


class _Post:
    """Where one worker is to serve."""

    def __init__(self) -> None:
        self.worker: Worker | None = None
        self.deaths: deque[float] = deque()
        self.in_vain = 0
        """Deaths in a row, before serving."""


class Crew:
    def __init__(self, size: int, limit_mib: int, hire: Hire, pace: Pace) -> None:
        """A worker with more than `limit_mib` is replaced; 0 for any."""
        self._posts = [_Post() for _ in range(size)]
        self._limit_mib = limit_mib
        self._hire = hire
        self._pace = pace
        self._numbers = itertools.count(1)
        self._all: set[Worker] = set()
        """Also those who have not served yet, and those who leave."""
        self._one_at_a_time = asyncio.Lock()
        self._renewal = asyncio.Event()
        self._has_opened = asyncio.Event()

    @property
    def serving(self) -> list[Worker]:
        posted = [post.worker for post in self._posts if post.worker]
        return [each for each in posted if each.has_served]

    def renew(self) -> None:
        """Have each worker replaced."""
        self._renewal.set()

    async def keep(self) -> None:
        """Until cancelled. Raises GaveUp."""
        try:
            async with asyncio.TaskGroup() as group:
                for post in self._posts:
                    group.create_task(self._keep(post), name="keep worker")
                group.create_task(self._renew_when_asked(), name="renew workers")
                if self._limit_mib:
                    group.create_task(self._watch_memory(), name="watch memory")
        except* GaveUp as failures:
            failure = failures.exceptions[0]
        raise failure

    async def dismiss(self) -> None:
        """Have all leave, and wait for them."""
        for worker in self._all:
            worker.terminate()
        within_s = self._pace.gone_within_s
        await asyncio.gather(*(each.until_gone(within_s) for each in self._all))

    async def _keep(self, post: _Post) -> None:
        if post is not self._posts[0]:
            # One that serves soon is worth more than several that load together.
            await self._has_opened.wait()
        while True:
            if post.worker is None:
                post.worker = await self._start()
                # It may be seen to serve after a successor does, or never.
                await self._note_serving(post.worker)
            worker = post.worker
            status = await worker.until_ended()
            self._all.discard(worker)
            if worker is post.worker:
                post.worker = None
                await self._rest(post, worker, status)

    async def _note_serving(self, worker: Worker) -> None:
        try:
            await worker.until_serving(self._pace.serving_within_s)
        except NotServing:
            # One that hangs is no better than one that has died.
            worker.terminate()
            await worker.until_gone(self._pace.gone_within_s)
            return
        self._has_opened.set()
        if len(self.serving) == len(self._posts):
            log.info("workers_serving", workers=len(self._posts))

    async def _rest(self, post: _Post, worker: Worker, status: int) -> None:
        """Before the next start. Raises GaveUp."""
        pace, now = self._pace, time.monotonic()
        post.in_vain = 0 if worker.has_served else post.in_vain + 1
        how = how_it_ended(status)
        if post.in_vain > pace.most_deaths and not self.serving:
            raise GaveUp(
                f"{post.in_vain} workers in a row ended before they served ({how}): "
                "their lines above say why"
            )
        post.deaths.append(now)
        while post.deaths[0] < now - pace.deaths_within_s:
            post.deaths.popleft()
        rest_s = pace.rest_s(len(post.deaths))
        log.error("worker_died", worker=worker.name, how=how, again_in_s=rest_s)
        await asyncio.sleep(rest_s)

    async def _start(self) -> Worker:
        """Raises GaveUp when no process can be made."""
        try:
            worker = await self._hire(str(next(self._numbers)))
        except OSError as exc:
            raise GaveUp(f"no worker can be started: {exc}") from exc
        self._all.add(worker)
        log.info("worker_started", worker=worker.name, pid=worker.pid)
        return worker

    async def _replace(self, post: _Post, why: str) -> None:
        """Raises NotServing, and all is as before."""
        async with self._one_at_a_time:
            successor = await self._start()
            try:
                await successor.until_serving(self._pace.serving_within_s)
            except NotServing as exc:
                log.error(  # noqa: TRY400 - its cause is in its words
                    "worker_not_replaced", successor=successor.name, how=str(exc)
                )
                successor.terminate()
                await successor.until_gone(self._pace.gone_within_s)
                self._all.discard(successor)
                raise
            old, post.worker = post.worker, successor
            if old:
                log.info(
                    "worker_replaced", worker=old.name, by=successor.name, because=why
                )
                old.cut()
                await old.until_gone(self._pace.gone_within_s)
                self._all.discard(old)

    async def _renew_when_asked(self) -> None:
        while True:
            await self._renewal.wait()
            self._renewal.clear()
            log.info("renewing", workers=len(self._posts))
            try:
                for post in self._posts:
                    await self._replace(post, "renewal")
            except NotServing:
                log.error("renewal_stopped")  # noqa: TRY400 - said above, with its cause
            else:
                log.info("renewed", workers=len(self._posts))

    async def _watch_memory(self) -> None:
        pace = self._pace
        while True:
            await asyncio.sleep(pace.look_every_s)
            found = self._heaviest()
            if found is None:
                continue
            post, mib = found
            try:
                await self._replace(post, f"memory: {mib:.0f} MiB")
            except NotServing:
                await asyncio.sleep(pace.youngest_s)

    def _heaviest(self) -> tuple[_Post, float] | None:
        """Of the workers that are too heavy and old enough, with its MiB."""
        heavy = [
            (post, mib)
            for post in self._posts
            if (worker := post.worker)
            and worker.has_served
            and worker.age_s > self._pace.youngest_s
            and (mib := worker.resident_mib) > self._limit_mib
        ]
        return max(heavy, key=lambda each: each[1], default=None)
