"""What is written into the audit log stays there, and whole months of it go."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from kit.postgres import Database, open_database
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.store.audit import record
from tests.conftest import MakeDatabase

NOBODY = Actor.unknown("192.0.2.1")
NOW = datetime.now(UTC)
KEPT_DAYS = 365


async def add(database: Database, at: datetime = NOW, target: str = "user:1") -> None:
    async with database.transaction() as conn:
        await record(conn, Entry(Action.USER_CHANGED, at, NOBODY, target))


async def targets(database: Database) -> list[str]:
    rows = await database.fetch("SELECT target FROM audit ORDER BY at DESC")
    return [row["target"] for row in rows]


async def tables(database: Database) -> list[str]:
    rows = await database.fetch(
        """
        SELECT relname
          FROM pg_inherits
          JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'audit'::regclass
        """
    )
    return [row["relname"] for row in rows]


def month(days: int) -> str:
    return f"audit_{NOW + timedelta(days=days):%Y_%m}"


CHANGES = (
    "UPDATE {} SET target = 'user:2'",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "UPDATE {} SET target = target WHERE false",
    "DELETE FROM {} WHERE false",
)


async def ensure_closed(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    for table in ("audit", "audit_net", month(0)):
        for change in CHANGES:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(change.format(table))


async def test_not_even_a_superuser_changes_an_entry_in_passing(
    database: Database,
) -> None:
    await add(database)

    async with database.connection() as conn:
        await ensure_closed(conn)

    assert await targets(database) == ["user:1"]


@pytest.fixture
async def owned(make_database: MakeDatabase) -> tuple[Database, str]:
    """Auth's database as the launcher makes it: its role owns the tables, migrated
    them, and is nobody special otherwise."""
    database, url = await make_database("auth")
    name = urlsplit(url).path.strip("/")
    await database.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'x'")
    await database.execute(
        """
        DO $$
        DECLARE each record;
        BEGIN
            EXECUTE 'ALTER SCHEMA public OWNER TO "NAME"';
            FOR each IN SELECT oid::regclass AS it FROM pg_class
                         WHERE relnamespace = 'public'::regnamespace
                           AND relkind IN ('r', 'p')
            LOOP
                EXECUTE format('ALTER TABLE %s OWNER TO "NAME"', each.it);
            END LOOP;
            FOR each IN SELECT oid::regprocedure AS it FROM pg_proc
                         WHERE proname LIKE 'audit\\_%'
            LOOP
                EXECUTE format('ALTER FUNCTION %s OWNER TO "NAME"', each.it);
            END LOOP;
        END
        $$
        """.replace("NAME", name)
    )
    return database, name


def as_role(url_of: str, name: str) -> str:
    parts = urlsplit(url_of)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}@{where}", path=f"/{name}"))


async def test_the_role_that_owns_the_tables_only_adds_and_reads(
    owned: tuple[Database, str], postgres_url: str
) -> None:
    admin, name = owned
    try:
        async with open_database(
            as_role(postgres_url, name), application="test", max_connections=2
        ) as database:
            await add(database)
            async with database.connection() as conn:
                await ensure_closed(conn)

            assert await targets(database) == ["user:1"]
            assert await database.fetchval("SELECT audit_tend(365)") == 0
    finally:
        await admin.execute(f'REASSIGN OWNED BY "{name}" TO CURRENT_USER')
        await admin.execute(f'DROP OWNED BY "{name}"')
        await admin.execute(f'DROP ROLE "{name}"')


async def test_a_role_that_owns_nothing_has_the_months_tended_and_no_more(
    database: Database, postgres_url: str
) -> None:
    name = await database.fetchval("SELECT 'runs_' || current_database()")
    path = await database.fetchval("SELECT current_database()")
    await database.execute(f'CREATE ROLE "{name}" LOGIN')
    try:
        await database.execute(f'GRANT SELECT, INSERT ON audit TO "{name}"')
        url = urlunsplit(
            urlsplit(as_role(postgres_url, name))._replace(path=f"/{path}")
        )
        conn = await asyncpg.connect(url)
        try:
            await ensure_closed(conn)
            await conn.fetchval("SELECT audit_tend(365)")
            for crime in (
                "DROP TABLE audit",
                "DROP TABLE audit_net",
                "ALTER TABLE audit DISABLE TRIGGER append_only",
                "DROP FUNCTION audit_tend",
            ):
                with pytest.raises(asyncpg.PostgresError):
                    await conn.execute(crime)
        finally:
            await conn.close()
    finally:
        await database.execute(f'DROP OWNED BY "{name}"')
        await database.execute(f'DROP ROLE "{name}"')


async def test_months_are_made_ahead(database: Database) -> None:
    await database.fetchval("SELECT audit_tend(365)")

    made = await tables(database)

    assert len([each for each in made if each[6:7] == "2"]) == 3
    assert f"audit_{NOW:%Y_%m}" in made


async def test_what_is_older_than_kept_goes_with_its_month(database: Database) -> None:
    ages = {0: "today", 200: "spring", 360: "young enough", 366 + 31: "too old"}
    for days, target in ages.items():
        await add(database, NOW - timedelta(days=days), target)

    await database.fetchval("SELECT audit_tend($1)", KEPT_DAYS)
    kept = await targets(database)
    dropped = await database.fetchval("SELECT audit_tend($1)", 100)

    assert kept == ["today", "spring", "young enough"]
    assert dropped >= 1
    assert (await targets(database))[0] == "today"
    assert "young enough" not in await targets(database)


async def test_what_falls_into_the_net_is_put_where_it_belongs(
    database: Database,
) -> None:
    for days in (70, 40, 40, -40):
        await add(database, NOW - timedelta(days=days), f"{days} days ago")
    caught = "SELECT count(id) FROM audit_net"
    assert await database.fetchval(caught) >= 3

    await database.fetchval("SELECT audit_tend($1)", KEPT_DAYS)

    assert await database.fetchval(caught) == 0
    assert len(await targets(database)) == 4
    async with database.connection() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(CHANGES[1].format(month(-70)))
    assert await database.fetchval("SELECT audit_tend($1)", KEPT_DAYS) == 0


async def test_nobody_has_what_has_just_happened_dropped(database: Database) -> None:
    await add(database, NOW - timedelta(days=20), "three weeks ago")
    await database.fetchval("SELECT audit_tend($1)", KEPT_DAYS)

    for days in (30, 1, 0, -1000):
        await database.fetchval("SELECT audit_tend($1)", days)

    assert await targets(database) == ["three weeks ago"]


async def test_what_is_undone_has_left_no_entry(database: Database) -> None:
    async with database.connection() as conn:
        undone = conn.transaction()
        await undone.start()
        await record(conn, Entry(Action.USER_CHANGED, NOW, NOBODY, "user:1"))
        await undone.rollback()

    assert await targets(database) == []
