"""Brings a database to the schema that the code expects.

Files are `NNNN_name.sql` with a `-- migrate:up` and a `-- migrate:down` half (the
dbmate format); `-- migrate:up transaction:false` runs outside a transaction. Any
number of processes may start at once: each file is applied once.
"""

import asyncio
import hashlib
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from kit.postgres import AWAY
from kit.queueing.rows import install as install_queue

_LOCK = 0x6D6E6D69
_LOCK_POLL_S = 0.05
_LOCK_WAIT_S = 60.0
_HALVES = re.compile(
    r"\A\s*-- migrate:up(?P<options>[^\n]*)\n(?P<up>.*?)"
    r"^-- migrate:down[^\n]*\n(?P<down>.*)\Z",
    re.DOTALL | re.MULTILINE,
)
_NAME = re.compile(r"(\d{4})_(\w+)\.sql")

OK = 0
FAILED = 1
NEWER = 3

Connection = Any
Installer = Callable[[Connection], Awaitable[None]]


class MigrationFailed(Exception):
    """The schema cannot be brought to where it should be; the text says why."""


class DatabaseIsNewer(MigrationFailed):
    """A later version of MediaNest has been here."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `owner` is the part that it belongs to: kit, auth, media, status."""

    owner: str
    number: int
    name: str
    up: str
    down: str
    in_transaction: bool
    checksum: str

    @property
    def label(self) -> str:
        return f"{self.owner}/{self.number:04}_{self.name}"


def read(owner: str, folder: Path) -> list[Migration]:
    """The migrations in a folder, in order. Raises MigrationFailed for a file that
    is not one, or a number that is missing."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        named, text = _NAME.fullmatch(path.name), path.read_text()
        halves = _HALVES.match(text)
        if named is None or halves is None:
            raise MigrationFailed(f"{path.name} is not NNNN_name.sql with two halves")
        if int(named[1]) != len(found) + 1:
            raise MigrationFailed(f"{path.name} should be number {len(found) + 1:04}")
        found.append(
            Migration(
                owner,
                int(named[1]),
                named[2],
                halves["up"],
                halves["down"],
                "transaction:false" not in halves["options"],
                hashlib.sha256(text.encode()).hexdigest(),
            )
        )
    return found


class Migrations:
    """The schema of one database."""

    def __init__(
        self,
        dsn: str,
        migrations: Sequence[Migration],
        installers: Sequence[Installer] = (),
    ) -> None:
        self._dsn = dsn
        self._migrations = migrations
        self._installers = installers

    async def up(self) -> list[str]:
        """Apply what is missing; the labels of that. Raises DatabaseIsNewer, or
        MigrationFailed for an applied file that has been changed since."""
        async with self._alone() as conn:
            applied = await self._applied(conn)
            todo = [each for each in self._migrations if each.label not in applied]
            for migration in todo:
                await _apply(conn, migration, migration.up)
            for install in self._installers:
                await install(conn)
        return [each.label for each in todo]

    async def down(self, steps: int) -> list[str]:
        """Undo the last `steps` migrations; the labels of those."""
        async with self._alone() as conn:
            applied = await self._applied(conn)
            done = [each for each in self._migrations if each.label in applied]
            undone = done[::-1][:steps]
            for migration in undone:
                await _apply(conn, migration, migration.down, undo=True)
        return [each.label for each in undone]

    async def missing(self) -> list[str]:
        """The labels of what is not applied. Raises as `up` does."""
        async with self._alone() as conn:
            applied = await self._applied(conn)
        return [each.label for each in self._migrations if each.label not in applied]

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        conn = await asyncpg.connect(self._dsn, timeout=5)
        try:
            await _lock(conn)
            await conn.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    owner      text        NOT NULL,
                    number     integer     NOT NULL,
                    name       text        NOT NULL,
                    checksum   text        NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now(),
                    PRIMARY KEY (owner, number)
                )
                """
            )
            yield conn
        finally:
            # Ending the session gives the lock back.
            conn.terminate()

    async def _applied(self, conn: Connection) -> set[str]:
        known = {each.label: each for each in self._migrations}
        rows = await conn.fetch(
            "SELECT owner, number, name, checksum FROM schema_migrations"
        )
        labels: set[str] = set()
        for row in rows:
            label = f"{row['owner']}/{row['number']:04}_{row['name']}"
            if label not in known:
                raise DatabaseIsNewer(
                    f"the database has {label}, which this version does not know: a "
                    "newer MediaNest used it. Run that version, or restore a backup."
                )
            if row["checksum"] != known[label].checksum:
                raise MigrationFailed(f"{label} has been changed since it was applied")
            labels.add(label)
        return labels


async def _lock(conn: Connection) -> None:
    # Polled: to wait inside Postgres would hold a snapshot, for which a CREATE
    # INDEX CONCURRENTLY of whoever has the lock would wait in turn.
    try:
        async with asyncio.timeout(_LOCK_WAIT_S):
            while not await conn.fetchval(  # noqa: ASYNC110
                "SELECT pg_try_advisory_lock($1)", _LOCK
            ):
                await asyncio.sleep(_LOCK_POLL_S)
    except TimeoutError as exc:
        raise MigrationFailed(
            "another process has been migrating for a minute"
        ) from exc


async def _apply(
    conn: Connection, migration: Migration, sql: str, *, undo: bool = False
) -> None:
    record = """
        INSERT INTO schema_migrations (owner, number, name, checksum)
        VALUES ($1, $2, $3, $4)
        """
    forget = """
        DELETE FROM schema_migrations
         WHERE owner = $1 AND number = $2 AND name = $3 AND checksum = $4
        """
    key = (migration.owner, migration.number, migration.name, migration.checksum)
    try:
        if migration.in_transaction:
            async with conn.transaction():
                await conn.execute(sql)
                await conn.execute(forget if undo else record, *key)
        else:
            await conn.execute(sql)
            await conn.execute(forget if undo else record, *key)
    except asyncpg.PostgresError as exc:
        raise MigrationFailed(f"{migration.label}: {exc}") from exc


async def command(words: Sequence[str], migrations: Migrations) -> int:
    """What `python -m services.x migrate up|down [steps]|status` does: prints a line
    for each step and gives the exit status, 3 for a database that is newer."""
    try:
        match list(words):
            case ["up"]:
                done = await migrations.up()
                print("\n".join(f"applied {label}" for label in done) or "up to date")
            case ["down", *steps] if _is_count(steps):
                done = await migrations.down(int(steps[0]) if steps else 1)
                print(
                    "\n".join(f"undid {label}" for label in done) or "nothing to undo"
                )
            case ["status"]:
                left = await migrations.missing()
                print("\n".join(f"missing {label}" for label in left) or "up to date")
            case _:
                print("usage: migrate up | down [steps] | status", file=sys.stderr)
                return FAILED
    except DatabaseIsNewer as exc:
        print(f"migrate: {exc}", file=sys.stderr)
        return NEWER
    except MigrationFailed as exc:
        print(f"migrate: {exc}", file=sys.stderr)
        return FAILED
    except AWAY as exc:
        print(f"migrate: the database does not answer: {exc}", file=sys.stderr)
        return FAILED
    except asyncpg.PostgresError as exc:
        print(f"migrate: the database refuses: {exc}", file=sys.stderr)
        return FAILED
    return OK


def _is_count(steps: Sequence[str]) -> bool:
    """Whether these are no words, or one that is a number from 1."""
    match steps:
        case []:
            return True
        case [count]:
            return count.isdecimal() and int(count) > 0
        case _:
            return False


def of_service(
    service: str, folder: Path, dsn: str, installers: Sequence[Installer] = ()
) -> Migrations:
    """A service's own migrations behind those of kit, and the queue of its jobs."""
    kit = read("kit", Path(__file__).parent / "migrations")
    own = read(service, folder)
    return Migrations(dsn, [*kit, *own], (install_queue, *installers))
