"""What people want to be told, in Postgres."""

import json
from contextlib import suppress
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from kit.postgres import Database
from services.media.domain.telling.errors import PersonGone
from services.media.domain.telling.news import Channel, News
from services.media.domain.telling.preferences import UNSAID, Change, Preferences
from services.media.domain.telling.quiet import QuietHours

_SOON = timedelta(seconds=60)


class PostgresPreferences:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, user_id: str) -> Preferences:
        async with self._database.connection() as conn:
            return await _find(conn, user_id)

    async def change(self, user_id: str, change: Change, at: datetime) -> Preferences:
        async with self._database.transaction() as conn:
            # Held until the end: of two changes the second is made to what the first
            # has left, and who is removed meanwhile is removed after this.
            is_gone = await conn.fetchval(
                """
                INSERT INTO requesters AS known (user_id, name)
                VALUES ($1, '')
                    ON CONFLICT (user_id) DO UPDATE SET user_id = known.user_id
                RETURNING gone
                """,
                user_id,
            )
            if is_gone:
                raise PersonGone
            after = change.apply(await _find(conn, user_id))
            quiet = after.quiet
            await conn.execute(
                """
                INSERT INTO notification_preferences
                       (user_id, choices, quiet_from, quiet_to, time_zone, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT (user_id) DO UPDATE
                   SET choices = excluded.choices,
                       quiet_from = excluded.quiet_from,
                       quiet_to = excluded.quiet_to,
                       time_zone = excluded.time_zone,
                       updated_at = excluded.updated_at
                """,
                user_id,
                _written(after),
                quiet.since if quiet else None,
                quiet.until if quiet else None,
                quiet.zone.key if quiet else "",
                at,
            )
            # What waits is looked at anew: it may be quiet no more.
            await conn.execute(
                """
                UPDATE held_groups
                   SET due_at = least(due_at, $2)
                 WHERE user_id = $1
                """,
                user_id,
                at + _SOON,
            )
            return after


async def _find(
    conn: "asyncpg.Connection[asyncpg.Record]", user_id: str
) -> Preferences:
    row = await conn.fetchrow(
        """
        SELECT choices, quiet_from, quiet_to, time_zone
          FROM notification_preferences
         WHERE user_id = $1
        """,
        user_id,
    )
    return UNSAID if row is None else preferences_of(row)


def preferences_of(row: asyncpg.Record) -> Preferences:
    """Of a row with its columns; with none of them, of somebody who has said
    nothing."""
    written = row["choices"]
    if written is None:
        return UNSAID
    choices = {
        News(news): frozenset(Channel(each) for each in channels)
        for news, channels in json.loads(str(written)).items()
        # What another version was told of stays for it.
        if news in _KNOWN
    }
    return Preferences(choices, _quiet(row))


_KNOWN = frozenset(each.value for each in News)


def _quiet(row: asyncpg.Record) -> QuietHours | None:
    since, until = row["quiet_from"], row["quiet_to"]
    # A zone that this machine does not know any more: better told than left alone.
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        if isinstance(since, time) and isinstance(until, time):
            return QuietHours(since, until, ZoneInfo(str(row["time_zone"])))
    return None


def _written(preferences: Preferences) -> str:
    return json.dumps(
        {
            news.value: sorted(each.value for each in channels)
            for news, channels in preferences.choices.items()
        }
    )
