"""What is on the blocklist cannot be asked for, by anybody."""

import asyncio
from uuid import UUID, uuid4

import pytest

from kit.caller import Caller
from kit.postgres import Database
from services.media.domain.blocking import (
    MANAGE_BLOCKLIST,
    MOST_KEYWORDS,
    Blocklisted,
)
from services.media.domain.names import key_of
from services.media.domain.requests.permissions import REQUEST
from services.media.domain.requests.states import State
from services.media.store.titles import PostgresTitles
from tests.media.requests.house import OWNER, Desk, Shelf, a_caller
from tests.media.talk.house import NOT_IDS, Street, told

VIEW_BLOCKLIST = 30
ADA = a_caller("Ada", REQUEST)
KEEPER = a_caller("Keeper", MANAGE_BLOCKLIST, VIEW_BLOCKLIST, REQUEST)
VIEWER = a_caller("Viewer", VIEW_BLOCKLIST)


async def named(
    shelf: Shelf, database: Database, name: str, original: str = ""
) -> UUID:
    title_id = await shelf.title(name)
    await database.execute(
        "UPDATE titles SET name_key = $2, original_key = $3 WHERE id = $1",
        title_id,
        key_of(name),
        key_of(original),
    )
    return title_id


async def test_a_blocklisted_title_is_asked_for_by_nobody(
    street: Street, shelf: Shelf, desk: Desk
) -> None:
    title_id = await shelf.title()
    block = await street.visitor(KEEPER).call(
        "CreateBlock", title_id=str(title_id), reason="Not in this house."
    )

    refusals = []
    for caller in (ADA, KEEPER, OWNER):
        with pytest.raises(Blocklisted) as refusal:
            await desk.ask(title_id, by=caller)
        refusals.append(refusal.value.message)
    await street.visitor(KEEPER).call("DeleteBlock", block_id=block.id)
    await desk.ask(title_id, by=ADA)

    assert refusals[0] == (
        "This title is on the house's blocklist (Not in this house). "
        "Ask the owner to take it off the list."
    )
    assert refusals[1] == refusals[2]
    assert refusals[1].endswith("Take it off the blocklist first.")


@pytest.mark.parametrize(
    ("keyword", "name", "original"),
    [
        ("SAW", "Saw II", ""),
        ("été", "L'ete d'apres", "Un Ete meurtrier"),
        ("the human centipede", "Human Centipede 2", ""),
        ("reich", "Hitler", "Das dritte Reich"),
    ],
)
async def test_a_keyword_stands_for_all_whose_names_have_it(
    street: Street,
    shelf: Shelf,
    database: Database,
    desk: Desk,
    keyword: str,
    name: str,
    original: str,
) -> None:
    title_id = await named(shelf, database, name, original)
    await street.visitor(KEEPER).call("CreateBlock", keyword=keyword)

    with pytest.raises(Blocklisted) as refusal:
        await desk.ask(title_id, by=ADA)
    title, _ = await PostgresTitles(database).find_title(title_id)

    assert repr(keyword) in refusal.value.message
    assert title.is_blocklisted


@pytest.mark.parametrize(
    ("keyword", "name", "original"),
    [
        ("saw", "Chainsaw", "Warsaw"),
        ("saw two", "Saw", "Two"),
        ("%", "Saw", ""),
        ("_aw", "Saw", ""),
    ],
)
async def test_a_keyword_is_whole_words_in_their_order(
    street: Street,
    shelf: Shelf,
    database: Database,
    desk: Desk,
    keyword: str,
    name: str,
    original: str,
) -> None:
    title_id = await named(shelf, database, name, original)
    await street.visitor(KEEPER).call("CreateBlock", keyword=keyword)

    await desk.ask(title_id, by=ADA)
    title, _ = await PostgresTitles(database).find_title(title_id)
    assert not title.is_blocklisted


async def test_the_list_is_read_and_written_by_who_may(
    street: Street, shelf: Shelf, database: Database
) -> None:
    keeper = street.visitor(KEEPER)
    title_id = str(await shelf.title())
    film = await keeper.call("CreateBlock", title_id=title_id, reason=" Long. ")
    word = await keeper.call("CreateBlock", keyword=" Saw ")

    async def seen(caller: Caller, **wanted: object) -> list[str]:
        page = await street.visitor(caller).call("ListBlocklist", **wanted)
        return [each.id for each in page.blocks]

    assert (film.title.id, film.keyword, film.reason) == (title_id, "", "Long.")
    assert (word.HasField("title"), word.keyword) == (False, "Saw")
    assert (word.added_by, word.added_by_name) == (KEEPER.user_id, "Keeper")
    for caller in (VIEWER, KEEPER, OWNER):
        assert await seen(caller) == [word.id, film.id]
        assert await seen(caller, of=1) == [film.id]
        assert await seen(caller, of=2) == [word.id]
    first = await keeper.call("ListBlocklist", page_size=1)
    rest = await keeper.call(
        "ListBlocklist", page_size=1, page_token=first.next_page_token
    )
    assert [*first.blocks, *rest.blocks] == [word, film]
    denied = "PERMISSION_DENIED not_permitted"
    assert await street.visitor(ADA).refused("ListBlocklist") == denied
    for method in ("CreateBlock", "DeleteBlock"):
        assert await street.visitor(VIEWER).refused(method) == denied
    await keeper.call("DeleteBlock", block_id=film.id)
    assert await keeper.refused("DeleteBlock", block_id=film.id) == (
        "NOT_FOUND block_missing"
    )
    assert [kind for kind, _ in await told(database, "blocklist.")] == [
        "blocklist.added",
        "blocklist.added",
        "blocklist.removed",
    ]


async def test_each_title_and_word_is_listed_once(
    street: Street, shelf: Shelf, database: Database
) -> None:
    keeper, title_id = street.visitor(KEEPER), str(await shelf.title())

    same = await asyncio.gather(
        *(keeper.call("CreateBlock", "once", title_id=title_id) for _ in range(10))
    )

    assert len({each.id for each in same}) == 1
    again = "ALREADY_EXISTS already_blocklisted"
    assert await keeper.refused("CreateBlock", title_id=title_id) == again
    await keeper.call("CreateBlock", keyword="The Saw")
    assert await keeper.refused("CreateBlock", keyword="saw") == again
    assert await keeper.refused("CreateBlock", "once", keyword="x") == (
        "FAILED_PRECONDITION idempotency_key_reused"
    )
    assert len(await told(database, "blocklist.added")) == 2


async def test_there_are_no_more_keywords_than_are_looked_for(
    street: Street, database: Database
) -> None:
    keeper = street.visitor(KEEPER)
    await keeper.call("CreateBlock", keyword="one")
    await database.execute(
        """
        INSERT INTO blocks (id, keyword, keyword_key, reason, added_by, added_at)
        SELECT gen_random_uuid(), 'w' || n, 'w' || n, '', $2, now()
          FROM generate_series(2, $1) AS n
        """,
        MOST_KEYWORDS,
        KEEPER.user_id,
    )

    assert await keeper.refused("CreateBlock", keyword="more") == (
        "FAILED_PRECONDITION blocklist_full"
    )


async def test_what_makes_no_sense_is_refused(street: Street, shelf: Shelf) -> None:
    keeper, title_id = street.visitor(KEEPER), str(await shelf.title())

    for fields in (
        {},
        {"title_id": title_id, "keyword": "x"},
        {"keyword": " \n"},
        {"keyword": "x" * 101},
        {"keyword": "a\0b"},
        {"title_id": title_id, "reason": "x" * 501},
        {"title_id": title_id, "reason": "a\0b"},
        *({"title_id": text} for text in NOT_IDS),
    ):
        assert await keeper.refused("CreateBlock", **fields) == (
            "INVALID_ARGUMENT invalid"
        ), fields
    assert await keeper.refused("CreateBlock", title_id=str(uuid4())) == (
        "NOT_FOUND title_missing"
    )
    for text in (*NOT_IDS, str(uuid4())):
        assert await keeper.refused("DeleteBlock", block_id=text) == (
            "NOT_FOUND block_missing"
        )
    for fields in ({"of": 3}, {"page_size": 101}, {"page_size": -1}):
        assert await keeper.refused("ListBlocklist", **fields) == (
            "INVALID_ARGUMENT invalid"
        )


async def test_what_is_blocklisted_is_not_opened_again(
    street: Street, shelf: Shelf, desk: Desk
) -> None:
    title_id = await shelf.title()
    declined = await desk.ask(title_id, by=ADA)
    await desk.deciding.decline(declined.id, "no", by=OWNER)
    block = await street.visitor(KEEPER).call("CreateBlock", title_id=str(title_id))

    with pytest.raises(Blocklisted):
        await desk.deciding.reopen(declined.id, by=OWNER)
    kept = await desk.seeing.find(declined.id, by=OWNER)
    await street.visitor(KEEPER).call("DeleteBlock", block_id=block.id)
    opened = await desk.deciding.reopen(declined.id, by=OWNER)

    assert (kept.state, opened.state) == (State.DECLINED, State.PENDING)


async def test_what_is_blocklisted_is_not_tried_again(
    street: Street, shelf: Shelf, desk: Desk, database: Database
) -> None:
    title_id = await shelf.title()
    failed = await desk.ask(title_id, by=ADA)
    await database.execute("UPDATE requests SET state = 'FAILED'")
    await street.visitor(KEEPER).call("CreateBlock", title_id=str(title_id))

    with pytest.raises(Blocklisted):
        await desk.deciding.retry(failed.id, by=OWNER)


@pytest.mark.parametrize("keyword", ["the", "Der", "the a", "\u200b\u202e"])
async def test_what_names_are_told_apart_without_is_no_keyword(
    street: Street, keyword: str
) -> None:
    assert await street.visitor(KEEPER).refused("CreateBlock", keyword=keyword) == (
        "INVALID_ARGUMENT invalid"
    )
