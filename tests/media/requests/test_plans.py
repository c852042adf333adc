"""A page costs the same however many requests there are."""

import json

import pytest

from kit.postgres import Database
from services.media.store.requests import FOLLOWED, PAGES, narrowed
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


# What a list is narrowed by, the index that it reads, and the most rows of it.
NARROWED_BY = [
    (("title_id",), "'{title}'", "requests_newest_by_title", 400),
    (("requested_by", "kind"), "'id-7', 'movie'", "requests_newest_by_requester", 2000),
    (
        ("state", "kind"),
        "'APPROVED', 'movie'",
        "requests_newest_by_kind_and_state",
        200,
    ),
    (("kind", "in_4k"), "'movie'", "requests_newest_in_4k", 101),
    (("kind",), "'movie'", "requests_newest_by_kind", 101),
    (("not_in_4k",), "", "requests_newest", 101),
]
"""All of one title's, or of one requester's, are few."""


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
    await database.execute("UPDATE requests SET is_4k = true WHERE random() < 0.01")
    await database.execute(
        """
        INSERT INTO request_followers (request_id, user_id, since, asked_at)
        SELECT id, 'id-7', created_at, created_at
          FROM requests
         WHERE requested_by = 'id-8'
         LIMIT 500
        """
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

        title = await conn.fetchval("SELECT title_id FROM requests LIMIT 1")
        for number, (by, given, index, most) in enumerate(NARROWED_BY):
            await conn.execute(f"PREPARE narrowed_{number} AS {narrowed(by, 101)}")
            values = given.format(title=title)
            text = await conn.fetchval(
                f"""
                EXPLAIN (ANALYZE, FORMAT json) EXECUTE narrowed_{number}
                ('id-7', 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'
                 {values and ", " + values})
                """
            )
            scans = list(parts(json.loads(text)[0]["Plan"]))
            read = {each["Index Name"]: each for each in scans if "Index Name" in each}
            assert index in read, (by, set(read))
            assert read[index]["Actual Rows"] <= most, by
        for limit, statement in FOLLOWED.items():
            await conn.execute(f"PREPARE followed_{limit} AS {statement}")
            text = await conn.fetchval(
                f"""
                EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE followed_{limit}
                ('id-7', 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                """
            )
            plan = json.loads(text)[0]["Plan"]
            pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            assert plan["Actual Rows"] == limit
            assert pages < 20 * limit

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
