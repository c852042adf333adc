"""What somebody says of a request or a report is told to the others in it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from kit.caller import Caller
from kit.postgres import Database
from services.media.domain.commenting import Comment, Commenting, Thread, Topic
from services.media.domain.reports.report import Spot, Trouble
from services.media.domain.reports.reporting import Reporting
from services.media.store.comments import PostgresComments
from services.media.store.reports import PostgresReports
from services.media.store.titles import PostgresTitles
from tests.clock import StoppedClock
from tests.media.requests.house import (
    ADA,
    OWNER,
    Desk,
    Shelf,
    a_caller,
    an_idempotency_key,
)
from tests.media.telling.conftest import Look
from tests.media.telling.house import employ, follows_all
from tests.media.telling.outside import Outside

pytestmark = pytest.mark.usefixtures("followed")
KEEPER = a_caller("Keeper", 20)
Say = Callable[[str, Caller], Awaitable[Comment]]


@pytest.fixture
def commenting(database: Database, clock: StoppedClock) -> Commenting:
    return Commenting(PostgresComments(database), clock)


@pytest.fixture(params=[Topic.REQUEST, Topic.REPORT])
async def thread(
    request: pytest.FixtureRequest,
    database: Database,
    shelf: Shelf,
    desk: Desk,
    clock: StoppedClock,
) -> Thread:
    """About something of Ada's."""
    await employ(database, OWNER)
    title = await shelf.title("Dark")
    if request.param is Topic.REQUEST:
        return Thread(Topic.REQUEST, (await desk.ask(title)).id)
    titles = PostgresTitles(database)
    report, _ = await Reporting(PostgresReports(database), titles, clock).report(
        title,
        Trouble.VIDEO,
        Spot(None, None),
        "Black.",
        an_idempotency_key(),
        by=ADA,
    )
    return Thread(Topic.REPORT, report.id)


@pytest.fixture
def say(commenting: Commenting, thread: Thread) -> Say:
    return lambda text, by: commenting.say(thread, text, an_idempotency_key(), by=by)


async def behind_adas_bell(look: Look) -> list[tuple[str, str]]:
    notifications = (await look(ADA).page()).notifications
    return [(each.words, each.detail) for each in notifications]


async def test_what_is_said_stands_behind_the_bell(
    database: Database, thread: Thread, say: Say, look: Look
) -> None:
    about = "the request for" if thread.topic is Topic.REQUEST else "a problem with"
    words = f"Owner commented on {about} Dark."
    await say("Which cut,\n{who}?", OWNER)
    await follows_all(database)
    assert await behind_adas_bell(look) == [(words, "Which cut,\n{who}?")]

    await say("x" * 2_000, OWNER)
    await follows_all(database)
    assert (await behind_adas_bell(look))[0] == (words, "x" * 500)
    assert len((await look(ADA).page(unread_only=True)).notifications[0].detail) == 500


async def test_what_is_said_goes_out_with_the_message(
    database: Database, say: Say, outside: Outside
) -> None:
    target = await outside.reached(ADA)
    await say("Which cut?", OWNER)
    await follows_all(database)
    await outside.later(minutes=1)

    (told,) = await outside.told(target)
    assert told.endswith(" Dark.\nWhich cut?")


async def test_what_was_changed_or_deleted_since_is_told_as_it_is(
    database: Database,
    commenting: Commenting,
    thread: Thread,
    say: Say,
    outside: Outside,
    look: Look,
) -> None:
    target = await outside.reached(ADA)
    first = await say("Waht?", OWNER)
    second = await say("A secret: 7.", OWNER)
    await follows_all(database)
    await commenting.edit(thread, first.id, "What?", by=OWNER)
    await commenting.erase(thread, second.id, by=OWNER)
    await outside.later(minutes=1)

    details = [detail for _, detail in await behind_adas_bell(look)]
    assert details == ["", "What?"]
    (told,) = await outside.told(target)
    assert told == "Dark: 2 comments on " + (
        "requests.\nWhat?" if thread.topic is Topic.REQUEST else "problems.\nWhat?"
    )


async def test_no_copy_of_it_is_kept(
    database: Database, say: Say, outside: Outside
) -> None:
    await outside.reached(ADA)
    await say("A secret: 7.", OWNER)
    await follows_all(database)

    for table in ("notifications", "held_news", "outbox"):
        rows = await database.fetch(f"SELECT * FROM {table}")  # noqa: S608 - of ours
        assert rows
        assert "A secret" not in repr([tuple(row) for row in rows])


async def test_why_a_request_failed_is_not_what_a_comment_says(
    database: Database, shelf: Shelf, desk: Desk, commenting: Commenting, look: Look
) -> None:
    asked = await desk.ask(await shelf.title("Dark"))
    await database.execute(
        "UPDATE requests SET state = 'FAILED', failure = 'No disk.' WHERE id = $1",
        UUID(str(asked.id)),
    )
    thread = Thread(Topic.REQUEST, asked.id)
    await commenting.say(thread, "Hm.", an_idempotency_key(), by=OWNER)
    await database.execute("DELETE FROM comments")
    await follows_all(database)

    assert [detail for _, detail in await behind_adas_bell(look)] == [""]
