"""Follows what happens in media, and writes down who is told of it, in Postgres."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import structlog

from kit import outbox
from kit.clock import Clock
from kit.errors import Unavailable
from kit.ids import uuid7
from kit.outbox import Event, Feed
from kit.postgres import Database
from services.media.domain.portal import page_of
from services.media.domain.telling.planning import (
    TOLD,
    Happening,
    Row,
    plan,
)
from services.media.domain.telling.words import Fact, sentence
from services.media.store.telling.happenings import happening_of
from services.media.store.telling.holding import hold
from services.media.store.telling.people_told import people_and_managers

log = structlog.get_logger()

_AGAIN_AFTER_S = 2.0
_AFTER_A_FAULT_S = 30.0
_NOTE_EVERY = 500


class PostgresFollowing:
    """Each event is told by one of all processes that follow, together with the place
    up to which they have followed: whoever is killed in between has told nothing."""

    def __init__(
        self, database: Database, feed: Feed, clock: Clock, window: timedelta
    ) -> None:
        """Of one kind and about the same, what happens within `window` is one
        message."""
        self._database = database
        self._feed = feed
        self._clock = clock
        self._window = window

    async def run(self) -> None:
        """Until cancelled. A database that is away delays what is told, and loses
        nothing of it."""
        while True:
            try:
                await self._follow()
            except Unavailable as exc:
                log.info("telling_put_off", error=exc.reason)
            # It waits, and is told of, until it is mended: what nobody can be told of
            # must not keep the process from serving.
            except Exception:
                log.exception("telling_failed")
                await asyncio.sleep(_AFTER_A_FAULT_S)
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _follow(self) -> None:
        place = await self._database.fetchval("SELECT place FROM telling")
        async for event_id, event in self._feed.watch(f"media:{place}"):
            at = int(event_id.partition(":")[2])
            if event.type in TOLD:
                await self._tell(at, event)
            elif at % _NOTE_EVERY == 0:
                async with self._database.connection() as conn:
                    await _claim(conn, at)

    async def _tell(self, place: int, event: Event) -> None:
        async with self._database.transaction() as conn:
            if not await _claim(conn, place):
                return
            now = self._clock.now()
            happening = await happening_of(conn, place, event)
            people = await people_and_managers(
                conn, happening.people, of_reports=bool(happening.report_id)
            )
            planned = plan(happening, people, now, self._window)
            await _put_behind_bells(conn, happening, planned.rows, now)
            await hold(conn, happening, planned.held, now)
        log.info("news_told", what=event.type, place=place, people=len(planned.rows))


async def _claim(conn: "asyncpg.Connection[asyncpg.Record]", place: int) -> bool:
    """Whether no process has followed so far; this one has now."""
    claimed = await conn.fetchval(
        "UPDATE telling SET place = $1 WHERE place < $1 RETURNING place", place
    )
    return claimed is not None


async def _put_behind_bells(
    conn: "asyncpg.Connection[asyncpg.Record]",
    happening: Happening,
    rows: Sequence[Row],
    now: datetime,
) -> None:
    made = [(uuid7(now), each) for each in rows]
    await conn.executemany(
        """
        INSERT INTO notifications
               (id, user_id, place, news, title_id, request_id, report_id, subject,
                detail, by_whom, created_at, comment_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
        """,
        [
            (
                notification_id,
                row.user_id,
                happening.place,
                row.news.value,
                happening.title_id,
                happening.request_id,
                happening.report_id,
                happening.subject,
                happening.detail,
                happening.by,
                now,
                happening.comment_id,
            )
            for notification_id, row in made
        ],
    )
    events = (
        Event(
            type="notification.created",
            key=row.user_id,
            at=now,
            rooms=(f"user:{row.user_id}",),
            tags=(),
            # Without a name, as all that stays here for a week.
            data={
                "notificationId": str(notification_id),
                "type": row.news.value,
                "words": sentence(row.news, [Fact(happening.subject)]),
                "link": page_of(row.news.value, happening.title_id),
            },
        )
        for notification_id, row in made
    )
    await outbox.write(conn, *events)
