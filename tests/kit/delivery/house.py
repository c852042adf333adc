"""Targets that are told something, and what they say to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.message import (
    Delivery,
    LoggedDelivery,
    Message,
    Sending,
    Target,
    TargetRefused,
)
from kit.postgres import Database
from tests.clock import StoppedClock

KIND = "ear"


def about(number: int, target_id: UUID) -> Delivery:
    """The delivery of an event with this number."""
    return Delivery(target_id, f"event {number}", Message("test", f"Title {number}"))


@dataclass
class Ears:
    """Hears what is sent: in order, by target."""

    heard: dict[UUID, list[str]] = field(default_factory=dict)
    ids: list[UUID] = field(default_factory=list)
    answer: Callable[[Target, Sending], Awaitable[None]] | None = None
    """What happens before it is heard."""

    async def send(self, target: Target, sending: Sending) -> None:
        if self.answer is not None:
            await self.answer(target, sending)
        self.heard.setdefault(target.id, []).append(sending.message.subject)
        self.ids.append(sending.id)


@dataclass
class Book:
    """All targets there are, but those that were taken out."""

    gone: set[UUID] = field(default_factory=set)

    async def find(self, target_id: UUID) -> Target:
        if target_id in self.gone:
            raise TargetRefused("The target was switched off.")
        return Target(target_id, KIND, None)


class DeliveryHouse:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = StoppedClock()
        self.ears = Ears()
        self.book = Book()
        self.target_id = uuid4()
        self.deliveries = Deliveries(database, self.clock)
        self.delivering = Delivering(self.deliveries, self.book, {KIND: self.ears})

    async def enqueue(self, *deliveries: Delivery) -> int:
        async with self.database.transaction() as conn:
            return await self.deliveries.enqueue(conn, *deliveries)

    async def tell(self, count: int, target_id: UUID | None = None) -> None:
        to = target_id or self.target_id
        await self.enqueue(*(about(number, to) for number in range(count)))

    async def log(self, target_id: UUID | None = None) -> list[LoggedDelivery]:
        return list(await self.deliveries.log(target_id or self.target_id, 100))

    async def states(self, target_id: UUID | None = None) -> list[str]:
        """Of the target's deliveries, in their order."""
        return [each.state.value for each in reversed(await self.log(target_id))]

    async def failures(self) -> int:
        return int(
            await self.database.fetchval(
                "SELECT failures FROM delivery_lines WHERE target_id = $1",
                self.target_id,
            )
        )

    def heard(self, target_id: UUID | None = None) -> list[str]:
        return self.ears.heard.get(target_id or self.target_id, [])


async def forever(target: Target, sending: Sending) -> None:
    await asyncio.Event().wait()
