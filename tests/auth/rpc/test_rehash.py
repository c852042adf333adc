"""Passwords that were hashed otherwise once."""

import asyncio

import pytest
from argon2 import PasswordHasher

from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import PASSWORD, House, Person, reason

OLD = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=4)
NOW = "$argon2id$v=19$m=19456,t=2,p=1$"


@pytest.fixture
def passwords(owasp: Argon2Passwords) -> Argon2Passwords:
    return owasp


async def kept(house: House) -> str:
    return str(await house.database.fetchval("SELECT hash FROM passwords"))


async def keep(house: House, hashed: str) -> None:
    await house.database.execute("UPDATE passwords SET hash = $1", hashed)


async def test_a_sign_in_hashes_the_password_as_it_is_done_now(
    house: House, owner: Person
) -> None:
    await keep(house, OLD.hash(PASSWORD))

    await house.sign_in("olga")

    renewed = await kept(house)
    assert renewed.startswith(NOW)
    await house.sign_in("olga")
    assert await kept(house) == renewed
    assert await reason(house.sign_in("olga", "wrong horse 7")) == "credentials_wrong"


async def test_a_wrong_password_changes_nothing(house: House, owner: Person) -> None:
    old = OLD.hash(PASSWORD)
    await keep(house, old)

    assert await reason(house.sign_in("olga", "wrong horse 7")) == "credentials_wrong"

    assert await kept(house) == old


async def test_of_many_at_once_all_get_in(house: House, owner: Person) -> None:
    await keep(house, OLD.hash(PASSWORD))

    people = await asyncio.gather(*(house.sign_in("olga") for _ in range(5)))

    assert len({person.token for person in people}) == 5
    assert (await kept(house)).startswith(NOW)
