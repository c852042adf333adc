"""What people mean to watch: their own, in order, and only as much as there is room."""

import asyncio
from uuid import uuid4

import pytest

from kit.postgres import Database
from medianest.media.v1 import titles_pb2
from services.media.domain.watchlists import MOST_TITLES, WATCHLIST_VIEW
from services.media.store.requesters import PostgresRequesters
from tests.clock import NOON
from tests.media.requests.house import OWNER, Shelf, a_caller
from tests.media.talk.house import NOT_IDS, Street, Visitor, told

ADA = a_caller("Ada")
BOB = a_caller("Bob")
WATCHER = a_caller("Watcher", WATCHLIST_VIEW)


async def listed(visitor: Visitor, **wanted: object) -> list[str]:
    page = await visitor.call("ListWatchlist", **wanted)
    return [each.title.id for each in page.entries]


async def test_what_is_added_is_there_newest_first_until_it_is_removed(
    street: Street, shelf: Shelf, database: Database
) -> None:
    ada = street.visitor(ADA)
    one, two = map(str, await shelf.titles(2))
    first = await ada.call("AddToWatchlist", title_id=one)
    await ada.call("AddToWatchlist", title_id=two)

    again = await ada.call("AddToWatchlist", title_id=one)

    assert again == first
    assert (first.title.name, first.title.presence.state) == (
        "Title 0",
        titles_pb2.Presence.ABSENT,
    )
    assert await listed(ada) == [two, one]
    for _ in range(2):
        await ada.call("RemoveFromWatchlist", title_id=one)
    assert await listed(ada) == [two]
    rooms = [f"user:{ADA.user_id}"]
    assert await told(database, "watchlist.") == [
        ("watchlist.added", rooms),
        ("watchlist.added", rooms),
        ("watchlist.removed", rooms),
    ]


async def test_a_watchlist_is_its_owners_and_who_may_view_it(
    street: Street, shelf: Shelf
) -> None:
    title = str(await shelf.title())
    await street.visitor(ADA).call("AddToWatchlist", title_id=title)

    bob = street.visitor(BOB)
    assert await listed(bob) == []
    assert await bob.refused("ListWatchlist", user_id=ADA.user_id) == (
        "PERMISSION_DENIED watchlist_view_needed"
    )
    await bob.call("RemoveFromWatchlist", title_id=title)
    for caller in (ADA, WATCHER, OWNER):
        assert await listed(street.visitor(caller), user_id=ADA.user_id) == [title]
    assert await street.visitor(OWNER).refused(
        "ListWatchlist", user_id="not-a-user"
    ) == ("NOT_FOUND user_missing")


async def test_pages_give_each_title_once(street: Street, shelf: Shelf) -> None:
    ada = street.visitor(ADA)
    titles = [str(each) for each in await shelf.titles(7)]
    for title in titles:
        await ada.call("AddToWatchlist", title_id=title)
    seen: list[str] = []
    token = ""
    while True:
        page = await ada.call("ListWatchlist", page_size=3, page_token=token)
        seen += [each.title.id for each in page.entries]
        token = page.next_page_token
        if not token:
            break

    assert seen == titles[::-1]
    page = await ada.call("ListWatchlist", page_size=3)
    assert await street.visitor(OWNER).refused(
        "ListWatchlist", page_token=page.next_page_token
    ) == ("INVALID_ARGUMENT page_token_invalid")


async def test_many_who_add_at_once_do_not_overfill_it(
    street: Street, shelf: Shelf, database: Database
) -> None:
    ada = street.visitor(ADA)
    await ada.call("AddToWatchlist", title_id=str(await shelf.title()))
    await database.execute(
        """
        WITH made AS (
            INSERT INTO titles (id, origin_key, kind, name, imported_at, name_key,
                                name_words, original_key, original_words)
            SELECT gen_random_uuid(), 'many:' || n, 'movie', 'Many', now(), 'many',
                   '{}', '', '{}'
              FROM generate_series(1, $1) AS n
            RETURNING id)
        INSERT INTO watchlist SELECT $2, id, now() FROM made
        """,
        MOST_TITLES - 3,
        ADA.user_id,
    )
    outcomes = await asyncio.gather(
        *(
            ada.call("AddToWatchlist", title_id=str(title))
            for title in await shelf.titles(10)
        ),
        return_exceptions=True,
    )

    assert sum(not isinstance(each, Exception) for each in outcomes) == 2
    count = await database.fetchval("SELECT count(title_id) FROM watchlist")
    assert count == MOST_TITLES
    assert await ada.refused("AddToWatchlist", title_id=str(await shelf.title())) == (
        "FAILED_PRECONDITION watchlist_full"
    )


async def test_who_is_removed_has_no_watchlist_and_gets_none(
    street: Street, shelf: Shelf, database: Database
) -> None:
    ada, title = street.visitor(ADA), str(await shelf.title())
    await ada.call("AddToWatchlist", title_id=title)

    await PostgresRequesters(database).forget(ADA.user_id, 1, NOON)

    assert await listed(ada) == []
    assert await ada.refused("AddToWatchlist", title_id=title) == (
        "PERMISSION_DENIED user_removed"
    )


@pytest.mark.parametrize("text", NOT_IDS)
async def test_what_is_no_id_is_no_title(street: Street, text: str) -> None:
    for method in ("AddToWatchlist", "RemoveFromWatchlist"):
        assert await street.visitor(ADA).refused(method, title_id=text) == (
            "INVALID_ARGUMENT invalid"
        )


async def test_a_list_takes_only_what_it_knows(street: Street) -> None:
    ada = street.visitor(ADA)
    assert await ada.refused("AddToWatchlist", title_id=str(uuid4())) == (
        "NOT_FOUND title_missing"
    )
    for fields in ({"page_size": 101}, {"page_size": -1}, {"user_id": "a\0b"}):
        assert await ada.refused("ListWatchlist", **fields) == (
            "INVALID_ARGUMENT invalid"
        )
    assert await ada.refused("ListWatchlist", page_token="x") == (
        "INVALID_ARGUMENT page_token_invalid"
    )
