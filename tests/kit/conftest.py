"""A database with a queue, and somewhere to note what became of jobs."""

import pytest

from kit.postgres import Database
from tests.conftest import MakeDatabase


@pytest.fixture
async def queue(make_database: MakeDatabase) -> tuple[Database, str]:
    database, url = await make_database("auth")
    for table in ("began", "done"):
        await database.execute(f"CREATE TABLE {table} (job bigint, worker integer)")
    return database, url
