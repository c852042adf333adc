"""A page costs the same however many requests there are."""

import json

import pytest

from kit.postgres import Database
from services.media.store.requests import PAGES
from tests.media.requests.house import Shelf
from tests.plans import parts

ROWS = 100_000
BATCH = 10_000
USED = {
    (): "requests_newest",
    ("state",): "requests_newest_by_state",
    ("requested_by",): "requests_newest_by_requester",
    ("state", "requested_by"): "requests_newest_by_requester_and_state",
}
GIVEN = {
    (): "",
    # The oldest hundred of all: an index of the newest would be read to its end.
    ("state",): ", 'APPROVED'",
    ("requested_by",): ", 'id-7'",
    ("state", "requested_by"): ", 'DECLINED', 'id-7'",
}


@pytest.fixture
async def crowded(database: Database, shelf: Shelf) -> Database:
    await shelf.titles(300)
    await database.execute(
        "INSERT INTO requesters SELECT 'id-' || n, 'N' FROM generate_series(0, 49) n"
    )
    for first in range(1, ROWS, BATCH):
        await database.execute(
            """
            INSERT INTO requests (id, title_id, state, requested_by, seasons,
                                  created_at, updated_at, kind)
            SELECT gen_random_uuid(), titles.id,
                   CASE WHEN n > $3::integer
                        THEN 'APPROVED'
                        ELSE (ARRAY['AVAILABLE', 'DECLINED', 'CANCELED'])[1 + n % 3]
                    END,
                   'id-' || (7 * n) % 50, '{}', now() - n * interval '1 minute', now(),
                   'movie'
              FROM generate_series($1::integer, $2::integer) AS n
              JOIN (SELECT id, row_number() OVER () AS number FROM titles) AS titles
                ON titles.number = 1 + n % 300
            """,
            first,
            first + BATCH - 1,
            ROWS - 200,
        )
    await database.execute("VACUUM ANALYZE")
    return database


async def test_lists_read_one_page_of_one_index_and_counts_what_is_kept(
    crowded: Database,
) -> None:
    async with crowded.connection() as conn:
        await conn.execute("SET plan_cache_mode = force_generic_plan")
        for number, ((given, limit), statement) in enumerate(PAGES.items()):
            await conn.execute(f"PREPARE page_{number} AS {statement}")
            text = await conn.fetchval(
                f"""
                EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE page_{number}
                ('id-7', 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'
                 {GIVEN[given]})
                """
            )
            plan = json.loads(text)[0]["Plan"]

            assert plan["Actual Rows"] == limit
            pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            assert pages < 15 * limit, given
            scans = [each for each in parts(plan) if "Relation Name" in each]
            used = {each.get("Index Name") for each in scans}
            assert USED[given] in used
            for scan in scans:
                if scan["Relation Name"] == "requests":
                    assert scan["Node Type"] == "Index Scan"
                    assert scan["Actual Rows"] <= limit

        text = await conn.fetchval(
            """
            EXPLAIN (ANALYZE, BUFFERS, FORMAT json)
            SELECT state, sum(count) AS count FROM request_counts GROUP BY state
            """
        )
        plan = json.loads(text)[0]["Plan"]
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 20
        kept = "SELECT sum(count)::integer FROM request_counts"
        assert await conn.fetchval(kept) == ROWS
