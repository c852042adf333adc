"""Passwords, as they are kept."""

import asyncio
import time
from contextlib import closing
from statistics import median

import pytest
from argon2 import PasswordHasher

from services.auth.clients.argon2 import OWASP, Argon2Passwords
from services.auth.domain.errors import PasswordsBusy
from tests.auth.house import PASSWORD


@pytest.fixture(scope="module")
def passwords(owasp: Argon2Passwords) -> Argon2Passwords:
    return owasp


async def test_a_password_is_kept_as_argon2id_with_19_mib_and_two_passes(
    passwords: Argon2Passwords,
) -> None:
    hashed = await passwords.hash("correct horse 7")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed != await passwords.hash("correct horse 7")
    assert await passwords.matches("correct horse 7", hashed)
    assert not await passwords.matches("correct horse 8", hashed)


@pytest.mark.parametrize(
    "hashed", [None, "", "correct horse 7", "$argon2id$v=19$m=19456,t=2,p=1$x$y"]
)
async def test_without_a_hash_no_password_matches(
    passwords: Argon2Passwords, hashed: str | None
) -> None:
    assert not await passwords.matches("correct horse 7", hashed)
    assert not await passwords.matches("", hashed)


async def test_no_hash_takes_as_long_as_a_wrong_password(
    passwords: Argon2Passwords,
) -> None:
    hashed = await passwords.hash("correct horse 7")

    async def took(against: str | None) -> float:
        # Of the processor, and so whatever else the machine is doing.
        began = time.process_time()
        await passwords.matches("wrong", against)
        return time.process_time() - began

    known, unknown = [], []
    for _ in range(15):
        known.append(await took(hashed))
        unknown.append(await took(None))

    assert median(unknown) == pytest.approx(median(known), rel=0.3)


async def test_others_are_answered_while_passwords_are_hashed(
    passwords: Argon2Passwords,
) -> None:
    hashing = asyncio.gather(*(passwords.hash("correct horse 7") for _ in range(6)))

    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 100


async def test_too_many_at_once_are_told_to_come_again() -> None:
    with closing(Argon2Passwords(1, OWASP)) as passwords:
        waiting = [asyncio.create_task(passwords.hash("password")) for _ in range(64)]
        await asyncio.sleep(0)

        with pytest.raises(PasswordsBusy):
            await passwords.hash("one too many")

        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await passwords.hash("room again")


async def test_a_password_is_the_same_from_each_keyboard(
    passwords: Argon2Passwords,
) -> None:
    composed, decomposed = "caf\u00e9 du marche", "cafe\u0301 du marche"

    assert await passwords.matches(decomposed, await passwords.hash(composed))
    assert await passwords.matches("ｃorrect horse 7", await passwords.hash(PASSWORD))


async def test_a_hash_of_other_parameters_is_outdated(
    passwords: Argon2Passwords,
) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=4)

    assert passwords.is_outdated(older.hash(PASSWORD))
    assert not passwords.is_outdated(await passwords.hash(PASSWORD))
