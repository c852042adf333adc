"""The key that signs callers is changed while the house is used: the steps are those of
docs/operations.md."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from grpc import aio

from medianest.auth.v1 import sessions_pb2
from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import CALLER_KEYS, House, Metadata, Person, open_house, reason
from tests.clock import StoppedClock
from tests.waiting import eventually

OLD, NEW = CALLER_KEYS, "k2:" + "b7" * 32
STEPS = (f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)


@dataclass
class Visitors:
    """Ask without a pause: one replica signs, another verifies."""

    token: str
    replicas: list[House]
    answered: int = 0
    refused: list[str] = field(default_factory=list)

    async def visit(self, turn: int) -> None:
        while True:
            signer, other = self.replicas[turn % 2], self.replicas[turn // 2 % 2]
            turn += 1
            try:
                metadata = await signer.metadata(self.token)
                await who_am_i(other, metadata)
            except aio.AioRpcError as error:
                self.refused.append(str(dict(error.trailing_metadata() or ())))
            self.answered += 1

    async def go_on(self) -> None:
        """Until each pair of replicas has had its turn."""
        goal = self.answered + 20
        await eventually(lambda: self.answered >= goal, within_s=20)


async def who_am_i(house: House, metadata: Metadata) -> sessions_pb2.Session:
    return await house.sessions.GetCurrentSession(
        sessions_pb2.GetCurrentSessionRequest(), metadata=metadata
    )


async def test_keys_rotate_while_two_replicas_are_asked(
    house: House, owner: Person, passwords: Argon2Passwords, clock: StoppedClock
) -> None:
    async with AsyncExitStack() as stack:

        async def start(keys: str) -> House:
            return await stack.enter_async_context(
                open_house(
                    house.database, house.feed, passwords, clock, caller_keys=keys
                )
            )

        visitors = Visitors(owner.token, [await start(OLD), await start(OLD)])
        visits = [asyncio.create_task(visitors.visit(turn)) for turn in range(4)]
        for keys in STEPS:
            for place in range(2):
                await visitors.go_on()
                visitors.replicas[place] = await start(keys)
        await visitors.go_on()
        for each in visits:
            each.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

        assert visitors.refused == []
        # What the old key signed is over for good.
        asked = who_am_i(visitors.replicas[0], owner.metadata)
        assert await reason(asked) == "caller_unknown"


async def test_a_new_key_that_signs_before_all_know_it_is_refused(
    house: House, owner: Person, passwords: Argon2Passwords, clock: StoppedClock
) -> None:
    """Why the first step is a step."""
    async with open_house(
        house.database, house.feed, passwords, clock, caller_keys=f"{NEW},{OLD}"
    ) as hasty:
        metadata = await hasty.metadata(owner.token)

    assert await reason(who_am_i(house, metadata)) == "caller_unknown"
