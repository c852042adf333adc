"""How long signing in takes does not say whether there is such an account."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import pytest

from kit.outbox import Feed
from medianest.auth.v1 import sessions_pb2
from services.auth.clients.argon2 import Argon2Passwords
from services.auth.domain.passwords import Passwords
from tests.auth.house import House, open_house, reason
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase

SAMPLES = 40


@pytest.fixture
def passwords(owasp: Argon2Passwords) -> Argon2Passwords:
    return owasp


class HastyPasswords:
    """As somebody would write it who has not read this test: without an account there
    is nothing to look at."""

    def __init__(self, passwords: Argon2Passwords) -> None:
        self._passwords = passwords

    async def hash(self, password: str) -> str:
        return await self._passwords.hash(password)

    async def matches(self, password: str, hashed: str | None) -> bool:
        return hashed is not None and await self._passwords.matches(password, hashed)


@dataclass(frozen=True)
class Samples:
    known: Sequence[float]
    unknown: Sequence[float]

    @property
    def chance_known_is_longer(self) -> float:
        """The Mann-Whitney statistic as a share of all pairs: a half where nobody can
        tell the two apart. Among 40 and 40 of a kind chance takes it 0.065 away from
        there, and 0.35 away not once in ten million runs."""
        longer = sum(a > b for a in self.known for b in self.unknown)
        return longer / (len(self.known) * len(self.unknown))

    @property
    def can_be_told_apart(self) -> bool:
        """By the ranks, and by more than what the one or the other row of a table
        costs: a tenth of a password."""
        apart = abs(median(self.known) / median(self.unknown) - 1)
        return abs(self.chance_known_is_longer - 0.5) > 0.35 and apart > 0.1


async def took(house: House, login: str, number: int) -> float:
    # Of the processor, and so whatever else the machine is doing.
    began = time.process_time()
    failed = await reason(
        house.sessions.CreateSession(
            sessions_pb2.CreateSessionRequest(login=login, password="wrong horse 7"),
            # Each from an address of its own, as otherwise they would have to wait.
            metadata=house.from_address(f"192.0.2.{number}"),
        )
    )
    spent = time.process_time() - began
    assert failed == "credentials_wrong"
    return spent


async def samples(make_database: MakeDatabase, passwords: Passwords) -> Samples:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    async with open_house(database, feed, passwords, StoppedClock()) as house:
        await house.owner()
        known, unknown = [], []
        await took(house, "warming", 255)
        for number in range(SAMPLES):
            known.append(await took(house, "olga", number))
            unknown.append(await took(house, f"nobody{number}", number + SAMPLES))
    return Samples(known, unknown)


async def test_an_account_that_there_is_not_takes_as_long_as_a_wrong_password(
    make_database: MakeDatabase, passwords: Argon2Passwords
) -> None:
    taken = await samples(make_database, passwords)

    assert not taken.can_be_told_apart, taken


async def test_the_measure_would_notice_a_password_that_is_not_looked_at(
    make_database: MakeDatabase, passwords: Argon2Passwords
) -> None:
    taken = await samples(make_database, HastyPasswords(passwords))

    assert taken.can_be_told_apart, taken
