"""Somebody who asks one thing of a gateway without a pause, and when they began to."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.e2e.client import Person


@dataclass(frozen=True)
class Asked:
    began_at_s: float
    status: int


@dataclass
class Asker:
    """Asks until told to stop. What is asked is what only the person's token opens."""

    person: Person
    path: str
    asked: list[Asked] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            began_at_s = time.monotonic()
            answer = await self.person.ask("GET", self.path)
            self.asked.append(Asked(began_at_s, answer.status))

    def since(self, moment_s: float) -> list[int]:
        """What was answered to what was asked from then on."""
        return [each.status for each in self.asked if each.began_at_s >= moment_s]


@asynccontextmanager
async def asking(askers: Iterable[Asker]) -> AsyncIterator[None]:
    """All of them ask meanwhile. Raises what one of them raised."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.run()) for each in askers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def at_each(urls: Iterable[str], person: Person, path: str) -> list[Asker]:
    """The same person at each of these gateways."""
    return [Asker(person.at(url), path) for url in urls]
