"""Requests to look at, in Postgres."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

from kit.postgres import Database
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.seeing import Counts, Filter, Place
from services.media.domain.requests.states import State
from services.media.store.request_cards import card_of, cards_of, find_card

# Ranges over all columns of one index, in its order, say what `state = $4` would.
# That Postgres may also answer from the newest of all, leaving out what does not
# match: quick when it guesses well, and the whole table for a state that is rare.
_CHOICES = {
    (): """
     WHERE (created_at, id) < ($2, $3)
     ORDER BY created_at DESC, id DESC
    """,
    ("state",): """
     WHERE (state, created_at, id) < ($4, $2, $3) AND state >= $4
     ORDER BY state DESC, created_at DESC, id DESC
    """,
    ("requested_by",): """
     WHERE (requested_by, created_at, id) < ($4, $2, $3) AND requested_by >= $4
     ORDER BY requested_by DESC, created_at DESC, id DESC
    """,
    ("state", "requested_by"): """
     WHERE requested_by = $5 AND (state, created_at, id) < ($4, $2, $3) AND state >= $4
     ORDER BY state DESC, created_at DESC, id DESC
    """,
}
# A limit that Postgres reads in the statement lets it keep one plan; for one that
# comes as a parameter it makes a new plan each time, which costs more than the page.
_LIMITS = {21: "LIMIT 21", 101: "LIMIT 101"}
PAGES = {
    (given, limit): cards_of(_CHOICES[given] + _LIMITS[limit])
    for given, limit in product(_CHOICES, _LIMITS)
}
"""The statement of each list, by what is given and the most rows that it reads."""
_BEGINNING = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


class PostgresRequests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, request_id: UUID, viewer: str) -> MediaRequest:
        async with self._database.connection() as conn:
            return await find_card(conn, request_id, viewer)

    async def newest(
        self, wanted: Filter, size: int, after: Place | None, viewer: str
    ) -> list[MediaRequest]:
        limit = next(limit for limit in _LIMITS if size <= limit)
        given: tuple[str, ...] = ()
        arguments: tuple[object, ...] = (viewer, *(after or _BEGINNING))
        if wanted.state is not None:
            given += ("state",)
            arguments += (wanted.state.value,)
        if wanted.requested_by is not None:
            given += ("requested_by",)
            arguments += (wanted.requested_by,)
        rows = await self._database.fetch(PAGES[given, limit], *arguments)
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
