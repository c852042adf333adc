"""One's own bell at the door: what is there, what is not, and who gets at it."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit.caller import Caller
from kit.postgres import Database
from medianest.media.v1 import notifications_pb2 as told
from services.media.store.requesters import PostgresRequesters
from services.media.store.telling.inbox import forget_many, forget_old
from tests.clock import NOON
from tests.media.requests.house import ADA, BOB, MANAGER
from tests.media.telling.conftest import Look
from tests.media.telling.house import NOBODYS, Reader


async def put(database: Database, owner: Caller, count: int, age_days: int = 0) -> None:
    """So many behind the bell, a second apart, the last one the newest."""
    await database.execute(
        """
        INSERT INTO notifications
               (id, user_id, place, news, title_id, request_id, report_id, subject,
                detail, by_whom, created_at)
        SELECT gen_random_uuid(), $1, $4::int * 10000 + number, 'request.available', '',
               '', '', 'Film ' || number, '', '',
               $2::timestamptz + make_interval(secs => number)
                               - make_interval(days => $4)
          FROM generate_series(1, $3) AS number
        """,
        owner.user_id,
        NOON,
        count,
        age_days,
    )


async def ids(reader: Reader) -> list[str]:
    return [each.id for each in (await reader.page()).notifications]


async def read(reader: Reader, *which: str) -> int:
    request = told.ReadNotificationsRequest(ids=which)
    return int((await reader.call("ReadNotifications", request)).unread)


async def test_pages_are_the_newest_first_and_have_all(
    database: Database, look: Look
) -> None:
    await put(database, ADA, 45)
    await put(database, BOB, 3)
    seen, token = [], ""
    while not seen or token:
        page = await look(ADA).page(20, token)
        seen += [each.words for each in page.notifications]
        token = page.next_page_token

    assert seen == [f"Film {number} is there." for number in range(45, 0, -1)]
    assert await look(ADA).unread() == 45


async def test_some_are_read_or_all_until_a_time(
    database: Database, look: Look
) -> None:
    await put(database, ADA, 10)
    ada = look(ADA)
    newest = (await ada.page()).notifications

    assert await read(ada, newest[9].id, newest[8].id, NOBODYS) == 8
    assert await read(ada, newest[9].id) == 8
    request = told.ReadNotificationsRequest(until=newest[3].created_at)
    assert (await ada.call("ReadNotifications", request)).unread == 3
    unread = (await ada.page(unread_only=True)).notifications
    assert [each.id for each in unread] == [each.id for each in newest[:3]]
    page = await ada.page(2, unread_only=True)
    assert (
        len((await ada.page(2, page.next_page_token, unread_only=True)).notifications)
        == 1
    )


async def test_to_read_is_told_once(database: Database, look: Look) -> None:
    await put(database, ADA, 2)
    (first, second) = await ids(look(ADA))
    await read(look(ADA), first)
    await read(look(ADA), first)
    await look(ADA).call(
        "DeleteNotification", told.DeleteNotificationRequest(notification_id=second)
    )

    rows = await database.fetch(
        """
        SELECT rooms, data
          FROM outbox
         WHERE type = 'notification.read'
         ORDER BY id
        """
    )
    room = [f"user:{ADA.user_id}"]
    assert [tuple(row) for row in rows] == [
        (room, '{"unread": 1}'),
        (room, '{"unread": 0}'),
    ]


async def test_nobody_gets_at_anothers(database: Database, look: Look) -> None:
    await put(database, ADA, 2)
    (first, second) = await ids(look(ADA))
    bob = look(BOB)

    assert await ids(bob) == []
    assert await read(bob, first, second) == 0
    request = told.DeleteNotificationRequest(notification_id=first)
    refused = await bob.refused("DeleteNotification", request)
    assert refused == "NOT_FOUND notification_missing"
    assert await look(ADA).unread() == 2
    token = (await look(ADA).page(1)).next_page_token
    wanted = told.ListNotificationsRequest(page_token=token, page_size=1)
    refused = await bob.refused("ListNotifications", wanted)
    assert refused == "INVALID_ARGUMENT page_token_invalid"


@pytest.mark.parametrize(
    "method",
    [
        "ListNotifications",
        "CountNotifications",
        "ReadNotifications",
        "DeleteNotification",
        "GetNotificationPreferences",
        "UpdateNotificationPreferences",
    ],
)
async def test_who_is_not_signed_in_has_no_bell(look: Look, method: str) -> None:
    request = getattr(told, f"{method}Request")()
    refused = await look(None).refused(method, request)
    assert refused == "UNAUTHENTICATED caller_unknown"


@pytest.mark.parametrize(
    "which",
    [
        [],
        [""],
        ["no id"],
        ["a\0b"],
        ["{" + NOBODYS + "}"],
        [NOBODYS] * 101,
        ["x" * 100_000],
    ],
)
async def test_what_is_no_id_is_not_read(look: Look, which: list[str]) -> None:
    request = told.ReadNotificationsRequest(ids=which)
    refused = await look(ADA).refused("ReadNotifications", request)
    assert refused == "INVALID_ARGUMENT invalid"


@pytest.mark.parametrize(
    "request_",
    [
        told.ReadNotificationsRequest(until=Timestamp(seconds=2**60)),
        told.ReadNotificationsRequest(until=Timestamp(seconds=-(2**60))),
        told.ReadNotificationsRequest(until=Timestamp(), ids=[NOBODYS]),
    ],
)
async def test_what_is_no_time_is_none(
    look: Look, request_: told.ReadNotificationsRequest
) -> None:
    refused = await look(ADA).refused("ReadNotifications", request_)
    assert refused == "INVALID_ARGUMENT invalid"


@pytest.mark.parametrize("which", ["", "no id", "a\0b", "x" * 100_000, NOBODYS])
async def test_what_is_not_there_is_not_removed(look: Look, which: str) -> None:
    request = told.DeleteNotificationRequest(notification_id=which)
    refused = await look(ADA).refused("DeleteNotification", request)
    assert refused == "NOT_FOUND notification_missing"


async def test_what_is_old_goes_and_so_does_what_is_much(database: Database) -> None:
    await put(database, ADA, 1_003)
    await put(database, BOB, 3)
    await database.execute(
        "UPDATE notifications SET created_at = now() - interval '1 h'"
    )
    await put(database, MANAGER, 2)
    await database.execute(
        """
        UPDATE notifications
           SET created_at = now() - interval '91 days'
         WHERE user_id = $1
        """,
        MANAGER.user_id,
    )
    async with database.connection() as conn:
        assert await forget_old(conn) == 2
        assert await forget_old(conn) == 0
        assert await forget_many(conn) == 3
        assert await forget_many(conn) == 0


async def test_a_bell_goes_with_whose_it_is(database: Database, look: Look) -> None:
    await put(database, ADA, 2)
    await PostgresRequesters(database).forget(ADA.user_id, 2, NOON)

    assert await ids(look(ADA)) == []
    request = told.UpdateNotificationPreferencesRequest()
    refused = await look(ADA).refused("UpdateNotificationPreferences", request)
    assert refused == "PERMISSION_DENIED user_removed"
