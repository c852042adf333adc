"""What is wrong with a title is reported, seen by those who may, and resolved once."""

import asyncio
from uuid import uuid4

import pytest

from kit.caller import Caller
from kit.postgres import Database
from medianest.media.v1 import reports_pb2
from services.media.domain.reports.permissions import (
    CREATE_ISSUES,
    MANAGE_ISSUES,
    VIEW_ISSUES,
)
from services.media.domain.reports.report import ReportState, Trouble
from services.media.rpc.reports import (
    STATE_FROM_WIRE,
    STATE_TO_WIRE,
    TROUBLE_FROM_WIRE,
    TROUBLE_TO_WIRE,
)
from tests.media.requests.house import OWNER, Shelf, a_caller
from tests.media.talk.house import NOT_IDS, Street, told

Report = reports_pb2.Report
ADA = a_caller("Ada", CREATE_ISSUES)
BOB = a_caller("Bob", CREATE_ISSUES)
VIEWER = a_caller("Viewer", VIEW_ISSUES)
MANAGER = a_caller("Manager", MANAGE_ISSUES)
NOBODY_S = a_caller("Nobody's")


async def reported(street: Street, title_id: object, by: Caller = ADA) -> Report:
    made: Report = await street.visitor(by).call(
        "CreateReport", title_id=str(title_id), kind=Report.AUDIO, text="It hums."
    )
    return made


def test_each_state_and_kind_has_its_word_on_the_wire() -> None:
    assert set(STATE_FROM_WIRE) == set(Report.State.values())
    assert set(STATE_TO_WIRE) == set(ReportState)
    assert set(TROUBLE_FROM_WIRE) == set(Report.Kind.values()) - {Report.KIND_ANY}
    assert set(TROUBLE_TO_WIRE) == set(Trouble)


async def test_a_report_says_what_is_wrong_and_where(
    street: Street, shelf: Shelf
) -> None:
    series = await shelf.title("Firefly", kind="series")

    made = await street.visitor(ADA).call(
        "CreateReport",
        title_id=str(series),
        kind=Report.SUBTITLES,
        season=0,
        episode=3,
        text="  None at all.\n",
    )

    assert (made.state, made.kind) == (Report.OPEN, Report.SUBTITLES)
    assert (made.season, made.episode, made.text) == (0, 3, "None at all.")
    assert made.HasField("season")
    assert (made.reported_by, made.reported_by_name) == (ADA.user_id, "Ada")
    assert (made.title.id, made.title.name) == (str(series), "Firefly")
    assert made.title.HasField("presence")
    assert (made.version, made.comment_count, made.resolved_by) == (1, 0, "")
    got = await street.visitor(ADA).call("GetReport", report_id=made.id)
    assert got == made


async def test_one_sees_ones_own_and_who_may_sees_all(
    street: Street, shelf: Shelf
) -> None:
    title, other = await shelf.titles(2)
    adas, bobs = await reported(street, title), await reported(street, other, BOB)

    async def seen(caller: Caller, **wanted: object) -> list[str]:
        page = await street.visitor(caller).call("ListReports", **wanted)
        return [each.id for each in page.reports]

    assert await seen(ADA) == [adas.id]
    assert await seen(NOBODY_S) == []
    for caller in (VIEWER, MANAGER, OWNER):
        assert await seen(caller) == [bobs.id, adas.id]
        assert await seen(caller, reported_by=ADA.user_id) == [adas.id]
        assert await seen(caller, title_id=str(other)) == [bobs.id]
        counts = await street.visitor(caller).call("CountReports")
        assert (counts.total, counts.open, counts.resolved) == (2, 2, 0)
    own = await street.visitor(ADA).call("CountReports")
    assert own.total == 1
    bob = street.visitor(BOB)
    assert await bob.refused("GetReport", report_id=adas.id) == (
        "NOT_FOUND report_missing"
    )
    assert await bob.refused("ListReports", reported_by=ADA.user_id) == (
        "PERMISSION_DENIED report_view_needed"
    )


async def test_pages_give_each_report_once_newest_first(
    street: Street, shelf: Shelf
) -> None:
    ada = street.visitor(ADA)
    made = [(await reported(street, title)).id for title in await shelf.titles(7)]
    seen: list[str] = []
    token = ""
    while True:
        page = await ada.call("ListReports", page_size=3, page_token=token)
        seen += [each.id for each in page.reports]
        token = page.next_page_token
        if not token:
            break

    assert seen == made[::-1]
    first = await ada.call("ListReports", page_size=3)
    forged = first.next_page_token
    assert await ada.refused(
        "ListReports", page_token=forged, state=Report.RESOLVED
    ) == ("INVALID_ARGUMENT page_token_invalid")


async def test_who_reported_or_manages_resolves_and_reopens(
    street: Street, shelf: Shelf, database: Database
) -> None:
    made = await reported(street, await shelf.title())

    resolved = await street.visitor(MANAGER).call("ResolveReport", report_id=made.id)
    reopened = await street.visitor(ADA).call("ReopenReport", report_id=made.id)

    assert (resolved.state, resolved.resolved_by) == (Report.RESOLVED, MANAGER.user_id)
    assert (reopened.state, reopened.resolved_by) == (Report.OPEN, "")
    assert (resolved.version, reopened.version) == (2, 3)
    rooms = ["reports", f"user:{ADA.user_id}"]
    assert await told(database, "report.") == [
        ("report.created", rooms),
        ("report.resolved", rooms),
        ("report.reopened", rooms),
    ]


async def test_who_only_sees_a_report_does_not_resolve_it(
    street: Street, shelf: Shelf
) -> None:
    made = await reported(street, await shelf.title())

    for method in ("ResolveReport", "ReopenReport", "DeleteReport"):
        assert await street.visitor(VIEWER).refused(method, report_id=made.id) == (
            "PERMISSION_DENIED not_yours"
        )
        assert await street.visitor(BOB).refused(method, report_id=made.id) == (
            "NOT_FOUND report_missing"
        )


async def test_a_reporter_deletes_what_nobody_else_has_commented_on(
    street: Street, shelf: Shelf, database: Database
) -> None:
    ada, manager = street.visitor(ADA), street.visitor(MANAGER)
    first, second = [await reported(street, await shelf.title()) for _ in range(2)]
    for each in (first, second):
        await ada.call("CreateReportComment", report_id=each.id, text="Mine.")
    await manager.call("CreateReportComment", report_id=second.id, text="Why?")

    stale = await ada.refused("DeleteReport", report_id=first.id, if_version=2)
    assert stale == "ABORTED version_changed"
    await ada.call("DeleteReport", report_id=first.id, if_version=1)
    assert await ada.refused("DeleteReport", report_id=second.id) == (
        "FAILED_PRECONDITION report_commented"
    )
    await manager.call("DeleteReport", report_id=second.id)

    for each in (first, second):
        for method in ("GetReport", "DeleteReport", "ListReportComments"):
            assert await manager.refused(method, report_id=each.id) == (
                "NOT_FOUND report_missing"
            )
    assert await database.fetchval("SELECT count(id) FROM comments") == 0
    assert (await told(database, "report.deleted")) == [
        ("report.deleted", ["reports", f"user:{ADA.user_id}"]),
        (
            "report.deleted",
            ["reports", f"user:{ADA.user_id}", f"user:{MANAGER.user_id}"],
        ),
    ]


async def test_of_many_who_delete_one_does_and_no_comment_is_left(
    street: Street, shelf: Shelf, database: Database
) -> None:
    made = await reported(street, await shelf.title())
    ada, manager = street.visitor(ADA), street.visitor(MANAGER)
    answers = await asyncio.gather(
        *(ada.call("DeleteReport", report_id=made.id) for _ in range(4)),
        *(
            manager.call("CreateReportComment", report_id=made.id, text="Why?")
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    deleted = sum(not isinstance(each, BaseException) for each in answers[:4])
    left = await database.fetchval("SELECT count(id) FROM reports")
    comments = await database.fetchval("SELECT count(id) FROM comments")

    assert deleted + left == 1
    assert comments == (4 if left else 0)
    assert len(await told(database, "report.deleted")) == deleted


async def test_of_many_who_resolve_one_does(
    street: Street, shelf: Shelf, database: Database
) -> None:
    made = await reported(street, await shelf.title())
    ada = street.visitor(ADA)

    outcomes = await asyncio.gather(
        *(ada.call("ResolveReport", report_id=made.id) for _ in range(10)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, Report) for each in outcomes) == 1
    assert len(await told(database, "report.resolved")) == 1
    assert await ada.refused("ResolveReport", report_id=made.id) == (
        "FAILED_PRECONDITION report_not_open"
    )
    assert await ada.refused("ReopenReport", report_id=made.id, if_version=1) == (
        "ABORTED version_changed"
    )
    await ada.call("ReopenReport", report_id=made.id, if_version=2)
    assert await ada.refused("ReopenReport", report_id=made.id) == (
        "FAILED_PRECONDITION report_not_resolved"
    )


async def test_the_same_key_reports_once(
    street: Street, shelf: Shelf, database: Database
) -> None:
    ada = street.visitor(ADA)
    asked = {"title_id": str(await shelf.title()), "kind": Report.VIDEO, "text": "x"}

    made = await asyncio.gather(
        *(ada.call("CreateReport", "once", **asked) for _ in range(10))
    )

    assert len({each.id for each in made}) == 1
    assert len(await told(database, "report.created")) == 1
    assert await ada.refused("CreateReport", "once", **{**asked, "text": "y"}) == (
        "FAILED_PRECONDITION idempotency_key_reused"
    )


async def test_what_makes_no_sense_is_refused(street: Street, shelf: Shelf) -> None:
    ada = street.visitor(ADA)
    film, series = await shelf.title(), await shelf.title("Firefly", kind="series")

    async def refused(**fields: object) -> str:
        asked = {"title_id": str(series), "kind": Report.OTHER, "text": "x", **fields}
        return await ada.refused("CreateReport", **asked)

    for fields in (
        {"text": ""},
        {"text": " \n"},
        {"text": "x" * 2001},
        {"text": "a\0b"},
        {"kind": Report.KIND_ANY},
        {"kind": 99},
        *({"title_id": text} for text in NOT_IDS),
    ):
        assert await refused(**fields) == "INVALID_ARGUMENT invalid", fields
    for fields in (
        {"title_id": str(film), "season": 1},
        {"episode": 1},
        {"season": -1},
        {"season": 10_001},
        {"season": 1, "episode": 0},
        {"season": 1, "episode": 2**31 - 1},
    ):
        assert await refused(**fields) == "INVALID_ARGUMENT place_invalid", fields
    assert await refused(title_id=str(uuid4())) == "NOT_FOUND title_missing"
    for fields in (
        {"page_size": 101},
        {"page_size": -1},
        {"state": 7},
        {"reported_by": "x" * 101},
        {"title_id": "x"},
    ):
        assert await ada.refused("ListReports", **fields) == (
            "INVALID_ARGUMENT invalid"
        )


@pytest.mark.parametrize("text", NOT_IDS)
async def test_what_is_no_id_is_no_report(street: Street, text: str) -> None:
    for method in ("GetReport", "ResolveReport", "ReopenReport", "DeleteReport"):
        assert await street.visitor(OWNER).refused(method, report_id=text) == (
            "NOT_FOUND report_missing"
        )


async def test_only_who_may_reports_and_nobody_without_a_name(
    street: Street, shelf: Shelf
) -> None:
    asked = {"title_id": str(await shelf.title()), "kind": 1, "text": "x"}
    assert await street.visitor(NOBODY_S).refused("CreateReport", **asked) == (
        "PERMISSION_DENIED not_permitted"
    )
    for method in street.methods:
        assert await street.visitor(None).refused(method) == (
            "UNAUTHENTICATED caller_unknown"
        )


async def test_a_writer_sees_what_was_written(street: Street, shelf: Shelf) -> None:
    ada = street.visitor(ADA)
    for number, title in enumerate(await shelf.titles(5), start=1):
        await reported(street, title)
        assert len((await ada.call("ListReports")).reports) == number
        assert (await ada.call("CountReports")).open == number
