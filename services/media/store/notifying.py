"""Turns the service's own events into deliveries, in Postgres.

The place up to which that was done is noted in the transaction that writes the
deliveries down: of any number of replicas that follow, one does it, and what one
that dies has not done the next one does.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import structlog

from kit.delivery.ledger import Deliveries
from kit.delivery.message import Delivery
from kit.errors import Unavailable
from kit.outbox import Event, Feed
from kit.postgres import Database
from services.media.domain.notifying.news import (
    News,
    TitleFacts,
    message_of,
    told_as,
)
from services.media.domain.telling.planning import LONGEST_DETAIL

log = structlog.get_logger()

_AGAIN_S = 1.0
_AFTER_A_FAULT_S = 30.0
_POSTER = "{}/t/p/w600_and_h900_bestv2{}"
_PEOPLE = ("requestedBy", "reportedBy", "by")


class Notifying:
    """Follows the events, for the house's targets."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        deliveries: Deliveries,
        pictures_at: str,
        public_url: str,
    ) -> None:
        """`pictures_at`: where anybody finds posters of titles. `public_url`: where
        people open the portal; empty: nobody knows."""
        self._database = database
        self._feed = feed
        self._deliveries = deliveries
        self._pictures_at = pictures_at.rstrip("/")
        self._public_url = public_url

    async def run(self) -> None:
        """Follow until canceled. A database that is away delays it, and loses none."""
        while True:
            try:
                place = await self._database.fetchval("SELECT position FROM notified")
                async for event_id, event in self._feed.watch(f"media:{place}"):
                    if told := told_as(event.type):
                        await self._tell(event_id, event, told)
            except Unavailable as exc:
                log.info("notifying_delayed", error=exc.reason)
            # It waits, and is told of, until it is mended: what nobody can be told of
            # must not keep the process from serving.
            except Exception:
                log.exception("notifying_failed")
                await asyncio.sleep(_AFTER_A_FAULT_S)
            await asyncio.sleep(_AGAIN_S)

    async def _tell(self, event_id: str, event: Event, told: str) -> None:
        position = int(event_id.rpartition(":")[2])
        async with self._database.transaction() as conn:
            is_news = await conn.fetchval(
                """
                UPDATE notified
                   SET position = $1
                 WHERE position < $1
                RETURNING position
                """,
                position,
            )
            if is_news is None:
                return
            targets = await conn.fetch(
                """
                SELECT id
                  FROM notification_targets
                 WHERE enabled AND $1 = ANY (event_types)
                """,
                told,
            )
            if targets:
                message = message_of(await self._news(conn, event), self._public_url)
                await self._deliveries.enqueue(
                    conn, *(Delivery(row["id"], event_id, message) for row in targets)
                )

    async def _news(
        self, conn: "asyncpg.Connection[asyncpg.Record]", event: Event
    ) -> News:
        title = await conn.fetchrow(
            """
            SELECT kind, name, year, overview, poster_path, tmdb_id, tvdb_id, imdb_id
              FROM titles
             WHERE id = $1
            """,
            _id(event.data.get("titleId")),
        )
        people = [str(event.data.get(each, "")) for each in _PEOPLE]
        return News(
            event.type,
            event.key,
            event.data,
            TitleFacts() if title is None else self._facts(title),
            await _names(conn, people),
            await conn.fetchval(
                "SELECT left(text, $2) FROM comments WHERE id = $1",
                _id(event.data.get("commentId")),
                LONGEST_DETAIL,
            )
            or "",
        )

    def _facts(self, row: asyncpg.Record) -> TitleFacts:
        path = row["poster_path"]
        return TitleFacts(
            row["kind"],
            row["name"],
            row["year"] or 0,
            row["overview"] or "",
            _POSTER.format(self._pictures_at, path) if path else "",
            row["tmdb_id"] or 0,
            row["tvdb_id"] or 0,
            row["imdb_id"] or "",
        )


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


async def _names(
    conn: "asyncpg.Connection[asyncpg.Record]", people: Sequence[str]
) -> dict[str, str]:
    rows = await conn.fetch(
        "SELECT user_id, name FROM requesters WHERE user_id = ANY ($1::text[])", people
    )
    return {row["user_id"]: row["name"] for row in rows}
