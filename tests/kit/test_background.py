"""Loops of a process keep its tables small, however large they have become."""

from kit.background import running
from kit.tidying import tidy
from tests.conftest import MakeDatabase
from tests.waiting import eventually


async def test_what_is_old_is_forgotten_however_much_it_is(
    make_database: MakeDatabase,
) -> None:
    database, _ = await make_database("kit")
    await database.execute(
        """
        INSERT INTO outbox (position, type, key, rooms, tags, data, occurred_at)
        SELECT n, 'x', 'k', '{}', '{}', '{}', now() - interval '8 days'
          FROM generate_series(1, 12000) AS n
        """
    )
    await database.execute(
        """
        INSERT INTO outbox (position, type, key, rooms, tags, data, occurred_at)
        VALUES (12001, 'x', 'new', '{}', '{}', '{}', now() - interval '6 days'),
               (NULL, 'x', 'untold', '{}', '{}', '{}', now() - interval '8 days')
        """
    )
    await database.execute(
        """
        INSERT INTO idempotency_keys
               (caller_id, key, fingerprint, resource_id, created_at)
        SELECT 'ada', n, '', 'r', now() - n * interval '1 hour'
          FROM generate_series(12, 11000) AS n
        """
    )

    async def only_the_young_are_left() -> bool:
        events = await database.fetch("SELECT key FROM outbox ORDER BY id")
        keys = await database.fetchval("SELECT count(key) FROM idempotency_keys")
        return [row["key"] for row in events] == ["new", "untold"] and keys == 12

    async with running(tidying=tidy(database)):
        await eventually(only_the_young_are_left)
