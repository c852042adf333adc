"""Those who may be told something, and by what, in Postgres."""

from collections.abc import Iterable, Sequence

import asyncpg

from services.media.domain.requests.permissions import MANAGE_REQUESTS
from services.media.domain.telling.news import MANAGE_ISSUES
from services.media.domain.telling.own_targets import CHANNEL_OF, OwnKind
from services.media.domain.telling.planning import Person
from services.media.store.telling.preferences import preferences_of

_ADMIN = 1 << 1
_REQUESTS = 1 << MANAGE_REQUESTS | _ADMIN
_REPORTS = 1 << MANAGE_ISSUES | _ADMIN
_NOBODY = 0


async def people_of(
    conn: "asyncpg.Connection[asyncpg.Record]", user_ids: Iterable[str]
) -> Sequence[Person]:
    """These, without those who are suspended or gone."""
    return await _people(conn, user_ids, _NOBODY)


async def people_and_managers(
    conn: "asyncpg.Connection[asyncpg.Record]",
    user_ids: Iterable[str],
    *,
    of_reports: bool,
) -> Sequence[Person]:
    """These, and who decides on reports or requests; without those who are suspended
    or gone."""
    return await _people(conn, user_ids, _REPORTS if of_reports else _REQUESTS)


async def _people(
    conn: "asyncpg.Connection[asyncpg.Record]", user_ids: Iterable[str], managers: int
) -> Sequence[Person]:
    rows = await conn.fetch(
        """
        SELECT known.user_id, coalesce(told_roles.permissions, 0) AS permissions,
               choices, quiet_from, quiet_to, time_zone,
               ARRAY(SELECT DISTINCT kind FROM own_targets
                      WHERE owner = known.user_id AND enabled AND confirmed) AS kinds
          FROM (SELECT unnest($1::text[]) AS user_id
                 UNION
                SELECT people.user_id
                  FROM people
                  JOIN told_roles ON told_roles.name = people.role
                 WHERE told_roles.permissions & $2 <> 0) AS known
          LEFT JOIN people ON people.user_id = known.user_id
          LEFT JOIN told_roles ON told_roles.name = people.role
          LEFT JOIN requesters ON requesters.user_id = known.user_id
          LEFT JOIN notification_preferences AS preferred
            ON preferred.user_id = known.user_id
         WHERE NOT coalesce(people.suspended, false)
           AND NOT coalesce(requesters.gone, false)
         ORDER BY known.user_id
        """,
        sorted(set(user_ids)),
        managers,
    )
    return [
        Person(
            row["user_id"],
            bool(row["permissions"] & _REQUESTS),
            bool(row["permissions"] & _REPORTS),
            preferences_of(row),
            frozenset(CHANNEL_OF[OwnKind(kind)] for kind in row["kinds"]),
        )
        for row in rows
    ]
