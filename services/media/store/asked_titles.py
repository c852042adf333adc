"""What is known of a title when it is asked for, in Postgres."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from kit.postgres import Database
from services.media.domain.requests.ratings import age_of
from services.media.domain.requests.sizing import AskedTitle
from services.media.domain.titles import Kind, TitleMissing


async def asked_title(database: Database, title_id: UUID) -> AskedTitle:
    """With what a provider told of it once; nobody is asked now. Raises
    TitleMissing."""
    row = await database.fetchrow(
        """
        SELECT titles.kind, titles.runtime_minutes,
               (told.value::jsonb)->'certifications' AS certifications,
               (told.value::jsonb)->'seasons' AS seasons
          FROM titles
          LEFT JOIN provider_answers AS told
            ON told.key = 'tmdb:' || titles.kind || ':' || titles.tmdb_id
         WHERE titles.id = $1
        """,
        title_id,
    )
    if row is None:
        raise TitleMissing("There is no such title.")
    ratings = _object(row["certifications"])
    return AskedTitle(
        Kind(row["kind"]),
        row["runtime_minutes"],
        age_of({country: str(each) for country, each in ratings.items()}),
        dict(_seasons(row["seasons"])),
    )


def _object(text: str | None) -> Mapping[str, Any]:
    found = json.loads(text) if text else None
    return found if isinstance(found, dict) else {}


def _seasons(text: str | None) -> Iterator[tuple[int, int]]:
    for each in (json.loads(text) if text else None) or ():
        number, count = each.get("number"), each.get("episode_count")
        if isinstance(number, int) and isinstance(count, int):
            yield number, count
