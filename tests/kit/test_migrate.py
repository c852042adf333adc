"""Schemas come up once, go down, and refuse what they do not know."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from kit import migrate
from kit.migrate import DatabaseIsNewer, MigrationFailed, Migrations
from tests.servers import database_of_ones_own

LIBRARIES = """-- migrate:up
CREATE TABLE libraries (id integer PRIMARY KEY);
INSERT INTO libraries VALUES (1);
-- migrate:down
DROP TABLE libraries;
"""
NAMES = """-- migrate:up
ALTER TABLE libraries ADD COLUMN name text;
-- migrate:down
ALTER TABLE libraries DROP COLUMN name;
"""
NAMES_INDEX = """-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY library_names ON libraries (name);
-- migrate:down
DROP INDEX library_names;
"""


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    name = f"migrate_{uuid4().hex[:12]}"
    async with database_of_ones_own(postgres_url, name) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_libraries.sql").write_text(LIBRARIES)
    (tmp_path / "0002_names.sql").write_text(NAMES)
    (tmp_path / "0003_names_index.sql").write_text(NAMES_INDEX)
    return tmp_path


def of(url: str, folder: Path) -> Migrations:
    return Migrations(url, migrate.read("media", folder))


async def rows(url: str, sql: str) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetch(sql)
    finally:
        await conn.close()


async def test_eight_at_once_apply_each_file_exactly_once(
    url: str, folder: Path
) -> None:
    applied = await asyncio.gather(*(of(url, folder).up() for _ in range(8)))

    assert sorted(label for each in applied for label in each) == [
        "media/0001_libraries",
        "media/0002_names",
        "media/0003_names_index",
    ]
    assert len(await rows(url, "SELECT id FROM libraries")) == 1


async def test_up_down_up_ends_where_it_began(url: str, folder: Path) -> None:
    await of(url, folder).up()

    undone = await of(url, folder).down(3)
    tables = await rows(url, "SELECT to_regclass('libraries') AS found")
    again = await of(url, folder).up()

    assert undone[0] == "media/0003_names_index"
    assert tables[0]["found"] is None
    assert len(again) == 3


async def test_a_file_changed_after_it_ran_is_refused(url: str, folder: Path) -> None:
    await of(url, folder).up()
    (folder / "0002_names.sql").write_text(NAMES.replace("text", "varchar"))

    with pytest.raises(MigrationFailed, match="media/0002_names has been changed"):
        await of(url, folder).up()


async def test_a_newer_database_is_refused_with_its_own_exit_status(
    url: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await of(url, folder).up()
    (folder / "0003_names_index.sql").unlink()

    with pytest.raises(DatabaseIsNewer):
        await of(url, folder).up()
    assert await migrate.command(["up"], of(url, folder)) == migrate.NEWER
    assert "newer MediaNest" in capsys.readouterr().err


@pytest.mark.parametrize("steps", ["-1", "0", "all", "", "1.5", "1 2"])
async def test_steps_that_are_no_number_undo_nothing(
    url: str, folder: Path, capsys: pytest.CaptureFixture[str], steps: str
) -> None:
    await of(url, folder).up()

    status = await migrate.command(["down", *steps.split(" ")], of(url, folder))

    assert status == migrate.FAILED
    assert "usage: migrate" in capsys.readouterr().err
    assert await of(url, folder).missing() == []


async def test_a_database_that_is_not_there_is_one_line(
    url: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await migrate.command(["up"], of(f"{url}_not", folder))

    assert status == migrate.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert "does not exist" in line


async def test_a_migration_that_fails_leaves_nothing_behind(
    url: str, folder: Path
) -> None:
    (folder / "0002_names.sql").write_text(
        "-- migrate:up\nCREATE TABLE half (id int);\nSELECT 1/0;\n-- migrate:down\n"
    )

    with pytest.raises(MigrationFailed, match="media/0002_names: division by zero"):
        await of(url, folder).up()

    tables = await rows(url, "SELECT to_regclass('half') AS found")
    assert tables[0]["found"] is None
    assert "media/0002_names" in await of(url, folder).missing()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0001_no_halves.sql", "CREATE TABLE x (id int);"),
        ("first.sql", LIBRARIES),
        ("0002_gap.sql", LIBRARIES),
    ],
)
def test_a_file_that_is_not_a_migration_is_named(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(MigrationFailed, match=name):
        migrate.read("media", tmp_path)


@pytest.mark.parametrize("service", ["auth", "media", "status"])
async def test_each_migration_of_the_house_goes_up_down_and_up(
    url: str, service: str
) -> None:
    folder = Path("services", service, "store", "migrations")
    house = migrate.of_service(service, folder, url)

    applied = await house.up()
    undone = await house.down(len(applied))
    again = await house.up()

    assert undone == applied[::-1]
    assert again == applied
