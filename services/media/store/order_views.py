"""Orders to look at, in Postgres."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from kit.postgres import Database
from services.media.domain.fetching.orders import OrderState
from services.media.domain.fetching.overseeing import Fetcher, Placed
from services.media.domain.fetching.patience import Tries
from services.media.domain.fetching.progress import Progress
from services.media.domain.requests.episodes import unpacked
from services.media.domain.titles import Kind
from services.media.store.downloads import progress_of

_LAST = UUID(int=2**128 - 1)
_4K = 2160
_PLACED = """
    SELECT orders.request_id, requests.title_id, titles.kind, titles.name,
           titles.tmdb_id, requests.requested_by, requesters.name AS requested_by_name,
           requests.is_4k, requests.seasons, requests.episodes, orders.state,
           orders.attempts, orders.refusals, orders.unanswered_since, orders.tried_at,
           orders.next_at, orders.last_words, orders.changed_at, orders.fulfiller_id,
           orders.slug, fulfillers.name AS fulfiller_name, fulfillers.address,
           fulfillers.kind AS fulfiller_kind, unseen.since AS unseen_since
      FROM chosen
      JOIN orders ON orders.request_id = chosen.request_id
      JOIN requests ON requests.id = orders.request_id
      JOIN titles ON titles.id = requests.title_id
      JOIN requesters ON requesters.user_id = requests.requested_by
 LEFT JOIN fulfillers ON fulfillers.id = orders.fulfiller_id
 LEFT JOIN fulfillers_unseen AS unseen ON unseen.fulfiller_id = orders.fulfiller_id
     ORDER BY orders.request_id DESC
"""


def _placed_of(chosen: str) -> str:
    return "WITH chosen AS MATERIALIZED (" + chosen + ")" + _PLACED


_ONE = _placed_of("SELECT request_id FROM orders WHERE request_id = $1")
_UNDER_WAY = _placed_of(
    """
    SELECT request_id
      FROM orders
     WHERE state NOT IN ('ARRIVED', 'ENDED') AND request_id < $1
     ORDER BY request_id DESC
     LIMIT $2
    """
)
_OF_STATE = _placed_of(
    """
    SELECT request_id
      FROM orders
     WHERE state = $3 AND request_id < $1
     ORDER BY request_id DESC
     LIMIT $2
    """
)
_DOWNLOADING = _placed_of(
    """
    SELECT DISTINCT request_id
      FROM order_downloads
     WHERE request_id < $1
     ORDER BY request_id DESC
     LIMIT $2
    """
)


class PostgresOrderViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_request(self, request_id: UUID) -> Placed | None:
        found = await self._placed(_ONE, request_id)
        return found[0] if found else None

    async def newest(
        self, state: OrderState | None, size: int, before: UUID | None
    ) -> Sequence[Placed]:
        if state is None:
            return await self._placed(_UNDER_WAY, before or _LAST, size)
        return await self._placed(_OF_STATE, before or _LAST, size, state.value)

    async def downloading(self, size: int, before: UUID | None) -> Sequence[Placed]:
        return await self._placed(_DOWNLOADING, before or _LAST, size)

    async def there(self, title_id: UUID, *, is_4k: bool) -> Mapping[int, int]:
        rows = await self._database.fetch(
            """
            SELECT season, count(DISTINCT episode) AS there
              FROM items
             WHERE title_id = $1 AND episode > 0 AND state = 'OK' AND resolution >= $2
             GROUP BY season
            """,
            title_id,
            _4K if is_4k else 0,
        )
        return {row["season"]: row["there"] for row in rows}

    async def _placed(self, statement: str, *arguments: object) -> Sequence[Placed]:
        async with self._database.connection() as conn:
            rows = await conn.fetch(statement, *arguments)
            downloads = await conn.fetch(
                """
                SELECT request_id, download_id, name, state, size_bytes, left_bytes,
                       speed_bps, ends_at, is_stalled, problems, season, episodes,
                       client, changed_at
                  FROM order_downloads
                 WHERE request_id = ANY ($1::uuid[])
                 ORDER BY request_id, season NULLS FIRST, episodes, download_id
                """,
                [row["request_id"] for row in rows],
            )
        of: dict[UUID, list[Progress]] = defaultdict(list)
        for row in downloads:
            of[row["request_id"]].append(progress_of(row))
        return [_placed(row, of[row["request_id"]]) for row in rows]


def _placed(row: asyncpg.Record, downloads: Sequence[Progress]) -> Placed:
    singles = {each.season for each in unpacked(row["episodes"])}
    return Placed(
        row["request_id"],
        row["title_id"],
        Kind(row["kind"]),
        row["name"],
        row["tmdb_id"],
        row["requested_by"],
        row["requested_by_name"],
        row["is_4k"],
        frozenset(row["seasons"]) | singles,
        OrderState(row["state"]),
        Tries(
            row["attempts"], row["refusals"], row["unanswered_since"], row["tried_at"]
        ),
        row["next_at"],
        row["last_words"],
        row["changed_at"],
        _fetcher(row),
        downloads,
    )


def _fetcher(row: asyncpg.Record) -> Fetcher | None:
    if row["fulfiller_name"] is None:
        return None
    page = row["address"]
    if row["slug"]:
        page = f"{page}/{row['slug']}"
    return Fetcher(
        row["fulfiller_id"], row["fulfiller_name"], page, row["unseen_since"]
    )
