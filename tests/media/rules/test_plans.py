"""What rules cost each request is the same however many titles there are."""

import json

from kit.postgres import Database
from services.media.store.request_rules import KNOWN
from tests.media.requests.house import NOON
from tests.media.rules.house import Visitor
from tests.plans import parts

ROWS = 20_000


async def test_title_and_version_are_read_by_their_keys(
    database: Database, keeper: Visitor
) -> None:
    await database.execute(
        """
        INSERT INTO titles (id, origin_key, kind, name, imported_at, name_key,
                            name_words, original_key, original_words)
        SELECT gen_random_uuid(), 'test:' || n, 'movie', 'Title ' || n, $2,
               'title ' || n, '{}', '', '{}'
          FROM generate_series(1, $1::integer) AS n
        """,
        ROWS,
        NOON,
    )
    for number in range(20):
        await keeper.make(f"Rule {number}")
    await database.execute("VACUUM ANALYZE")
    async with database.connection() as conn:
        title_id = await conn.fetchval("SELECT id FROM titles LIMIT 1")
        await conn.execute("SET plan_cache_mode = force_generic_plan")
        await conn.execute(f"PREPARE known AS {KNOWN}")
        text = await conn.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE known ('{title_id}')"
        )
    plan = json.loads(text)[0]["Plan"]

    scans = {
        each["Relation Name"]: each.get("Index Name")
        for each in parts(plan)
        if "Relation Name" in each
    }
    assert scans == {"request_rules_version": None, "titles": "titles_pkey"}
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 10
