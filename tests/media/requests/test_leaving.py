"""Who is removed in auth has no name in media any more, whenever media hears of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from google.protobuf.field_mask_pb2 import FieldMask

from kit import outbox
from kit.caller import Caller
from kit.outbox import Feed
from kit.postgres import Database
from kit.sealing import Seal
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import roles_pb2, users_pb2
from services.auth.clients.argon2 import Argon2Passwords
from services.auth.store.events import identity_changed
from services.media.domain.plex_watchlist.watchlist import AskFor
from services.media.domain.requests.leaving import Leaving
from services.media.domain.requests.permissions import MANAGE_REQUESTS, REQUEST
from services.media.rpc.house_events import HouseEvents
from services.media.store.faces import PostgresFaces
from services.media.store.plex_watchlists import PostgresPlexWatchlists
from services.media.store.requesters import PostgresRequesters
from services.media.store.telling.people import PostgresPeople
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
        HouseEvents(
            auth.address,
            auth.keys,
            leaving,
            PostgresFaces(database),
            PostgresPeople(database),
            auth.clock,
        ).run()
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
    assert [tuple(row) for row in told] == [
        (ada.user.id, ["requests", "titles", "reports"])
    ]


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

    async def is_heard() -> bool:
        return bool(await database.fetchval("SELECT gone FROM requesters"))

    async with hearing(auth, database):
        await eventually(is_heard)

    await desk.ask(await shelf.title(), by=caller_of(ada))

    assert await names(database) == [""]


async def faces(database: Database) -> list[tuple[str, str, str]]:
    rows = await database.fetch(
        "SELECT user_id::text, initial, avatar_url FROM faces ORDER BY initial"
    )
    return [tuple(row) for row in rows]


async def linked(auth: House, person: Person, url: str) -> None:
    """Somebody has another picture at plex.tv."""
    event = identity_changed(uuid4(), UUID(person.user.id), "plex", NOON, url)
    async with auth.database.transaction() as conn:
        await outbox.write(conn, event)


async def test_faces_are_heard_of_and_forgotten_with_their_users(
    auth: House, owner: Person, database: Database
) -> None:
    ada = await auth.member(owner, "ada")
    url = "https://plex.tv/users/1/avatar"
    olga_s = (owner.user.id, "O", "")
    async with hearing(auth, database):
        for change, seen in (
            (None, [(ada.user.id, "A", ""), olga_s]),
            (linked(auth, ada, url), [(ada.user.id, "A", url), olga_s]),
            (linked(auth, ada, ""), [(ada.user.id, "A", ""), olga_s]),
            (removed(auth, owner, ada), [olga_s]),
        ):
            if change is not None:
                await change

            async def is_heard(
                seen: list[tuple[str, str, str]] = seen,
            ) -> bool:
                return await faces(database) == seen

            await eventually(is_heard)

    left = await auth.database.fetchval(
        """
        SELECT count(id)
          FROM outbox
         WHERE data ->> 'userId' = $1 AND data ?| ARRAY['initial', 'avatarUrl']
        """,
        ada.user.id,
    )
    assert left == 0


async def test_what_was_heard_is_not_undone_by_who_hears_it_later(
    database: Database,
) -> None:
    kept, ada = PostgresFaces(database), str(uuid4())
    await kept.has_initial(ada, "A", 5)
    await kept.has_avatar(ada, "https://plex.tv/new", 7)
    await kept.has_avatar(ada, "https://plex.tv/old", 6)

    assert await faces(database) == [(ada, "A", "https://plex.tv/new")]
    await PostgresRequesters(database).forget(ada, 8, NOON)
    await kept.has_initial(ada, "A", 5)
    assert await faces(database) == []


async def managers(database: Database) -> list[str]:
    """Who may decide on requests, as media knows it."""
    rows = await database.fetch(
        """
        SELECT user_id
          FROM people
          JOIN told_roles ON told_roles.name = people.role
         WHERE permissions & $1 <> 0 AND NOT suspended
         ORDER BY user_id
        """,
        1 << 1 | 1 << MANAGE_REQUESTS,
    )
    return [row["user_id"] for row in rows]


async def test_who_decides_is_heard_of_as_roles_come_change_and_go(
    auth: House, owner: Person, database: Database
) -> None:
    ada = await auth.member(owner, "ada")
    powerless = roles_pb2.Role(name="desk", permissions=[Permission.REQUEST])
    user = users_pb2.User(id=ada.user.id, role="desk")
    changes: tuple[tuple[Callable[[], Awaitable[object]] | None, list[str]], ...] = (
        (None, [owner.user.id]),
        (
            lambda: auth.roles.CreateRole(
                roles_pb2.CreateRoleRequest(
                    name="desk", permissions=[Permission.MANAGE_REQUESTS]
                ),
                metadata=owner.metadata,
            ),
            [owner.user.id],
        ),
        (
            lambda: auth.users.UpdateUser(
                users_pb2.UpdateUserRequest(user=user, update_mask=_mask("role")),
                metadata=owner.metadata,
            ),
            sorted([owner.user.id, ada.user.id]),
        ),
        (
            lambda: auth.roles.UpdateRole(
                roles_pb2.UpdateRoleRequest(
                    role=powerless, update_mask=_mask("permissions")
                ),
                metadata=owner.metadata,
            ),
            [owner.user.id],
        ),
        (
            lambda: auth.roles.DeleteRole(
                roles_pb2.DeleteRoleRequest(name="desk", replacement="admin"),
                metadata=owner.metadata,
            ),
            sorted([owner.user.id, ada.user.id]),
        ),
        (lambda: removed(auth, owner, ada), [owner.user.id]),
    )
    async with hearing(auth, database):
        for change, seen in changes:
            if change is not None:
                await change()

            async def is_heard(seen: list[str] = seen) -> bool:
                return await managers(database) == seen

            await eventually(is_heard)


def _mask(*paths: str) -> FieldMask:
    return FieldMask(paths=paths)


async def test_what_somebody_may_is_doubted_when_auth_tells_that_it_changed(
    auth: House, owner: Person, database: Database
) -> None:
    ada, bob = await auth.member(owner, "ada"), await auth.member(owner, "bob")
    connections = PostgresPlexWatchlists(database, Seal("test:" + "5a" * 32))
    for person in (ada, bob):
        await connections.connect(
            "token", AskFor(True, True), NOON, by=caller_of(person)
        )
    changed = outbox.Event(
        "user.changed", ada.user.id, NOON, (), (), {"userId": ada.user.id}
    )
    role = outbox.Event("role.changed", "role:friend", NOON, (), (), {"role": "friend"})

    async def doubted() -> int:
        return int(
            await database.fetchval(
                "SELECT count(user_id) FROM plex_watchlists WHERE permissions IS NULL"
            )
        )

    async with hearing(auth, database):
        for event, count in ((changed, 1), (role, 2)):
            async with auth.database.transaction() as conn:
                await outbox.write(conn, event)

            async def is_heard(count: int = count) -> bool:
                return await doubted() == count

            await eventually(is_heard)
