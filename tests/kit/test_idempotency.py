"""What is sent twice with one Idempotency-Key happens once."""

import asyncio
from uuid import uuid4

import pytest

from kit import idempotency
from kit.caller import Once
from kit.idempotency import KeyReused
from kit.postgres import Database
from tests.conftest import MakeDatabase

ASK = Once("key-1", b"what was asked")


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return (await make_database("auth"))[0]


async def claim(
    database: Database, once: Once = ASK, caller_id: str = "ada"
) -> tuple[str, str]:
    """The id that was offered, and the one to use."""
    offered = uuid4().hex
    async with database.transaction() as conn:
        return offered, await idempotency.claim(conn, caller_id, once, offered)


async def test_the_second_time_gives_what_the_first_made(database: Database) -> None:
    offered, first = await claim(database)
    _, second = await claim(database)

    assert first == second == offered


async def test_of_twenty_at_once_all_get_the_same(database: Database) -> None:
    claims = await asyncio.gather(*(claim(database) for _ in range(20)))

    assert len({used for _, used in claims}) == 1


async def test_a_first_time_that_failed_does_not_count(database: Database) -> None:
    async with database.connection() as conn:
        undone = conn.transaction()
        await undone.start()
        await idempotency.claim(conn, "ada", ASK, "never made")
        await undone.rollback()

    offered, used = await claim(database)

    assert used == offered


async def test_the_same_key_for_something_else_is_refused(database: Database) -> None:
    await claim(database)

    with pytest.raises(KeyReused):
        await claim(database, Once("key-1", b"something else"))


async def test_keys_of_others_are_others(database: Database) -> None:
    await claim(database)

    offered, used = await claim(database, caller_id="bob")

    assert used == offered


async def test_without_a_key_each_time_is_the_first(database: Database) -> None:
    for _ in range(2):
        offered, used = await claim(database, Once("", b"what was asked"))
        assert used == offered


async def test_keys_are_forgotten_after_a_day(database: Database) -> None:
    _, first = await claim(database)
    await database.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '23 hours'"
    )
    async with database.connection() as conn:
        await idempotency.forget_old(conn)
    assert (await claim(database))[1] == first

    await database.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'"
    )
    async with database.connection() as conn:
        await idempotency.forget_old(conn)
    assert (await claim(database))[1] != first
