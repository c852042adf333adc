"""Limits of those who ask, in Postgres."""

from collections.abc import Sequence
from datetime import datetime

from kit import outbox
from kit.errors import VersionChanged
from kit.outbox import Event
from kit.postgres import Database
from services.media.domain.requests.errors import LimitsMissing
from services.media.domain.requests.limits import Limits, Requester, Standing
from services.media.domain.requests.quotas import SetLimits
from services.media.store.people import ensure_known
from services.media.store.quotas import limits_in, remembered, standing_of

_ROOM = "requests"


class PostgresLimits:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, requester: Requester, now: datetime) -> Standing:
        async with self._database.connection() as conn:
            if requester.facts is None:
                await ensure_known(conn, requester.user_id)
            requester = await remembered(conn, requester)
            return await standing_of(conn, requester, now)

    async def page(self, size: int, after: str) -> Sequence[SetLimits]:
        rows = await self._database.fetch(
            """
            SELECT subject, movies, movies_days, seasons, seasons_days, size_gb,
                   size_gb_days, seasons_per_request, open_at_once, version
              FROM request_limits
             WHERE subject > $1
             ORDER BY subject
             LIMIT $2
            """,
            after,
            size,
        )
        return [
            SetLimits(row["subject"], limits_in(row), row["version"]) for row in rows
        ]

    async def set(
        self, subject: str, limits: Limits, if_version: int, now: datetime
    ) -> SetLimits:
        quotas = [
            number
            for quota in (limits.movies, limits.seasons, limits.size_gb)
            for number in ((quota.limit, quota.days) if quota else (None, None))
        ]
        async with self._database.transaction() as conn:
            version = await conn.fetchval(
                """
                INSERT INTO request_limits AS known
                       (subject, movies, movies_days, seasons, seasons_days, size_gb,
                        size_gb_days, seasons_per_request, open_at_once, changed_at)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
                 WHERE $11 = 0
                    OR EXISTS (SELECT FROM request_limits WHERE subject = $1)
                    ON CONFLICT (subject) DO UPDATE
                   SET movies = $2, movies_days = $3, seasons = $4, seasons_days = $5,
                       size_gb = $6, size_gb_days = $7, seasons_per_request = $8,
                       open_at_once = $9, changed_at = $10,
                       version = known.version + 1
                 WHERE $11 IN (0, known.version)
                RETURNING version
                """,
                subject,
                *quotas,
                limits.seasons_per_request,
                limits.open_at_once,
                now,
                if_version,
            )
            if version is None:
                raise VersionChanged
            await outbox.write(conn, _event("set", subject, now))
            return SetLimits(subject, limits, version)

    async def delete(self, subject: str, if_version: int, now: datetime) -> None:
        async with self._database.transaction() as conn:
            gone = await conn.fetchval(
                """
                DELETE FROM request_limits
                 WHERE subject = $1 AND $2 IN (0, version)
                RETURNING subject
                """,
                subject,
                if_version,
            )
            if gone is None:
                there = await conn.fetchval(
                    "SELECT EXISTS (SELECT FROM request_limits WHERE subject = $1)",
                    subject,
                )
                raise (
                    VersionChanged
                    if there
                    else LimitsMissing("No limits are set for this.")
                )
            await outbox.write(conn, _event("deleted", subject, now))


def _event(what: str, subject: str, at: datetime) -> Event:
    return Event(
        type=f"request_limits.{what}",
        key=subject,
        at=at,
        rooms=(_ROOM,),
        tags=(),
        data={"subject": subject},
    )
