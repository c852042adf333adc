"""News that waits to go out of the house, in Postgres."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from kit.clock import Clock
from kit.delivery.ledger import Deliveries
from kit.delivery.message import Delivery, Message
from kit.errors import Unavailable
from kit.ids import uuid7
from kit.postgres import Database
from services.media.domain.portal import page_of, whole
from services.media.domain.telling.news import Channel, News
from services.media.domain.telling.own_targets import CHANNEL_OF, OwnKind
from services.media.domain.telling.planning import LONGEST_DETAIL, Happening, Held
from services.media.domain.telling.sending import Fate, Group, fate
from services.media.domain.telling.words import HEADLINES, Fact, message
from services.media.store.telling.people_told import people_of

log = structlog.get_logger()

_LOOK_EVERY_S = 1.0
_AFTER_A_FAULT_S = 30.0
_GROUPS_AT_ONCE = 50


async def hold(
    conn: "asyncpg.Connection[asyncpg.Record]",
    happening: Happening,
    held: Sequence[Held],
    now: datetime,
) -> None:
    """Put it with what waits for the same channel and is of the same kind about the
    same; else it begins to wait by itself."""
    for each in held:
        group_id = await conn.fetchval(
            """
            INSERT INTO held_groups AS known
                   (id, user_id, channel, news, about, due_at)
            VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT ON CONSTRAINT held_groups_once DO UPDATE
               SET due_at = known.due_at
            RETURNING id
            """,
            uuid7(now),
            each.user_id,
            each.channel.value,
            each.news.value,
            happening.about,
            each.due_at,
        )
        await conn.execute(
            """
            INSERT INTO held_news
                   (group_id, place, title_id, request_id, report_id, subject, detail,
                    by_whom, episodes, at, comment_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            group_id,
            happening.place,
            happening.title_id,
            happening.request_id,
            happening.report_id,
            happening.subject,
            happening.detail,
            happening.by,
            happening.episodes,
            happening.at,
            happening.comment_id,
        )


class PostgresHolding:
    """Makes messages of what is due. What waited and the message that it became change
    places in one transaction: it is in one of the two, whoever is killed."""

    def __init__(
        self,
        database: Database,
        deliveries: Deliveries,
        clock: Clock,
        public_url: str,
    ) -> None:
        """`public_url` is where people open the portal; empty: nobody knows."""
        self._database = database
        self._deliveries = deliveries
        self._clock = clock
        self._public_url = public_url

    async def run(self) -> None:
        """Until cancelled. A database that is away delays it, and loses nothing."""
        while True:
            try:
                while await self.send_due():
                    pass
            except Unavailable as exc:
                log.info("held_news_put_off", error=exc.reason)
            # It waits, and is told of, until it is mended: what nobody can be told of
            # must not keep the process from serving.
            except Exception:
                log.exception("held_news_failed")
                await asyncio.sleep(_AFTER_A_FAULT_S)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def send_due(self) -> int:
        """Settle some of what is due; how many groups that were."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            groups = await _take_due(conn, now)
            if not groups:
                return 0
            users = {group.user_id for group in groups}
            people = {each.user_id: each for each in await people_of(conn, users)}
            sent: list[Group] = []
            for group in groups:
                what, until = fate(group, people.get(group.user_id), now)
                if what is Fate.WAIT:
                    await _put_off(conn, group, until)
                    continue
                if what is Fate.SEND:
                    sent.append(group)
                else:
                    await _end(conn, group)
            await self._send(conn, sent)
        log.info("held_news_settled", groups=len(groups), sent=len(sent))
        return len(groups)

    async def _send(
        self, conn: "asyncpg.Connection[asyncpg.Record]", groups: Sequence[Group]
    ) -> None:
        targets = await _targets(conn, {group.user_id for group in groups})
        messages = await self._messages(conn, groups)
        await self._deliveries.enqueue(
            conn,
            *(
                Delivery(target_id, f"news {group.id}", messages[group.id])
                for group in groups
                for target_id in targets[group.user_id, group.channel]
            ),
        )
        for group in groups:
            await _end(conn, group)

    async def _messages(
        self, conn: "asyncpg.Connection[asyncpg.Record]", groups: Sequence[Group]
    ) -> Mapping[UUID, Message]:
        rows = await conn.fetch(
            """
            SELECT group_id, title_id, subject,
                   coalesce(left(comments.text, $2), detail) AS detail,
                   coalesce(name, '') AS who, episodes
              FROM held_news
              LEFT JOIN requesters ON requesters.user_id = by_whom
              LEFT JOIN comments ON comments.id = comment_id
             WHERE group_id = ANY ($1::uuid[])
             ORDER BY group_id, place
            """,
            [group.id for group in groups],
            LONGEST_DETAIL,
        )
        held = defaultdict(list)
        for row in rows:
            held[row["group_id"]].append(row)
        return {group.id: self._message(group.news, held[group.id]) for group in groups}

    def _message(self, news: News, rows: Sequence[asyncpg.Record]) -> Message:
        first = rows[0]
        facts = [
            Fact(row["subject"], row["detail"], row["who"], row["episodes"])
            for row in rows
        ]
        path = page_of(news.value, first["title_id"])
        return Message(
            news.value,
            first["subject"],
            message(news, facts),
            HEADLINES[news],
            link=whole(self._public_url, path),
        )


async def _take_due(
    conn: "asyncpg.Connection[asyncpg.Record]", now: datetime
) -> Sequence[Group]:
    """Held until the end of the transaction: what comes meanwhile waits for it, and
    then begins a group of its own. What another process holds is left to it."""
    rows = await conn.fetch(
        """
        SELECT id, user_id, channel, news
          FROM held_groups
         WHERE due_at <= $1
         ORDER BY due_at, id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
        """,
        now,
        _GROUPS_AT_ONCE,
    )
    return [
        Group(row["id"], row["user_id"], Channel(row["channel"]), News(row["news"]))
        for row in rows
    ]


async def _put_off(
    conn: "asyncpg.Connection[asyncpg.Record]", group: Group, until: datetime
) -> None:
    await conn.execute(
        "UPDATE held_groups SET due_at = $2 WHERE id = $1", group.id, until
    )


async def _end(conn: "asyncpg.Connection[asyncpg.Record]", group: Group) -> None:
    await conn.execute("DELETE FROM held_groups WHERE id = $1", group.id)


async def _targets(
    conn: "asyncpg.Connection[asyncpg.Record]", owners: set[str]
) -> Mapping[tuple[str, Channel], Sequence[UUID]]:
    rows = await conn.fetch(
        """
        SELECT id, owner, kind
          FROM own_targets
         WHERE owner = ANY ($1::text[]) AND enabled AND confirmed
         ORDER BY id
        """,
        sorted(owners),
    )
    found = defaultdict(list)
    for row in rows:
        found[row["owner"], CHANNEL_OF[OwnKind(row["kind"])]].append(row["id"])
    return found
