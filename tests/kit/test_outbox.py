"""Events: written with what happened, told in order, missed by nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from kit import outbox
from kit.errors import Unavailable
from kit.outbox import AfterUnknown, Event, Feed
from kit.postgres import Database
from tests.clock import NOON
from tests.conftest import MakeDatabase
from tests.waiting import eventually


def an_event(key: str = "request-1", **data: int) -> Event:
    return Event("request.approved", key, NOON, ("requests",), ("requests",), data)


@pytest.fixture
async def house(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("kit")


@pytest.fixture
async def feed(house: tuple[Database, str]) -> AsyncIterator[Feed]:
    database, url = house
    feed = Feed(database, url, "media", asyncio.Event())
    task = asyncio.create_task(feed.run())
    yield feed
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def take(feed: Feed, count: int, after: str = "") -> list[tuple[str, Event]]:
    taken: list[tuple[str, Event]] = []
    async with asyncio.timeout(10):
        async for told in feed.watch(after):
            taken.append(told)
            if len(taken) == count:
                break
    return taken


async def put(database: Database, *events: Event) -> None:
    async with database.transaction() as conn:
        await outbox.write(conn, *events)


async def test_an_event_arrives_as_it_was_written(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, _ = house
    await put(database, an_event(season=3))

    [(event_id, event)] = await take(feed, 1, after="media:0")

    assert event_id == "media:1"
    assert event == an_event(season=3)


async def test_the_latest_can_be_told_first(
    house: tuple[Database, str], feed: Feed
) -> None:
    """With the ids behind which that begins, and with which it is the present."""
    database, _ = house
    await put(database, *(an_event(str(number)) for number in range(5)))
    await take(feed, 5, after="media:0")
    began: list[tuple[str, str]] = []

    async def opened(after: str, head: str) -> None:
        began.append((after, head))

    for recent in (2, 100):
        async for event_id, _ in feed.watch("", recent, opened):
            began.append((event_id, ""))
            break

    assert began == [
        *(("media:3", "media:5"), ("media:4", "")),
        *(("media:0", "media:5"), ("media:1", "")),
    ]


async def test_what_is_rolled_back_is_never_told(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, _ = house
    with suppress(ZeroDivisionError):
        async with database.transaction() as conn:
            await outbox.write(conn, an_event("undone"))
            raise ZeroDivisionError
    await put(database, an_event("done"))

    [(_, event)] = await take(feed, 1, after="media:0")

    assert event.key == "done"


async def test_a_transaction_that_commits_late_is_not_passed_over(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, _ = house
    async with database.transaction() as slow:
        await outbox.write(slow, an_event("slow"))
        await put(database, an_event("quick"))
        [(seen, quick)] = await take(feed, 1, after="media:0")

    [(_, late)] = await take(feed, 1, after=seen)

    assert (quick.key, late.key) == ("quick", "slow")


async def test_to_look_when_there_is_nothing_to_tell_writes_nothing(
    house: tuple[Database, str],
) -> None:
    database, _ = house
    await put(database, an_event())
    assert await outbox.publish(database) == 1
    last_writer = "SELECT xmin::text || xmax::text FROM outbox_head"
    before = await database.fetchval(last_writer)

    assert await outbox.publish(database) == 0

    assert await database.fetchval(last_writer) == before


async def test_a_watcher_resumes_behind_what_it_saw(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, _ = house
    await put(database, *(an_event(number=n) for n in range(1200)))

    first = await take(feed, 700, after="media:0")
    rest = await take(feed, 500, after=first[-1][0])

    numbers = [event.data["number"] for _, event in first + rest]
    assert numbers == list(range(1200))


async def test_two_publishers_tell_each_event_once_and_in_order(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, url = house
    other = Feed(database, url, "media", asyncio.Event())
    running = asyncio.create_task(other.run())
    for n in range(50):
        await put(database, an_event(number=n))

    here, there = await asyncio.gather(
        take(feed, 50, after="media:0"), take(other, 50, after="media:0")
    )
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert here == there
    assert [event.data["number"] for _, event in here] == list(range(50))


async def test_where_somebody_always_writes_events_are_told_all_the_same(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, _ = house

    async def never_pauses() -> None:
        while True:
            await put(database, an_event())

    writing = [asyncio.create_task(never_pauses()) for _ in range(3)]

    told = await take(feed, 200, after="media:0")

    for each in writing:
        each.cancel()
    await asyncio.gather(*writing, return_exceptions=True)
    assert [event_id for event_id, _ in told] == [f"media:{n + 1}" for n in range(200)]


async def test_a_lost_connection_delays_events_and_loses_none(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, _ = house
    await put(database, an_event("before"))
    await take(feed, 1, after="media:0")

    with suppress(Unavailable):
        await database.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database()
            """
        )

    async def written() -> bool:
        # The pool may still lend a connection that was ended.
        with suppress(Unavailable):
            await put(database, an_event("after"))
            return True
        return False

    await eventually(written)
    [(_, event)] = await take(feed, 1, after="media:1")
    assert event.key == "after"


async def test_a_pool_that_fails_while_the_listener_lives_does_not_end_the_feed(
    house: tuple[Database, str], feed: Feed
) -> None:
    database, url = house
    await put(database, an_event("before"))
    await take(feed, 1, after="media:0")
    listener = await asyncpg.connect(url)
    # Publishing takes a lock on this table: here it waits, and then is cut off.
    async with listener.transaction():
        await listener.execute("LOCK TABLE outbox_head")
        with suppress(Unavailable):
            await put(database, an_event("after"))
        await eventually(lambda: cut_off_publishers(listener))
    await listener.close()

    [(_, event)] = await take(feed, 1, after="media:1")

    assert event.key == "after"


async def cut_off_publishers(conn: "asyncpg.Connection[asyncpg.Record]") -> int:
    """How many waited to publish, and now have lost their connection."""
    rows = await conn.fetch(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
    )
    return len(rows)


@pytest.mark.parametrize(
    "after", ["auth:1", "media", "media:x", "media:-1", "media:" + "9" * 30]
)
async def test_an_id_of_somebody_else_is_refused(feed: Feed, after: str) -> None:
    with pytest.raises(AfterUnknown):
        await take(feed, 1, after=after)


async def test_watchers_end_when_the_process_leaves(
    house: tuple[Database, str],
) -> None:
    database, url = house
    leaving = asyncio.Event()
    feed = Feed(database, url, "media", leaving)
    running = asyncio.create_task(feed.run())
    watcher = asyncio.create_task(take(feed, 1))
    leaving.set()

    assert await watcher == []
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
