"""Hot queries read what they need and no more, at twenty thousand rows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit.postgres import Database
from services.status.domain.watching import AHEAD
from services.status.store.heartbeats import PostgresHeartbeats
from services.status.store.incidents import PostgresIncidents
from services.status.store.monitors import PostgresBook
from services.status.store.rota import PostgresRota
from tests.plans import fill

_NOW = datetime.now(UTC)
_FILL = (
    """
    INSERT INTO monitors (id, name, url, interval_s, timeout_s, retries,
                          retry_interval_s, paused, state, created_at,
                          changed_at, next_check_at, known_until)
    SELECT gen_random_uuid(), 'Monitor ' || n, 'http://127.0.0.1/', 60, 10, 0, 60,
           false, 'up', $1, $1, $1::timestamptz + n * interval '1 second', $1
      FROM generate_series(1, $2::integer) AS n
    """,
    """
    INSERT INTO heartbeats (checked_at, monitor, latency_ms, state, detail)
    SELECT $1::timestamptz - (n / 100) * interval '10 milliseconds', n % 100, 1,
           'up', '200 OK'
      FROM generate_series(1, $2::integer) AS n
    """,
    """
    INSERT INTO incidents (id, monitor_id, detail, opened_at, closed_at)
    SELECT gen_random_uuid(), id, '', $1::timestamptz - interval '1 hour', $1
      FROM monitors
     LIMIT $2
    """,
    """
    INSERT INTO state_spans (monitor_id, began_at, state, counts)
    SELECT id, $1, 'up', 'up'
      FROM monitors
     LIMIT $2
    """,
)


@pytest.fixture
async def full(house: tuple[Database, str]) -> Database:
    database, url = house
    await fill(url, _FILL, _NOW)
    return database


class Explained:
    """A database that remembers the plan of each query that it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.scans: list[tuple[str, str, int]] = []

    async def fetch(self, sql: str, *arguments: object) -> list[Any]:
        async with self._database.connection() as conn:
            told = await conn.fetchval(
                "EXPLAIN (ANALYZE, FORMAT JSON) " + sql, *arguments
            )
            self._read(json.loads(told)[0]["Plan"])
        return []

    def _read(self, node: dict[str, Any]) -> None:
        if "Relation Name" in node:
            rows = node["Actual Rows"] * node["Actual Loops"]
            removed = node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
            self.scans.append(
                (node["Node Type"], node["Relation Name"], int(rows + removed))
            )
        for inner in node.get("Plans", ()):
            self._read(inner)

    def ensure_bounded(self, most: int) -> None:
        assert self.scans
        for kind, relation, rows in self.scans:
            assert rows <= most, (kind, relation, rows)
            assert kind != "Seq Scan", relation


async def test_lists_and_claims_read_a_page_and_not_the_table(full: Database) -> None:
    explained: Any = Explained(full)

    await PostgresBook(explained).by_name(20, "monitor 5", _NOW)
    await PostgresIncidents(explained).newest(20, (_NOW, uuid4()))
    await PostgresIncidents(explained).newest_open(20, None)
    await PostgresRota(explained).claim(uuid4(), 100, _NOW + timedelta(hours=5), AHEAD)

    explained.ensure_bounded(200)


async def test_the_newest_heartbeats_of_one_among_many(full: Database) -> None:
    monitor_id = await full.fetchval("SELECT id FROM monitors WHERE number = 7")

    beats = await PostgresHeartbeats(full).newest(monitor_id, 20, None)

    assert len(beats) == 20
    told = await full.fetchval(
        """
        EXPLAIN (ANALYZE, FORMAT JSON)
        SELECT checked_at
          FROM heartbeats
         WHERE monitor = 7 AND checked_at < now() + interval '1 day'
         ORDER BY checked_at DESC
         LIMIT 20
        """
    )
    explained = Explained(full)
    explained._read(json.loads(told)[0]["Plan"])
    explained.ensure_bounded(20)
