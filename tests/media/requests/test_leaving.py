"""Who is removed in auth has no name in media any more, whenever media hears of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress

import pytest
from argon2 import PasswordHasher

from kit.caller import Caller
from kit.outbox import Feed
from kit.postgres import Database
from medianest.auth.v1 import users_pb2
from services.auth.clients.argon2 import Argon2Passwords
from services.media.domain.requests.leaving import Leaving
from services.media.domain.requests.permissions import REQUEST
from services.media.rpc.house_events import HouseEvents
from services.media.store.requesters import PostgresRequesters
from tests.auth.house import House, Person, open_house
from tests.clock import NOON, StoppedClock
from tests.conftest import MakeDatabase
from tests.media.requests.house import Desk, Shelf
from tests.waiting import eventually

_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
async def auth(make_database: MakeDatabase) -> AsyncIterator[House]:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    telling = asyncio.create_task(feed.run())
    with closing(Argon2Passwords(2, _QUICK)) as passwords:
        async with open_house(database, feed, passwords, StoppedClock()) as house:
            yield house
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


@pytest.fixture
async def owner(auth: House) -> Person:
    return await auth.owner()


@asynccontextmanager
async def hearing(auth: House, database: Database) -> AsyncIterator[None]:
    """A process of media, as far as it follows auth."""
    leaving = Leaving(PostgresRequesters(database), auth.clock)
    task = asyncio.create_task(
        HouseEvents(auth.address, auth.keys, leaving, auth.clock).run()
    )
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def caller_of(person: Person) -> Caller:
    user = person.user
    return Caller(user.id, user.name, "friend", 1 << REQUEST, "session", NOON)


async def removed(auth: House, owner: Person, person: Person) -> None:
    await auth.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=person.user.id), metadata=owner.metadata
    )


async def names(database: Database) -> list[str]:
    """Of those whose requests there are."""
    rows = await database.fetch(
        """
        SELECT name
          FROM requests
          JOIN requesters ON user_id = requested_by
         ORDER BY name
        """
    )
    return [row["name"] for row in rows]


async def test_the_name_goes_and_the_request_stays(
    auth: House, owner: Person, database: Database, shelf: Shelf, desk: Desk
) -> None:
    ada, bob = await auth.member(owner, "ada"), await auth.member(owner, "bob")
    await desk.ask(await shelf.title(), by=caller_of(ada))
    await desk.ask(await shelf.title(), by=caller_of(bob))
    async with hearing(auth, database):
        await removed(auth, owner, ada)

        async def has_gone() -> bool:
            return await names(database) == ["", "bob"]

        await eventually(has_gone)

    told = await database.fetch(
        "SELECT key, tags FROM outbox WHERE type = 'requester.forgotten'"
    )
    assert [tuple(row) for row in told] == [(ada.user.id, ["requests", "titles"])]


async def test_what_happened_while_media_was_down_is_heard_then(
    auth: House, owner: Person, database: Database, shelf: Shelf, desk: Desk
) -> None:
    ada, bob = await auth.member(owner, "ada"), await auth.member(owner, "bob")
    for person in (ada, bob):
        await desk.ask(await shelf.title(), by=caller_of(person))

    for person, left in ((ada, ["", "bob"]), (bob, ["", ""])):
        await removed(auth, owner, person)
        async with hearing(auth, database):

            async def has_gone(left: list[str] = left) -> bool:
                return await names(database) == left

            await eventually(has_gone)

    assert await PostgresRequesters(database).place() > 0


async def test_a_request_that_was_under_way_brings_no_name_back(
    auth: House, owner: Person, database: Database, shelf: Shelf, desk: Desk
) -> None:
    """A caller is believed for a minute."""
    ada = await auth.member(owner, "ada")
    await removed(auth, owner, ada)
    requesters = PostgresRequesters(database)
    async with hearing(auth, database):
        await eventually(requesters.place)

    await desk.ask(await shelf.title(), by=caller_of(ada))

    assert await names(database) == [""]
