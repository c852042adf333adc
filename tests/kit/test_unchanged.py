"""Answers from memory that are never stale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from kit.errors import Unavailable
from kit.postgres import Database
from kit.unchanged import Unchanged, open_unchanged
from tests.conftest import MakeDatabase
from tests.servers import free_port
from tests.waiting import eventually


@pytest.fixture
async def house(make_database: MakeDatabase) -> tuple[Database, str]:
    database, url = await make_database("kit")
    await database.execute("CREATE TABLE tally (count integer NOT NULL)")
    await database.execute("INSERT INTO tally (count) VALUES (0)")
    return database, url


@pytest.fixture
async def unchanged(house: tuple[Database, str]) -> AsyncIterator[Unchanged]:
    async with open_unchanged(house[1], application="test", entries=8) as unchanged:
        yield unchanged


class Reader:
    """Reads the tally, and knows how often it had to."""

    def __init__(self, database: Database, unchanged: Unchanged) -> None:
        self._database = database
        self._unchanged = unchanged
        self.readings = 0

    async def _read(self) -> int:
        self.readings += 1
        return int(await self._database.fetchval("SELECT count FROM tally"))

    async def count(self) -> int:
        return await self._unchanged.get("tally", self._read)


async def test_an_answer_is_given_again_while_nothing_is_written(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    reader = Reader(house[0], unchanged)

    # Postgres may clean up behind the tables that the test has just made, and
    # whatever else commits in this server is a change as well.
    async def remembered() -> bool:
        before = reader.readings
        for _ in range(50):
            assert await reader.count() == 0
        return reader.readings - before < 50

    await eventually(remembered)


async def test_what_is_written_is_seen_at_once_by_every_replica(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    database, url = house
    async with open_unchanged(url, application="test", entries=8) as other:
        readers = [Reader(database, each) for each in (unchanged, other)]
        for number in range(1, 200):
            await database.execute("UPDATE tally SET count = $1", number)

            assert await readers[number % 2].count() == number
            assert await readers[1 - number % 2].count() == number


async def test_a_crowd_never_reads_what_was_before_it_asked(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    database, _ = house
    reader = Reader(database, unchanged)
    written = 0

    async def read() -> None:
        for _ in range(100):
            least = written
            assert await reader.count() >= least

    async def write() -> None:
        nonlocal written
        for number in range(1, 150):
            await database.execute("UPDATE tally SET count = $1", number)
            written = number

    await asyncio.gather(write(), *(read() for _ in range(15)))


async def test_what_is_not_committed_is_not_seen_and_changes_nothing_remembered(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    database, _ = house
    reader = Reader(database, unchanged)
    async with database.transaction() as conn:
        await conn.execute("UPDATE tally SET count = 1")
        assert await reader.count() == 0

    assert await reader.count() == 1


async def test_a_crowd_that_asks_at_one_moment_makes_the_answer_once(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    async def of_a_crowd() -> bool:
        reader = Reader(house[0], unchanged)
        await house[0].execute("UPDATE tally SET count = count + 1")
        await asyncio.gather(*(reader.count() for _ in range(100)))
        return reader.readings == 1

    # Something else may commit in this server in between.
    await eventually(of_a_crowd)


async def test_a_failure_is_not_remembered(unchanged: Unchanged) -> None:
    async def fail() -> int:
        raise ZeroDivisionError

    async def succeed() -> int:
        return 1

    with pytest.raises(ZeroDivisionError):
        await unchanged.get("key", fail)
    assert await unchanged.get("key", succeed) == 1


async def test_those_who_leave_early_take_nothing_from_those_who_wait(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    reader = Reader(house[0], unchanged)
    leaving = [asyncio.create_task(reader.count()) for _ in range(10)]
    staying = asyncio.create_task(reader.count())
    await asyncio.wait(leaving, timeout=0)
    for task in leaving:
        task.cancel()

    assert await staying == 0
    for task in leaving:
        with suppress(asyncio.CancelledError):
            await task


async def test_a_connection_that_is_lost_costs_no_answer(
    house: tuple[Database, str], unchanged: Unchanged
) -> None:
    database, _ = house
    reader = Reader(database, unchanged)
    await reader.count()
    await database.execute("UPDATE tally SET count = 1")

    with suppress(Unavailable):
        await database.execute(
            """
            SELECT pg_terminate_backend(pid)
              FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )

    async def answers() -> bool:
        # The pool may still lend a connection that was ended.
        with suppress(Unavailable):
            return await reader.count() == 1
        return False

    await eventually(answers)


async def test_without_a_database_the_answer_is_made_each_time() -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        return made

    async with open_unchanged(nowhere, application="test", entries=8) as unchanged:
        assert [await unchanged.get("key", make) for _ in range(3)] == [1, 2, 3]
