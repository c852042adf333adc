"""Secrets of second factors when the keys are changed."""

import asyncio
from datetime import timedelta
from uuid import UUID

from kit.sealing import Seal
from services.auth.store.second_factors import PostgresFactors
from tests.auth.factors import code_at, enabled
from tests.auth.house import House, Person, reason

OLD, NEW = "k1:" + "a5" * 32, "k2:" + "5a" * 32


async def kept(house: House) -> bytes:
    return bytes(
        await house.database.fetchval("SELECT sealed_secret FROM second_factors")
    )


async def test_what_the_old_key_sealed_is_sealed_anew(
    house: House, owner: Person
) -> None:
    secret, _ = await enabled(house, owner)
    before = await kept(house)

    factors = PostgresFactors(house.database, Seal(f"{NEW},{OLD}"))
    await asyncio.gather(*(factors.reseal() for _ in range(3)))

    assert Seal(NEW).is_current(await kept(house))
    assert await kept(house) != before
    found = await PostgresFactors(house.database, Seal(NEW)).find(UUID(owner.user.id))
    assert found is not None
    assert found.secret == secret


async def test_what_is_current_stays_as_it_is(house: House, owner: Person) -> None:
    await enabled(house, owner)
    before = await kept(house)

    await PostgresFactors(house.database, Seal(f"{OLD},{NEW}")).reseal()

    assert await kept(house) == before


async def test_without_the_key_only_recovery_codes_are_good(
    house: House, owner: Person
) -> None:
    secret, codes = await enabled(house, owner)
    lost = Seal(NEW).seal(secret.encode(), f"totp/{owner.user.id}")
    await house.database.execute("UPDATE second_factors SET sealed_secret = $1", lost)
    await PostgresFactors(house.database, Seal(OLD)).reseal()

    refused = house.sign_in("olga", code=code_at(secret, house))

    assert await reason(refused) == "code_wrong"
    assert await kept(house) == lost
    assert (await house.sign_in("olga", code=codes[0])).user.id == owner.user.id


async def test_a_secret_that_is_put_into_another_row_stays_shut(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    secret, _ = await enabled(house, friend)
    await enabled(house, owner)
    await house.database.execute(
        """
        UPDATE second_factors AS mine
           SET sealed_secret = other.sealed_secret
          FROM second_factors AS other
         WHERE other.user_id <> mine.user_id AND mine.user_id = $1::text::uuid
        """,
        owner.user.id,
    )
    house.clock.advance(timedelta(seconds=30))

    refused = house.sign_in("olga", code=code_at(secret, house))

    assert await reason(refused) == "code_wrong"
