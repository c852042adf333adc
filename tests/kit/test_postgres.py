"""A database that is away is said to be away, soon, and is found again."""

import asyncio
import os
import signal
import socket
import time

import asyncpg
import pytest

from kit.errors import Unavailable
from kit.postgres import Database, DatabaseAway, open_database
from tests.conftest import MakeDatabase
from tests.servers import free_port


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return (await make_database("auth"))[0]


async def cut_all(others: "asyncpg.Connection[asyncpg.Record]") -> None:
    await others.execute(
        """
        SELECT pg_terminate_backend(pid)
          FROM pg_stat_activity
         WHERE application_name = 'test' AND datname = current_database()
        """
    )


async def test_connections_that_were_cut_are_made_anew(
    make_database: MakeDatabase,
) -> None:
    database, url = await make_database("auth")
    await asyncio.gather(*(database.fetchval("SELECT pg_sleep(0.1)") for _ in range(5)))
    others = await asyncpg.connect(url)
    await cut_all(others)
    await others.close()

    failures = 0
    for _ in range(10):
        try:
            assert await database.fetchval("SELECT 1") == 1
        except DatabaseAway:
            failures += 1

    assert failures <= 5
    assert await database.fetchval("SELECT 1") == 1


async def test_what_was_cut_in_the_middle_is_undone_and_said(
    make_database: MakeDatabase,
) -> None:
    database, url = await make_database("auth")
    await database.execute("CREATE TABLE films (name text)")
    others = await asyncpg.connect(url)

    async def add() -> None:
        async with database.transaction() as conn:
            await conn.execute("INSERT INTO films VALUES ('The Matrix')")
            await cut_all(others)
            await conn.execute("INSERT INTO films VALUES ('Alien')")

    with pytest.raises(DatabaseAway) as caught:
        await add()

    assert isinstance(caught.value, Unavailable)
    assert caught.value.__cause__ is not None
    assert await others.fetchval("SELECT count(name) FROM films") == 0
    await others.close()


async def test_what_is_committed_is_heard_of_and_what_is_undone_is_not(
    database: Database,
) -> None:
    heard: list[str] = []
    database.on_commit(lambda: heard.append("committed"))

    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            raise ZeroDivisionError
    assert heard == []

    async with database.transaction():
        assert heard == []
    assert heard == ["committed"]


async def test_a_server_that_is_not_there_is_away_at_once() -> None:
    began = time.monotonic()

    with pytest.raises(DatabaseAway, match="medianest-test cannot reach"):
        async with open_database(
            f"postgresql://postgres@127.0.0.1:{free_port()}/x",
            application="medianest-test",
            max_connections=2,
        ):
            pass

    assert time.monotonic() - began < 10


async def test_a_server_that_refuses_us_says_why(postgres_url: str) -> None:
    with pytest.raises(DatabaseAway, match='database "nowhere" does not exist'):
        async with open_database(
            postgres_url.rpartition("/")[0] + "/nowhere",
            application="medianest-test",
            max_connections=2,
        ):
            pass


async def test_a_silent_server_is_away_within_seconds() -> None:
    began = time.monotonic()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/x"
        opening = open_database(url, application="test", max_connections=2)
        with pytest.raises(DatabaseAway):
            await opening.__aenter__()

    assert time.monotonic() - began < 10


async def test_who_waits_for_a_connection_does_not_wait_for_ever(
    make_database: MakeDatabase,
) -> None:
    _, url = await make_database("auth")
    async with open_database(url, application="test", max_connections=1) as narrow:
        async with narrow.connection():
            began = time.monotonic()
            with pytest.raises(DatabaseAway):
                await narrow.fetchval("SELECT 1")
            assert time.monotonic() - began < 10
        assert await narrow.fetchval("SELECT 1") == 1


async def test_those_who_wait_share_what_there_is(make_database: MakeDatabase) -> None:
    _, url = await make_database("auth")
    async with open_database(url, application="test", max_connections=2) as narrow:
        numbers = await asyncio.gather(
            *(narrow.fetchval("SELECT $1::integer", each) for each in range(50))
        )
        backends = [await narrow.fetchval("SELECT pg_backend_pid()") for _ in range(9)]

    assert numbers == list(range(50))
    assert len(set(backends)) == 1


async def test_a_caller_who_goes_away_leaves_nothing_half_done(
    database: Database,
) -> None:
    await database.execute("CREATE TABLE films (name text)")
    inside = asyncio.Event()

    async def add() -> None:
        async with database.transaction() as conn:
            await conn.execute("INSERT INTO films VALUES ('The Matrix')")
            inside.set()
            await conn.fetchval("SELECT pg_sleep(10)")

    adding = asyncio.create_task(add())
    await inside.wait()
    adding.cancel()
    await asyncio.wait({adding})

    assert adding.cancelled()
    assert await database.fetchval("SELECT count(name) FROM films") == 0


async def test_who_goes_away_from_a_server_that_stands_still_has_just_gone(
    database: Database,
) -> None:
    backend = await database.fetchval("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)
    try:
        asking = asyncio.create_task(database.fetchval("SELECT 1"))
        await asyncio.wait({asking}, timeout=0.1)
        asking.cancel()
        await asyncio.wait({asking}, timeout=10)
    finally:
        os.kill(backend, signal.SIGCONT)

    assert asking.cancelled()
    assert await database.fetchval("SELECT 1") == 1


async def test_what_breaks_a_rule_is_not_taken_for_a_database_that_is_away(
    database: Database,
) -> None:
    await database.execute("CREATE TABLE films (name text PRIMARY KEY)")
    await database.execute("INSERT INTO films VALUES ('Alien')")

    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute("INSERT INTO films VALUES ('Alien')")
