"""What a Radarr or Sonarr that somebody chooses gets, in Postgres."""

from collections.abc import Collection
from typing import TypeAlias

import asyncpg

from services.media.domain.fulfilling.errors import FulfillerUnfit
from services.media.domain.fulfilling.fulfiller import FulfillerKind
from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_FIELD = "choices.fulfiller_id"
_GETS = {Kind.MOVIE: "films", Kind.SERIES: "series"}


async def ensure_gets(
    conn: Connection, choices: Choices, kinds: Collection[Kind], field: str = _FIELD
) -> None:
    """That whom they choose is there, and gets what is of these kinds, all of it. Call
    it in the transaction that writes the choice. Raises FulfillerUnfit."""
    if choices.fulfiller_id is None:
        return
    row = await conn.fetchrow(
        "SELECT name, kind FROM fulfillers WHERE id = $1", choices.fulfiller_id
    )
    if row is None:
        raise FulfillerUnfit(
            "There is no such Radarr or Sonarr. GET /v1/fulfillers:choices names them.",
            field=field,
        )
    gets = FulfillerKind(row["kind"]).gets
    if set(kinds) != {gets}:
        raise FulfillerUnfit(
            f"{row['name']} gets {_GETS[gets]} only. Choose it for those alone.",
            field=field,
        )
