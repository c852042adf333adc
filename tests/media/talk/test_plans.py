"""Lists of what people say and keep cost the same however much there is."""

from uuid import UUID

import pytest

from kit.sealing import Seal
from services.media.domain.reports.report import ReportFilter, ReportState
from services.media.store.plex_followed import PostgresFollowed
from services.media.store.reports import PostgresReports
from services.media.store.watchlists import PostgresWatchlists
from tests.clock import NOON
from tests.conftest import MakeDatabase
from tests.plans import ExplainingDatabase, make_crowd

A_TITLE = UUID("00000000-0000-4000-8000-000000000007")
FILL = (
    """
    INSERT INTO requesters SELECT 'id-' || n, 'N' FROM generate_series(0, $2 / 100) n
     WHERE $1::timestamptz IS NOT NULL
    """,
    """
    INSERT INTO reports (id, title_id, state, trouble, text, reported_by, created_at,
                         updated_at, resolved_by)
    SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,
           ('00000000-0000-4000-8000-' || lpad((n % 2000)::text, 12, '0'))::uuid,
           CASE WHEN n % 100 = 0 THEN 'OPEN' ELSE 'RESOLVED' END, 'VIDEO', 'x',
           'id-' || n % 200, $1::timestamptz - n * interval '1 minute', $1,
           CASE WHEN n % 100 = 0 THEN '' ELSE 'id-1' END
      FROM generate_series(1, $2::integer) AS n
    """,
    """
    INSERT INTO comments (id, report_id, author, text, created_at)
    SELECT gen_random_uuid(),
           ('00000000-0000-4000-9000-' || lpad((n / 10)::text, 12, '0'))::uuid,
           'id-' || n % 200, 'x', $1::timestamptz - n * interval '1 minute'
      FROM generate_series(10, $2::integer) AS n
    """,
    """
    INSERT INTO watchlist (user_id, title_id, added_at)
    SELECT 'id-' || n % 20, gen_random_uuid(), $1::timestamptz - n * interval '1 minute'
      FROM generate_series(1, $2::integer) AS n
    """,
    """
    INSERT INTO plex_watchlists (user_id, token_sealed, state, ask_movies, ask_series,
                                 role, permissions, facts, seen_at, due_at)
    SELECT 'id-' || n, '', 'CONNECTED', true, true, 'friend', 0, '{}', $1,
           $1::timestamptz + n * interval '1 second'
      FROM generate_series(1, $2::integer) AS n
    """,
)


@pytest.fixture
async def crowd(make_database: MakeDatabase) -> ExplainingDatabase:
    return await make_crowd(make_database, "media", FILL)


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        (ReportFilter(), {"reports_newest"}),
        (ReportFilter(ReportState.OPEN), {"reports_newest_by_state"}),
        (ReportFilter(reported_by="id-7"), {"reports_newest_by_reporter"}),
        (ReportFilter(title_id=A_TITLE), {"reports_newest_by_title"}),
    ],
    ids=["all", "state", "reporter", "title"],
)
async def test_reports_are_read_from_an_index(
    crowd: ExplainingDatabase, wanted: ReportFilter, indexes: set[str]
) -> None:
    page = await PostgresReports(crowd).newest(wanted, 21, None)

    [plan] = crowd.plans
    assert page
    assert any(
        f"using {index} on" in plan or f"on {index}" in plan for index in indexes
    )
    assert "Seq Scan on reports" not in plan
    assert "Seq Scan on comments" not in plan


async def test_watchlists_are_read_from_an_index(
    crowd: ExplainingDatabase,
) -> None:
    await PostgresWatchlists(crowd).page("id-7", 21, None)
    await PostgresFollowed(crowd, Seal("test:" + "5a" * 32)).claim(NOON, NOON)

    watchlist, claim = crowd.plans
    assert "watchlist_newest" in watchlist
    assert "plex_watchlists_due" in claim
    assert "Seq Scan on plex_watchlists" not in claim
