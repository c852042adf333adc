"""Requests to look at, in Postgres."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

from kit.postgres import Database
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.seeing import Counts, Filter, Place
from services.media.domain.requests.states import State
from services.media.store.request_cards import card_of, cards_of, find_card

_CONDITIONS = {
    (): "WHERE (created_at, id) < ($1, $2)",
    ("state",): """
     WHERE (created_at, id) < ($1, $2) AND state = $3
    """,
    ("requested_by",): """
     WHERE (created_at, id) < ($1, $2) AND requested_by = $3
    """,
    ("state", "requested_by"): """
     WHERE (created_at, id) < ($1, $2) AND state = $3 AND requested_by = $4
    """,
}
# A limit that Postgres reads in the statement lets it keep one plan; for one that
# comes as a parameter it makes a new plan each time, which costs more than the page.
_LIMITS = {
    21: "ORDER BY created_at DESC, id DESC LIMIT 21",
    101: "ORDER BY created_at DESC, id DESC LIMIT 101",
}
_PAGES = {
    (given, limit): cards_of(_CONDITIONS[given] + _LIMITS[limit])
    for given, limit in product(_CONDITIONS, _LIMITS)
}
_BEGINNING = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


class PostgresRequests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, request_id: UUID) -> MediaRequest:
        async with self._database.connection() as conn:
            return await find_card(conn, request_id)

    async def newest(
        self, wanted: Filter, size: int, after: Place | None
    ) -> list[MediaRequest]:
        limit = next(limit for limit in _LIMITS if size <= limit)
        given: tuple[str, ...] = ()
        arguments: tuple[object, ...] = after or _BEGINNING
        if wanted.state is not None:
            given += ("state",)
            arguments += (wanted.state.value,)
        if wanted.requested_by is not None:
            given += ("requested_by",)
            arguments += (wanted.requested_by,)
        rows = await self._database.fetch(_PAGES[given, limit], *arguments)
        return [card_of(row) for row in rows[:size]]

    async def counts(self, requested_by: str | None) -> Counts:
        if requested_by is None:
            rows = await self._database.fetch(
                """
                SELECT state, sum(count) AS count
                  FROM request_counts
                 GROUP BY state
                """
            )
        else:
            rows = await self._database.fetch(
                """
                SELECT state, count
                  FROM request_counts
                 WHERE requested_by = $1
                """,
                requested_by,
            )
        found = {row["state"]: int(row["count"]) for row in rows}
        return {state: found.get(state.value, 0) for state in State}
