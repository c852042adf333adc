"""An empty house gets its owner, once."""

import asyncio

import pytest
from grpc import StatusCode, aio

from kit.outbox import Feed
from medianest.auth.v1 import setup_pb2
from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import (
    PASSWORD,
    SETUP_TOKEN,
    House,
    Refusal,
    open_house,
    reason,
    refusal,
)
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase


def asking(**fields: str) -> setup_pb2.CreateOwnerRequest:
    given = {"setup_token": SETUP_TOKEN, "name": "olga", "password": PASSWORD, **fields}
    return setup_pb2.CreateOwnerRequest(**given)


async def is_needed(house: House) -> bool:
    return (await house.setup.GetSetup(setup_pb2.GetSetupRequest())).needed


async def test_an_empty_house_needs_setting_up_until_it_has_an_owner(
    house: House,
) -> None:
    before = await is_needed(house)

    signed_in = await house.setup.CreateOwner(asking(email="olga@example.org"))

    assert before
    assert not await is_needed(house)
    assert signed_in.session.user.role == "owner"
    assert signed_in.session.user.email == "olga@example.org"
    assert signed_in.session.user.invited_by == ""
    assert (await house.exchange(signed_in.token)).permissions == 1 << 1
    assert await house.event_types() == ["user.created", "session.started"]


async def test_a_house_is_set_up_once(house: House) -> None:
    await house.owner()

    again = await refusal(house.setup.CreateOwner(asking(name="eve")))

    assert again == Refusal(StatusCode.FAILED_PRECONDITION, "setup_done", "")


async def test_without_its_token_nobody_sets_the_house_up(house: House) -> None:
    for token in ["", "wrong", SETUP_TOKEN + "x", SETUP_TOKEN[:-1]]:
        refused = await refusal(house.setup.CreateOwner(asking(setup_token=token)))

        assert refused == Refusal(StatusCode.PERMISSION_DENIED, "setup_token_wrong", "")
        assert await is_needed(house)


async def test_of_many_at_once_one_becomes_the_owner(house: House) -> None:
    outcomes = await asyncio.gather(
        *(house.setup.CreateOwner(asking(name=f"olga{n % 3}")) for n in range(6)),
        return_exceptions=True,
    )

    owners = [each for each in outcomes if not isinstance(each, aio.AioRpcError)]
    assert len(owners) == 1
    count = await house.database.fetchval("SELECT count(id) FROM users")
    assert count == 1


@pytest.mark.parametrize("token", ["", "anything"])
async def test_a_house_started_without_a_token_cannot_be_set_up(
    make_database: MakeDatabase,
    passwords: Argon2Passwords,
    clock: StoppedClock,
    token: str,
) -> None:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    async with open_house(database, feed, passwords, clock, setup_token="") as house:
        refused = await refusal(house.setup.CreateOwner(asking(setup_token=token)))

        assert refused.code is StatusCode.FAILED_PRECONDITION
        assert refused.reason == "setup_closed"
        assert await is_needed(house)


async def test_what_is_wrong_with_the_owner_is_named(house: House) -> None:
    for field, value in [
        ("name", ""),
        ("name", "a" * 65),
        ("name", "two words"),
        ("name", "olga@home"),
        ("name", "Ольга"),
        ("name", "olga\n"),
        ("name", "olga\0"),
        ("name", "'; DROP TABLE users; --"),
        ("password", ""),
        ("password", "nine char"),
        ("password", "1234567890"),
        ("password", "olga2026!!"),
        ("password", "x" * 1025),
        ("email", "olga"),
        ("email", "@example.org"),
        ("email", "olga@"),
        ("email", "http://user:pw@127.0.0.1:1/"),
        ("email", "olga@example..org"),
        ("email", "olga@example.org\0"),
        ("email", "olga example@example.org"),
        ("email", "o" * 250 + "@example.org"),
    ]:
        refused = await refusal(house.setup.CreateOwner(asking(**{field: value})))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field), value
        assert await is_needed(house)


async def test_any_password_that_is_long_enough_will_do(house: House) -> None:
    odd = "päß\0wörd 🎬" * 2
    await house.setup.CreateOwner(asking(password=odd))

    assert (await house.sign_in("olga", odd)).user.name == "olga"
    assert await reason(_wrong(house, odd)) == "credentials_wrong"


async def _wrong(house: House, password: str) -> object:
    return await house.sign_in("olga", password[:-1])
