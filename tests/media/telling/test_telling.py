"""What happens in media is told to whom it concerns: once each, whoever follows."""

import pytest

from kit.postgres import Database
from services.media.store.requesters import PostgresRequesters
from services.media.store.telling.people import PostgresPeople
from tests.clock import NOON, StoppedClock
from tests.media.requests.house import (
    ADA,
    BOB,
    MANAGER,
    OWNER,
    WATCHER,
    Desk,
    Shelf,
    a_caller,
)
from tests.media.telling.conftest import Look
from tests.media.telling.house import (
    DARK,
    employ,
    following,
    follows_all,
    happens,
)

KEEPER = a_caller("Keeper", 20)


async def told_to(database: Database) -> list[tuple[str, str]]:
    rows = await database.fetch(
        "SELECT user_id, news FROM notifications ORDER BY place, user_id"
    )
    return [(row["user_id"].removeprefix("id-of-"), row["news"]) for row in rows]


@pytest.mark.usefixtures("followed")
async def test_a_request_from_asking_to_there(
    database: Database, shelf: Shelf, desk: Desk, look: Look
) -> None:
    await employ(database, ADA, MANAGER, OWNER, WATCHER, KEEPER)
    title = await shelf.title("Dark")
    asked = await desk.ask(title)
    await desk.deciding.approve(asked.id, by=MANAGER, if_version=0)
    await shelf.put(title)
    await follows_all(database)

    assert await told_to(database) == [
        ("Manager", "request.pending"),
        ("Owner", "request.pending"),
        ("Ada", "request.approved"),
        ("Ada", "request.available"),
    ]
    assert await look(MANAGER).words() == ["Ada asks for Dark."]
    newest, oldest = (await look(ADA).page()).notifications
    assert [oldest.words, newest.words] == ["Dark was approved.", "Dark is there."]
    assert newest.link == f"/titles/{title}"
    assert (oldest.request_id, oldest.link) == (str(asked.id), "/requests")
    assert not newest.HasField("read_at")


@pytest.mark.usefixtures("followed")
async def test_why_something_was_declined_is_told(
    database: Database, shelf: Shelf, desk: Desk, look: Look
) -> None:
    asked = await desk.ask(await shelf.title("Dark"))
    await desk.deciding.decline(asked.id, "Too long.", by=MANAGER, if_version=0)
    await follows_all(database)

    (notification,) = (await look(ADA).page()).notifications
    assert notification.words == "Dark was declined."
    assert notification.detail == "Too long."


@pytest.mark.usefixtures("followed")
async def test_who_has_joined_a_request_is_told_as_who_made_it(
    database: Database, shelf: Shelf, desk: Desk
) -> None:
    title = await shelf.title("Dark")
    asked = await desk.ask(title)
    assert (await desk.ask(title, by=BOB)).id == asked.id
    await desk.deciding.decline(asked.id, "No.", by=OWNER, if_version=0)
    await follows_all(database)

    assert await told_to(database) == [
        ("Ada", "request.declined"),
        ("Bob", "request.declined"),
    ]


@pytest.mark.usefixtures("followed")
async def test_those_who_wait_with_somebody_are_told_too(database: Database) -> None:
    await happens(
        database,
        "request.available",
        [ADA.user_id, BOB.user_id],
        titleId=DARK,
        titleName="Dark",
        state="AVAILABLE",
    )
    await follows_all(database)

    assert await told_to(database) == [
        ("Ada", "request.available"),
        ("Bob", "request.available"),
    ]


@pytest.mark.usefixtures("followed")
async def test_reports_are_for_those_who_manage_them(
    database: Database, look: Look
) -> None:
    await employ(database, KEEPER, MANAGER)
    for what in ("report.created", "report.commented", "report.resolved"):
        await happens(
            database,
            what,
            [ADA.user_id],
            reportId="0190f6a2-0000-7000-8000-000000000001",
            titleName="Dark",
            by=ADA.user_id if what == "report.created" else KEEPER.user_id,
        )
    await follows_all(database)

    assert await told_to(database) == [
        ("Keeper", "report.created"),
        ("Ada", "report.commented"),
        ("Ada", "report.resolved"),
    ]
    assert await look(KEEPER).words() == ["Somebody reports a problem with Dark."]


@pytest.mark.usefixtures("followed")
async def test_nobody_who_is_suspended_or_gone_is_told(
    database: Database, shelf: Shelf, desk: Desk
) -> None:
    await employ(database, MANAGER, suspended=True)
    await employ(database, OWNER)
    asked = await desk.ask(await shelf.title())
    await PostgresRequesters(database).forget(ADA.user_id, 2, NOON)
    await desk.deciding.approve(asked.id, by=OWNER, if_version=0)
    await follows_all(database)

    assert await told_to(database) == [("Owner", "request.pending")]


@pytest.mark.usefixtures("followed")
async def test_who_loses_a_permission_is_told_no_more(
    database: Database, shelf: Shelf, desk: Desk
) -> None:
    await employ(database, MANAGER, OWNER, KEEPER)
    known = PostgresPeople(database)
    await known.role_grants("role-of-manager", 0, 2)
    await known.role_grants("role-of-manager", MANAGER.permissions, 1)
    # Who had a role that ended has another.
    await known.role_ended("role-of-keeper", "role-of-owner", 3)
    await desk.ask(await shelf.title())
    await follows_all(database)

    assert await told_to(database) == [
        ("Keeper", "request.pending"),
        ("Owner", "request.pending"),
    ]


async def test_what_happened_while_nobody_followed_is_told_once(
    media: tuple[Database, str], shelf: Shelf, desk: Desk, clock: StoppedClock
) -> None:
    database = media[0]
    await employ(database, MANAGER)
    for number in range(3):
        for title in await shelf.titles(4):
            await desk.ask(title)
        async with following(*media, clock, replicas=2 + number):
            await follows_all(database)

    assert await told_to(database) == [("Manager", "request.pending")] * 12


@pytest.mark.usefixtures("followed")
async def test_each_is_told_in_a_room_of_their_own(
    database: Database, shelf: Shelf, desk: Desk
) -> None:
    await employ(database, MANAGER)
    await desk.ask(await shelf.title("Dark"))
    await follows_all(database)

    rows = await database.fetch(
        """
        SELECT rooms, data ->> 'words' AS words
          FROM outbox
         WHERE type = 'notification.created'
        """
    )
    # A name would stay where it is for a week.
    assert [tuple(row) for row in rows] == [
        ([f"user:{MANAGER.user_id}"], "Somebody asks for Dark.")
    ]
