"""Those who may see a request or a report talk about it, and nobody else does."""

import asyncio
from uuid import uuid4

import pytest

from kit.postgres import Database
from medianest.media.v1 import reports_pb2
from services.media.domain.reports.permissions import (
    CREATE_ISSUES,
    MANAGE_ISSUES,
    VIEW_ISSUES,
)
from services.media.domain.requests.permissions import (
    MANAGE_REQUESTS,
    REQUEST,
    REQUEST_VIEW,
)
from tests.media.requests.house import Desk, Shelf, a_caller
from tests.media.talk.house import NOT_IDS, Street, told

ADA = a_caller("Ada", REQUEST, CREATE_ISSUES)
BOB = a_caller("Bob", REQUEST, CREATE_ISSUES)
WATCHER = a_caller("Watcher", REQUEST_VIEW, VIEW_ISSUES)
MANAGER = a_caller("Manager", MANAGE_REQUESTS, MANAGE_ISSUES)


class Talk:
    """About one thing of Ada's."""

    def __init__(self, street: Street, noun: str, of: str) -> None:
        self.street = street
        self.noun = noun
        self.of = {f"{noun.lower()}_id": of}
        self.missing = f"NOT_FOUND {noun.lower()}_missing"

    def method(self, verb: str) -> str:
        return f"{verb}{self.noun}Comment" + ("s" if verb == "List" else "")


@pytest.fixture(params=["Report", "Request"])
async def talk(
    request: pytest.FixtureRequest, street: Street, shelf: Shelf, desk: Desk
) -> Talk:
    title_id = await shelf.title()
    if request.param == "Request":
        return Talk(street, "Request", str((await desk.ask(title_id, by=ADA)).id))
    made = await street.visitor(ADA).call(
        "CreateReport",
        title_id=str(title_id),
        kind=reports_pb2.Report.VIDEO,
        text="Black and white.",
    )
    return Talk(street, "Report", made.id)


async def test_who_sees_it_talks_about_it(talk: Talk, database: Database) -> None:
    ada, watcher = talk.street.visitor(ADA), talk.street.visitor(WATCHER)
    first = await ada.call(talk.method("Create"), text="  Hello?\n", **talk.of)
    second = await watcher.call(talk.method("Create"), text="Yes.", **talk.of)

    page = await ada.call(talk.method("List"), **talk.of)

    assert list(page.comments) == [first, second]
    assert (first.author, first.author_name, first.text) == (
        ADA.user_id,
        "Ada",
        "Hello?",
    )
    assert not first.HasField("edited_at")
    [_, (kind, rooms)] = await told(database, f"{talk.noun.lower()}.commented")
    assert kind == f"{talk.noun.lower()}.commented"
    assert rooms == sorted(
        [f"{talk.noun.lower()}s", f"user:{ADA.user_id}", f"user:{WATCHER.user_id}"]
    )


async def test_who_does_not_see_it_does_not_know_of_it(talk: Talk) -> None:
    said = await talk.street.visitor(ADA).call(
        talk.method("Create"), text="Hello?", **talk.of
    )
    one = {"comment_id": said.id}
    bob = talk.street.visitor(BOB)

    assert await bob.refused(talk.method("List"), **talk.of) == talk.missing
    assert await bob.refused(talk.method("Create"), text="x", **talk.of) == (
        talk.missing
    )
    assert await bob.refused(talk.method("Update"), text="x", **talk.of, **one) == (
        talk.missing
    )
    assert await bob.refused(talk.method("Delete"), **talk.of, **one) == talk.missing


async def test_one_changes_ones_own_and_a_manager_takes_away(talk: Talk) -> None:
    ada, watcher = talk.street.visitor(ADA), talk.street.visitor(WATCHER)
    manager = talk.street.visitor(MANAGER)
    said = await ada.call(talk.method("Create"), text="Hallo?", **talk.of)
    one = {"comment_id": said.id, **talk.of}

    edited = await ada.call(talk.method("Update"), text="Hello?", **one)

    assert (edited.text, edited.created_at) == ("Hello?", said.created_at)
    assert edited.HasField("edited_at")
    for other in (watcher, manager):
        assert await other.refused(talk.method("Update"), text="No.", **one) == (
            "PERMISSION_DENIED not_yours"
        )
    assert await watcher.refused(talk.method("Delete"), **one) == (
        "PERMISSION_DENIED not_yours"
    )
    await manager.call(talk.method("Delete"), **one)
    assert await ada.refused(talk.method("Delete"), **one) == (
        "NOT_FOUND comment_missing"
    )
    assert await ada.refused(talk.method("Update"), text="x", **one) == (
        "NOT_FOUND comment_missing"
    )
    assert not (await ada.call(talk.method("List"), **talk.of)).comments


async def test_a_comment_belongs_to_its_thread(
    talk: Talk, shelf: Shelf, desk: Desk
) -> None:
    other = await desk.ask(await shelf.title("Solaris"), by=ADA)
    ada = talk.street.visitor(ADA)
    elsewhere = await ada.call(
        "CreateRequestComment", request_id=str(other.id), text="Hello?"
    )

    refused = await ada.refused(
        talk.method("Delete"), comment_id=elsewhere.id, **talk.of
    )

    assert refused == "NOT_FOUND comment_missing"


async def test_the_same_key_says_it_once(talk: Talk, database: Database) -> None:
    ada = talk.street.visitor(ADA)

    said = await asyncio.gather(
        *(
            ada.call(talk.method("Create"), "once", text="Hello?", **talk.of)
            for _ in range(10)
        )
    )

    assert len({each.id for each in said}) == 1
    assert len(await told(database, f"{talk.noun.lower()}.commented")) == 1
    assert await ada.refused(
        talk.method("Create"), "once", text="Other", **talk.of
    ) == ("FAILED_PRECONDITION idempotency_key_reused")


async def test_pages_give_each_comment_once_oldest_first(talk: Talk) -> None:
    ada = talk.street.visitor(ADA)
    said = [
        (await ada.call(talk.method("Create"), text=f"{number}", **talk.of)).id
        for number in range(7)
    ]
    seen: list[str] = []
    token = ""
    while True:
        page = await ada.call(
            talk.method("List"), page_size=3, page_token=token, **talk.of
        )
        seen += [each.id for each in page.comments]
        token = page.next_page_token
        if not token:
            break

    assert seen == said


@pytest.mark.parametrize("text", ["", " \n", "x" * 2001, "a\0b"])
async def test_a_comment_is_a_short_text(talk: Talk, text: str) -> None:
    ada = talk.street.visitor(ADA)
    said = await ada.call(talk.method("Create"), text="Hello?", **talk.of)

    for verb, more in (("Create", {}), ("Update", {"comment_id": said.id})):
        assert await ada.refused(talk.method(verb), text=text, **talk.of, **more) == (
            "INVALID_ARGUMENT invalid"
        )


async def test_what_is_no_id_is_nothing(talk: Talk) -> None:
    manager = talk.street.visitor(MANAGER)
    [name] = talk.of
    for text in [*NOT_IDS, str(uuid4())]:
        of = {name: text}
        assert await manager.refused(talk.method("List"), **of) == talk.missing
        assert await manager.refused(talk.method("Create"), text="x", **of) == (
            talk.missing
        )
        one = {"comment_id": text, **talk.of}
        assert await manager.refused(talk.method("Delete"), **one) == (
            "NOT_FOUND comment_missing"
        )
        assert await manager.refused(talk.method("Update"), text="x", **one) == (
            "NOT_FOUND comment_missing"
        )
    for size in (-1, 101):
        assert await manager.refused(
            talk.method("List"), page_size=size, **talk.of
        ) == ("INVALID_ARGUMENT invalid")
    assert await manager.refused(
        talk.method("List"), page_token="forged", **talk.of
    ) == ("INVALID_ARGUMENT page_token_invalid")


async def test_a_report_counts_what_is_said_of_it(street: Street, shelf: Shelf) -> None:
    ada = street.visitor(ADA)
    made = await ada.call(
        "CreateReport", title_id=str(await shelf.title()), kind=1, text="Dark."
    )
    for _ in range(3):
        await ada.call("CreateReportComment", report_id=made.id, text="Still dark.")

    [seen] = (await ada.call("ListReports")).reports

    assert seen.comment_count == 3


async def test_who_follows_a_request_talks_about_it(
    street: Street, shelf: Shelf, desk: Desk, database: Database
) -> None:
    made = await desk.ask(await shelf.title(), by=ADA)
    await desk.ask(await shelf.title(), by=BOB)
    await database.execute(
        """
        INSERT INTO request_followers (request_id, user_id, since, asked_at)
        SELECT id, $2, created_at, created_at FROM requests WHERE id = $1
        """,
        made.id,
        BOB.user_id,
    )

    await street.visitor(BOB).call(
        "CreateRequestComment", request_id=str(made.id), text="Me too."
    )

    [(_, rooms)] = await told(database, "request.commented")
    assert rooms == ["requests", f"user:{ADA.user_id}", f"user:{BOB.user_id}"]


async def test_what_is_asked_for_in_words_is_talked_about(
    street: Street, shelf: Shelf, desk: Desk, database: Database
) -> None:
    made = await desk.ask(await shelf.title(), by=ADA)
    await database.execute(
        "UPDATE requests SET title_id = NULL, kind = '', words = 'Opera' WHERE id = $1",
        made.id,
    )

    await street.visitor(ADA).call(
        "CreateRequestComment", request_id=str(made.id), text="Any."
    )

    data = await database.fetchval(
        "SELECT data FROM outbox WHERE type = 'request.commented'"
    )
    assert '"titleName": "Opera"' in data
    assert '"titleId": ""' in data


async def test_who_follows_a_request_no_more_is_not_told_what_is_said_of_it(
    street: Street, shelf: Shelf, desk: Desk, database: Database
) -> None:
    title_id = await shelf.title()
    request = await desk.ask(title_id, by=ADA)
    of = {"request_id": str(request.id)}
    await desk.ask(title_id, by=BOB)
    ada, bob = street.visitor(ADA), street.visitor(BOB)
    watcher = street.visitor(WATCHER)
    await bob.call("CreateRequestComment", text="Me too.", **of)
    await watcher.call("CreateRequestComment", text="Soon.", **of)
    await desk.deciding.cancel(request.id, by=BOB)

    await ada.call("CreateRequestComment", text="Only me now.", **of)

    assert await bob.refused("ListRequestComments", **of) == "NOT_FOUND request_missing"
    [*_, (_, rooms)] = await told(database, "request.commented")
    assert rooms == sorted(
        ["requests", f"user:{ADA.user_id}", f"user:{WATCHER.user_id}"]
    )
