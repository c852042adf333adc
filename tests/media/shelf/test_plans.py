"""What is asked often costs the same however much is on the shelf."""

import json
import time
from uuid import UUID

import pytest

from kit.postgres import Database
from services.media.store.libraries import ITEMS_PAGE
from services.media.store.scans import CHANGED, GONE
from services.media.store.syncs import COMPARED
from tests.media.shelf.house import House
from tests.plans import parts

ROWS = 20_000
LARGE = 100_000
BATCH = 20_000
STRETCH = 500


@pytest.fixture
async def crowded(house: House) -> Database:
    return await crowd(house, ROWS)


async def crowd(house: House, rows: int) -> Database:
    """Two libraries with so many items, a tenth of them matched."""
    source = await house.add_source()
    for name in ("movies", "other"):
        await house.database.execute(
            """
            INSERT INTO libraries (id, source_id, folder, name, device)
            VALUES (gen_random_uuid(), $1, convert_to($2, 'UTF8'), $2, '1')
            """,
            source.id,
            name,
        )
    await house.title("Sintel", 2010)
    for first in range(0, rows, BATCH):
        await house.database.execute(
            """
            INSERT INTO items (id, source_id, library_id, file, path, size_bytes,
                               modified_ns, state, detail, kind, parsed_name,
                               other_names, parsed_year, season, episode, tmdb_id,
                               tvdb_id, imdb_id, title_id, confidence, duration_s,
                               width, height, video_codec, audio_codec, added_at)
            SELECT gen_random_uuid(), libraries.source_id, libraries.id,
                   convert_to(to_char(n, '000000000'), 'UTF8'), n::text, 1, 1, 'OK',
                   '', 'movie', 'Film ' || n, '{}', 2000, 0, 0, 0, 0, '',
                   CASE WHEN n % 10 = 0 THEN titles.id END, 1, 1, 1, 1, 'AVC', 'AAC',
                   now() - n * interval '1 second'
              FROM generate_series($1::integer, $2::integer) AS n
              JOIN libraries
                ON libraries.name = CASE WHEN n % 9 = 0 THEN 'other' ELSE 'movies' END
             CROSS JOIN titles
            """,
            first,
            first + BATCH - 1,
        )
    await house.database.execute("VACUUM ANALYZE items, libraries, titles")
    return house.database


async def pages_read(database: Database, statement: str, *arguments: str) -> int:
    """How many pages the plan for all cases reads, when it gets these arguments.
    Fails for a plan that reads a whole table of items."""
    async with database.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await conn.execute(f"PREPARE asked AS {statement}")
        text = await conn.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE asked"
            f" ({', '.join(arguments)})"
        )
        await conn.execute("DEALLOCATE asked")
    plan = json.loads(text)[0]["Plan"]
    for part in parts(plan):
        if part.get("Relation Name") == "items":
            assert part["Node Type"] in {"Index Scan", "ModifyTable"}
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_the_last_page_of_items_costs_as_much_as_the_first(
    crowded: Database,
) -> None:
    library = await crowded.fetchrow(
        "SELECT id, item_count FROM libraries WHERE name = 'movies'"
    )
    assert library is not None
    library_id = f"'{library['id']}'"
    end = f"'{UUID(int=2**128 - 1)}'"

    first = await pages_read(crowded, ITEMS_PAGE, library_id, "NULL", end, "20")
    deep = "now() - interval '16000 seconds'"
    last = await pages_read(crowded, ITEMS_PAGE, library_id, deep, end, "20")

    assert library["item_count"] > 16_000
    assert first < 60
    assert last < 60


def a_file(number: int) -> str:
    """As the fixture calls its files, as Postgres writes bytes."""
    return f"'\\x{f' {number:09}'.encode().hex()}'::bytea"


async def test_a_servers_page_is_compared_with_its_own_items(
    crowded: Database, house: House
) -> None:
    [source] = await house.sources.page(None, 1)
    files = ", ".join(a_file(number) for number in range(10_000, 10_200))
    digests = "array_fill(''::bytea, ARRAY[200])"

    read = await pages_read(
        crowded,
        COMPARED,
        f"'{source.id}'",
        "gen_random_uuid()",
        f"ARRAY[{files}]",
        digests,
    )

    assert read < 1_000


async def test_a_stretch_of_a_walk_is_compared_with_its_own_part_of_the_shelf(
    crowded: Database, house: House
) -> None:
    [source] = await house.sources.page(None, 1)
    source_id = f"'{source.id}'"
    numbers = range(10_000, 10_000 + STRETCH)
    files = f"ARRAY[{', '.join(a_file(number) for number in numbers)}]"
    ones = f"array_fill(1::bigint, ARRAY[{STRETCH}])"
    after, through = a_file(numbers[0] - 1), a_file(numbers[-1])

    changed = await pages_read(crowded, CHANGED, source_id, files, ones, ones, "now()")
    gone = await pages_read(
        crowded, GONE, source_id, "gen_random_uuid()", after, through, files
    )

    assert changed < 5 * STRETCH
    assert gone < 5 * STRETCH


async def test_a_large_source_is_forgotten_in_time(house: House) -> None:
    crowded = await crowd(house, LARGE)
    [source] = await house.sources.page(None, 1)
    began = time.monotonic()

    await house.sources.remove(source.id, house.clock.now(), 0)

    assert await crowded.fetchval("SELECT count(id) FROM items") == 0
    # What the contract gives it is three seconds; the machine may be busy.
    assert time.monotonic() - began < 5
