"""What limits a requester, and how much of it they have used, in Postgres."""

import json
from datetime import datetime, timedelta
from typing import TypeAlias

import asyncpg

from services.media.domain.requests.errors import RequesterGone
from services.media.domain.requests.limits import (
    Cost,
    Counted,
    Limits,
    Quota,
    Requester,
    Standing,
    Use,
    ensure_open,
    ensure_parts,
    most,
    used_up,
)
from services.media.domain.requests.sizing import GB

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

DEFAULT = "default"
LIMIT_COLUMNS = """subject, movies, movies_days, seasons, seasons_days, size_gb,
                   size_gb_days, seasons_per_request, open_at_once"""
_LIMITS = f"SELECT {LIMIT_COLUMNS} FROM request_limits WHERE subject = ANY ($1::text[])"  # noqa: S608 - of constants
# In the order of `Counted`; which one it is comes as a parameter.
_SPENT = """
       CASE $3::text WHEN 'movies' THEN movies_counted
                     WHEN 'seasons' THEN seasons_counted
                     ELSE size_bytes END"""
_COUNTS = (
    "requested_by = $1 AND created_at > $2 AND state NOT IN ('DECLINED', 'CANCELED')"
)
_USED = f"SELECT coalesce(sum({_SPENT}), 0)::bigint FROM requests WHERE {_COUNTS}"  # noqa: S608
_FREES = f"""
    SELECT created_at
      FROM (SELECT created_at, id,
                   sum({_SPENT}) OVER (ORDER BY created_at, id) AS freed
              FROM requests
             WHERE {_COUNTS}) AS oldest
     WHERE freed >= $4
     ORDER BY created_at, id
     LIMIT 1
"""  # noqa: S608


async def hold_requester(conn: Connection, requester: Requester) -> Requester:
    """The requester's row until the transaction ends, with what is known of them now:
    of several who count what the same person has used, each counts what the one before
    wrote.

    All that is held is held in this order: a title, the shelf, requests in the order of
    their ids, and last requesters in the order of theirs; nobody goes the other way.
    Raises RequesterGone."""
    is_told = requester.facts is not None
    row = await conn.fetchrow(
        """
        INSERT INTO requesters AS known (user_id, name, role, facts)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (user_id) DO UPDATE
           SET name = CASE WHEN known.gone OR NOT $5 AND known.name <> ''
                           THEN known.name ELSE excluded.name END,
               role = CASE WHEN $5 THEN excluded.role ELSE known.role END,
               facts = CASE WHEN $5 THEN excluded.facts ELSE known.facts END
        RETURNING name, facts, gone,
                  CASE WHEN $5 THEN role
                       ELSE coalesce((SELECT people.role
                                        FROM people
                                       WHERE people.user_id = known.user_id),
                                     role) END AS role
        """,
        requester.user_id,
        requester.name,
        requester.role,
        json.dumps(requester.facts or {}),
        is_told,
    )
    if row is None or (row["gone"] and not is_told):
        raise RequesterGone("There is no such user any more.")
    return Requester(
        requester.user_id, row["name"], row["role"], json.loads(row["facts"])
    )


async def remembered(conn: Connection, requester: Requester) -> Requester:
    """One of whom nothing is told, with what is remembered of them, and in the role
    that auth told last: also one who never was here has that."""
    if requester.facts is not None:
        return requester
    row = await conn.fetchrow(
        """
        SELECT coalesce(known.name, $2) AS name,
               coalesce(people.role, known.role, '') AS role,
               coalesce(known.facts, '{}') AS facts
          FROM (SELECT $1::text AS user_id) AS asked
          LEFT JOIN people ON people.user_id = asked.user_id
          LEFT JOIN requesters AS known ON known.user_id = asked.user_id
        """,
        requester.user_id,
        requester.name,
    )
    assert row is not None  # noqa: S101 - what is asked for is always there
    return Requester(
        requester.user_id, row["name"], row["role"], json.loads(row["facts"])
    )


async def limits_of(conn: Connection, requester: Requester) -> Limits:
    role, user = f"role:{requester.role}", f"user:{requester.user_id}"
    rows = await conn.fetch(_LIMITS, [DEFAULT, role, user])
    said = {row["subject"]: limits_in(row) for row in rows}
    return requester.limits(
        said.get(user, Limits()), said.get(role, Limits()), said.get(DEFAULT, Limits())
    )


def limits_in(row: asyncpg.Record) -> Limits:
    return Limits(
        movies=_quota(row["movies"], row["movies_days"]),
        seasons=_quota(row["seasons"], row["seasons_days"]),
        size_gb=_quota(row["size_gb"], row["size_gb_days"]),
        seasons_per_request=row["seasons_per_request"],
        open_at_once=row["open_at_once"],
    )


async def ensure_room(
    conn: Connection, requester: Requester, cost: Cost, now: datetime
) -> None:
    """Whether there is room for a request more, which costs so much. Call it while the
    requester is held. Raises QuotaUsedUp."""
    limits = await limits_of(conn, requester)
    ensure_parts(limits, cost.seasons)
    if limits.open_at_once:
        ensure_open(limits, await _open(conn, requester.user_id))
    await _ensure_quotas(conn, requester, limits, cost, now)


async def ensure_room_for_more(
    conn: Connection, requester: Requester, more: Cost, seasons: int, now: datetime
) -> None:
    """The same for a request that is there, costs so much more, and has so many seasons
    in all then."""
    limits = await limits_of(conn, requester)
    if more.seasons:
        ensure_parts(limits, seasons)
    await _ensure_quotas(conn, requester, limits, more, now)


async def _ensure_quotas(
    conn: Connection, requester: Requester, limits: Limits, cost: Cost, now: datetime
) -> None:
    for counted in Counted:
        quota, costs = limits.quota(counted), cost.of(counted)
        if quota is None or not costs:
            continue
        used = await _used(conn, requester.user_id, counted, quota, now)
        over = used + costs - most(counted, quota)
        if over > 0:
            frees = await _frees(conn, requester.user_id, counted, quota, now, over)
            raise used_up(counted, quota, frees, now)


async def standing_of(
    conn: Connection, requester: Requester, now: datetime
) -> Standing:
    limits = await limits_of(conn, requester)
    uses = {}
    for counted in Counted:
        quota = limits.quota(counted)
        if quota is None:
            uses[counted] = Use(None, 0)
            continue
        used = await _used(conn, requester.user_id, counted, quota, now)
        over = used + 1 - most(counted, quota)
        frees = None
        if over > 0:
            frees = await _frees(conn, requester.user_id, counted, quota, now, over)
        shown = -(-used // GB) if counted is Counted.SIZE_GB else used
        uses[counted] = Use(quota, shown, frees)
    return Standing(limits, uses, await _open(conn, requester.user_id))


async def _open(conn: Connection, user_id: str) -> int:
    return int(
        await conn.fetchval(
            """
            SELECT coalesce(sum(count), 0)
              FROM request_counts
             WHERE requested_by = $1 AND state IN ('PENDING', 'APPROVED')
            """,
            user_id,
        )
    )


async def _used(
    conn: Connection, user_id: str, counted: Counted, quota: Quota, now: datetime
) -> int:
    since = now - timedelta(days=quota.days)
    return int(await conn.fetchval(_USED, user_id, since, counted.value))


async def _frees(
    conn: Connection,
    user_id: str,
    counted: Counted,
    quota: Quota,
    now: datetime,
    over: int,
) -> datetime | None:
    """When so much of what counts now does not any more; None: never so much."""
    age = timedelta(days=quota.days)
    oldest = await conn.fetchval(_FREES, user_id, now - age, counted.value, over)
    return None if oldest is None else oldest + age


def _quota(limit: int | None, days: int | None) -> Quota | None:
    return None if limit is None or days is None else Quota(limit, days)
