"""Stores at many thousand rows, and how Postgres means to answer them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import asyncpg

from kit.postgres import Database
from tests.clock import NOON
from tests.conftest import MakeDatabase

# Enough that Postgres would rather look into an index than read all.
MANY = 20_000


class ExplainingDatabase(Database):
    """Has each statement explained before it runs."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._pool)
        self.plans: list[str] = []

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        await self._explain(sql, *arguments)
        return await super().fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        await self._explain(sql, *arguments)
        return await super().fetchrow(sql, *arguments)

    async def execute(self, sql: str, *arguments: object) -> str:
        await self._explain(sql, *arguments)
        return await super().execute(sql, *arguments)

    async def _explain(self, sql: str, *arguments: object) -> None:
        lines = await super().fetch(f"EXPLAIN {sql}", *arguments)
        self.plans.append("\n".join(line["QUERY PLAN"] for line in lines))


async def make_crowd(
    make_database: MakeDatabase,
    service: str,
    statements: tuple[str, ...],
    rows: int = MANY,
) -> ExplainingDatabase:
    """A service's database, filled."""
    database, url = await make_database(service)
    await fill(url, statements, rows=rows)
    return ExplainingDatabase(database)


async def fill(
    url: str, statements: tuple[str, ...], now: datetime = NOON, rows: int = MANY
) -> None:
    """Run statements that make rows, each given the time and how many."""
    # Beside the pool, whose statements end after 5 s, and without foreign keys.
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("SET session_replication_role = replica")
        for statement in statements:
            await conn.execute(statement, now, rows)
        await conn.execute("VACUUM ANALYZE")
    finally:
        await conn.close()


def parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan, as Postgres tells it in JSON, and all that it is made of."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from parts(inner)
