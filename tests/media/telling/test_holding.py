"""What goes out of the house: together, not at night, and each thing once."""

import asyncio
import json

import pytest

from kit.caller import Caller
from kit.postgres import Database
from medianest.media.v1 import notifications_pb2 as pb
from services.media.domain.telling.own_targets import OwnKind
from services.media.store.requesters import PostgresRequesters
from services.media.store.telling.people import PostgresPeople
from tests.clock import NOON, StoppedClock
from tests.media.requests.house import ADA, BOB, MANAGER, Desk, Shelf
from tests.media.telling.conftest import Look
from tests.media.telling.house import DARK, WINDOW, employ, follows_all, happens
from tests.media.telling.outside import Outside, holding

pytestmark = pytest.mark.usefixtures("followed")


async def wishes(look: Look, who: Caller, **fields: object) -> None:
    request = pb.UpdateNotificationPreferencesRequest(**fields)  # type: ignore[arg-type]
    await look(who).call("UpdateNotificationPreferences", request)


async def there(
    database: Database, *people: Caller, name: str = "Dark", title: str = DARK
) -> None:
    ids = [each.user_id for each in people]
    await happens(
        database, "request.available", ids, titleId=title, titleName=name, state=""
    )
    await follows_all(database)


async def test_what_happens_within_a_minute_is_one_message(
    database: Database, outside: Outside
) -> None:
    target = await outside.reached(ADA)
    for _ in range(10):
        await there(database, ADA)
    await there(database, ADA, name="1899", title=DARK.replace("da4c", "1899"))
    await outside.later(seconds=59)
    assert await outside.told(target) == []
    await outside.later(seconds=1)
    assert sorted(await outside.told(target)) == [
        "1899 is there.",
        "Dark: 10 requests are there.",
    ]
    await there(database, ADA)
    await outside.later(seconds=60)
    assert (await outside.told(target))[2:] == ["Dark is there."]
    assert await outside.waiting() == 0


async def test_a_season_of_single_episodes_is_one_message(
    database: Database, outside: Outside, shelf: Shelf, desk: Desk
) -> None:
    target, title = await outside.reached(ADA), await shelf.title("Dark", "series")
    for season in range(1, 11):
        request = await desk.ask(title, season)
        await database.execute(
            "UPDATE requests SET seasons = '{}', episodes = $2 WHERE id = $1",
            request.id,
            [season * 100_000 + 1],
        )
        await shelf.put(title, season, 1)
    await follows_all(database)
    await outside.later(minutes=1)

    assert await outside.told(target) == ["Dark: 10 episodes are there."]


async def test_at_night_it_waits_for_the_morning(
    database: Database, outside: Outside, look: Look, clock: StoppedClock
) -> None:
    target = await outside.reached(ADA)
    others = await outside.reached(BOB)
    quiet = {"from": "12:00", "to": "07:00", "time_zone": "UTC"}
    await wishes(look, ADA, quiet_hours=quiet)
    for _ in range(3):
        await there(database, ADA, BOB)
        await outside.later(hours=2)
    assert await outside.told(target) == []
    assert await outside.told(others) == ["Dark is there."] * 3
    assert await look(ADA).unread() == 3

    await outside.later(hours=12, minutes=59)
    assert await outside.told(target) == []
    await outside.later(minutes=1)
    assert clock.at.hour == 7
    assert await outside.told(target) == ["Dark: 3 requests are there."]


async def test_who_wants_to_be_told_after_all_is_told_soon(
    database: Database, outside: Outside, look: Look
) -> None:
    target = await outside.reached(ADA)
    quiet = {"from": "12:00", "to": "07:00", "time_zone": "UTC"}
    await wishes(look, ADA, quiet_hours=quiet)
    await there(database, ADA)
    await outside.later(minutes=5)
    assert await outside.told(target) == []
    await wishes(look, ADA, quiet_hours={})
    await outside.later(minutes=1)

    assert await outside.told(target) == ["Dark is there."]


async def test_quiet_that_begins_while_it_waits_counts(
    database: Database, outside: Outside, look: Look
) -> None:
    target = await outside.reached(ADA)
    await there(database, ADA)
    quiet = {"from": "12:00", "to": "07:00", "time_zone": "UTC"}
    await wishes(look, ADA, quiet_hours=quiet)
    await outside.later(minutes=5)

    assert await outside.told(target) == []
    assert await outside.waiting() == 1


async def test_each_is_told_by_the_channels_that_they_chose(
    database: Database, outside: Outside, look: Look
) -> None:
    webhook = await outside.reached(ADA)
    mailbox = await outside.reached(ADA, OwnKind.EMAIL, "ada@there.example")
    apprise = await outside.reached(ADA, OwnKind.APPRISE, "ntfy://there.example/ada")
    choice = {"type": "request.available", "email": True}
    await wishes(look, ADA, choices=[choice])
    await there(database, ADA)
    await outside.later(minutes=1)

    assert await outside.told(mailbox) == ["Dark is there."]
    assert await outside.told(webhook) == await outside.told(apprise) == []
    assert await look(ADA).unread() == 0


async def test_who_may_not_know_any_more_is_not_told(
    database: Database, outside: Outside, shelf: Shelf, desk: Desk
) -> None:
    targets = [await outside.reached(each) for each in (MANAGER, ADA)]
    await employ(database, MANAGER, ADA)
    await desk.ask(await shelf.title())
    await there(database, ADA)
    assert await outside.waiting() == 2
    known = PostgresPeople(database)
    await known.role_grants("role-of-manager", 0, 2)
    await known.is_in(ADA.user_id, "role-of-ada", 2, suspended=True)
    await outside.later(minutes=1)

    assert [await outside.told(each) for each in targets] == [[], []]
    assert await outside.waiting() == 0


async def test_what_waits_goes_with_whose_it_is(
    database: Database, outside: Outside
) -> None:
    await outside.reached(ADA)
    await there(database, ADA)
    await PostgresRequesters(database).forget(ADA.user_id, 2, NOON)

    assert await outside.waiting() == 0
    assert await outside.targets.all_of(ADA.user_id) == []


async def test_nothing_is_in_two_messages_or_in_none(
    database: Database, outside: Outside, clock: StoppedClock
) -> None:
    """While ten send what is due, it goes on happening."""
    target = await outside.reached(ADA)
    ended = asyncio.Event()

    async def send() -> None:
        mine = holding(database, clock)
        while not ended.is_set():
            await mine.send_due()

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(send())
        for number in range(60):
            await happens(
                database,
                "request.declined",
                [ADA.user_id],
                titleId=DARK,
                titleName="Dark",
                reason=f"No. {number}",
            )
            if number % 5 == 0:
                await follows_all(database)
                clock.advance(WINDOW)
        await follows_all(database)
        ended.set()
    await outside.later(minutes=1)

    rows = await database.fetch(
        "SELECT message FROM deliveries WHERE target_id = $1", target
    )
    said = [json.loads(row["message"])["body"].splitlines()[0] for row in rows]
    counts = [1 if "was" in each else int(each.split()[1]) for each in said]
    assert sum(counts) == 60
    assert len(counts) > 1
