"""Requests to look at, in Postgres."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import product
from uuid import UUID

from kit.postgres import Database
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.seeing import (
    Counts,
    Filter,
    HistoryRow,
    Place,
    SeasonThere,
    seasons_there,
)
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
# Lists that are asked for more seldom begin with what there is least of, and leave out
# what does not match the rest.
_NEWEST = "ORDER BY created_at DESC, id DESC"
_BEGINNINGS = (
    ({"title_id"}, "title_id = [title_id] AND (created_at, id) < ($2, $3)", _NEWEST),
    (
        {"requested_by"},
        """(requested_by, created_at, id) < ([requested_by], $2, $3)
       AND requested_by >= [requested_by]""",
        "ORDER BY requested_by DESC, created_at DESC, id DESC",
    ),
    ({"in_4k"}, "is_4k AND (created_at, id) < ($2, $3)", _NEWEST),
    (
        {"kind", "state"},
        """kind = [kind] AND (state, created_at, id) < ([state], $2, $3)
       AND state >= [state]""",
        "ORDER BY state DESC, created_at DESC, id DESC",
    ),
    (
        {"kind"},
        "(kind, created_at, id) < ([kind], $2, $3) AND kind >= [kind]",
        "ORDER BY kind DESC, created_at DESC, id DESC",
    ),
    (
        {"state"},
        "(state, created_at, id) < ([state], $2, $3) AND state >= [state]",
        "ORDER BY state DESC, created_at DESC, id DESC",
    ),
    (set[str](), "(created_at, id) < ($2, $3)", _NEWEST),
)
_REST = {
    "state": "state = [state]",
    "requested_by": "requested_by = [requested_by]",
    "kind": "kind = [kind]",
    "in_4k": "is_4k",
    "not_in_4k": "NOT is_4k",
}


@cache
def narrowed(given: tuple[str, ...], limit: int) -> str:
    """The statement of the list that is narrowed by what is given, whose values are
    its parameters from $4 on."""
    is_of, beginning, order = next(
        each for each in _BEGINNINGS if each[0].issubset(given)
    )
    rest = [f" AND {_REST[name]}" for name in given if name not in is_of]
    chosen = f"WHERE {beginning}{''.join(rest)} {order} {_LIMITS[limit]}"
    valued = [name for name in given if name not in {"in_4k", "not_in_4k"}]
    for number, name in enumerate(valued, start=4):
        chosen = chosen.replace(f"[{name}]", f"${number}")
    return cards_of(chosen)


_FOLLOWED = """
     WHERE id = ANY (ARRAY(
               SELECT request_id
                 FROM request_followers
                WHERE user_id = $1 AND (asked_at, request_id) < ($2, $3)
                ORDER BY asked_at DESC, request_id DESC
                [limit]))
     ORDER BY created_at DESC, id DESC
"""
FOLLOWED = {
    limit: cards_of(_FOLLOWED.replace("[limit]", text))
    for limit, text in _LIMITS.items()
}
"""The statement of what $1 follows."""
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
        if wanted.is_narrowed:
            return await self._narrowed(wanted, size, limit, after, viewer)
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

    async def _narrowed(
        self, wanted: Filter, size: int, limit: int, after: Place | None, viewer: str
    ) -> list[MediaRequest]:
        if wanted.is_followed:
            statement, place = FOLLOWED[limit], after or _BEGINNING
            rows = await self._database.fetch(statement, viewer, *place)
            return [card_of(row) for row in rows[:size]]
        values = {
            "title_id": wanted.title_id,
            "state": wanted.state and wanted.state.value,
            "requested_by": wanted.requested_by,
            "kind": wanted.kind and wanted.kind.value,
        }
        given = [name for name, value in values.items() if value is not None]
        values = {name: values[name] for name in given}
        if wanted.is_4k is not None:
            given.append("in_4k" if wanted.is_4k else "not_in_4k")
        rows = await self._database.fetch(
            narrowed(tuple(given), limit),
            viewer,
            *(after or _BEGINNING),
            *values.values(),
        )
        return [card_of(row) for row in rows[:size]]

    async def seasons_there(self, request: MediaRequest) -> Sequence[SeasonThere]:
        rows = await self._database.fetch(
            """
            SELECT season, array_agg(DISTINCT episode) AS episodes
              FROM items
             WHERE title_id = $1 AND state = 'OK' AND episode > 0
               AND (NOT $2 OR resolution >= 2160)
             GROUP BY season
             ORDER BY season
             LIMIT 500
            """,
            request.title.id if request.title else None,
            request.is_4k,
        )
        sizes = await self._database.fetch(
            "SELECT season, aired FROM season_sizes WHERE title_id = $1 LIMIT 500",
            request.title.id if request.title else None,
        )
        there = {row["season"]: set(row["episodes"]) for row in rows}
        aired = {row["season"]: row["aired"] for row in sizes}
        return seasons_there(request, there, aired)

    async def history(
        self, request_id: UUID, size: int, after: int
    ) -> Sequence[HistoryRow]:
        rows = await self._database.fetch(
            """
            SELECT step.id, step.from_state, step.to_state, step.by_whom,
                   coalesce(requesters.name, '') AS by_name, step.reason, step.at,
                   step.rule_ids
              FROM request_history AS step
              LEFT JOIN requesters ON requesters.user_id = step.by_whom
             WHERE step.request_id = $1 AND step.id > $2
             ORDER BY step.id
             LIMIT $3
            """,
            request_id,
            after,
            size,
        )
        return [
            HistoryRow(
                row["id"],
                State(row["from_state"]) if row["from_state"] else None,
                State(row["to_state"]),
                row["by_whom"],
                row["by_name"],
                row["reason"],
                row["at"],
                row["rule_ids"],
            )
            for row in rows
        ]

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
