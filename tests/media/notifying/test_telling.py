"""What happens in the house reaches the targets that asked for it, each once."""

from uuid import uuid4

from kit.background import running
from kit.clock import SystemClock
from medianest.media.v1 import notification_targets_pb2 as pb
from services.media.domain.commenting import Commenting, Thread, Topic
from services.media.domain.reports.report import Spot, Trouble
from services.media.domain.reports.reporting import Reporting
from services.media.store.comments import PostgresComments
from services.media.store.reports import PostgresReports
from services.media.store.titles import PostgresTitles
from tests.media.notifying.house import NotifyingHouse
from tests.media.requests.house import ADA, OWNER, an_idempotency_key
from tests.waiting import eventually

WHOLE = '{"{{media}}": {"tmdb": "{{media_tmdbid}}"}, "who": "{{requestedBy_username}}"}'


async def test_a_target_is_told_what_it_asked_for_and_nothing_else(
    at_work: NotifyingHouse,
) -> None:
    title_id = str(await at_work.shelf.title())
    target = await at_work.target("request.approved", "report.*")
    off = await at_work.target("request.approved", name="Off")
    await at_work.door().call(
        "UpdateNotificationTarget",
        pb.UpdateNotificationTargetRequest(
            target_id=off.id,
            change=pb.NotificationTarget(enabled=False),
            update_mask={"paths": ["enabled"]},
        ),
    )

    await at_work.happens("request.created", titleId=title_id)
    await at_work.happens("request.approved", titleId=title_id)
    await at_work.happens("library.changed")
    await at_work.happens("report.resolved", titleName="Gone")

    await eventually(lambda: len(at_work.ear.heard) == 2)
    assert [each.json for each in at_work.ear.heard] == [
        {"what": "MEDIA_APPROVED", "subject": "The Matrix (1999)"},
        {"what": "ISSUE_RESOLVED", "subject": "Gone"},
    ]
    await eventually(lambda: all_sent(at_work, target))
    assert await at_work.deliveries_of(off) == []


async def test_it_is_told_of_the_title_and_of_who_asked(
    at_work: NotifyingHouse,
) -> None:
    title_id = await at_work.shelf.title()
    await at_work.database.execute("UPDATE titles SET tmdb_id = 603")
    await at_work.database.execute("INSERT INTO requesters VALUES ('ada', 'Ada \"A\"')")
    await at_work.target(webhook=pb.WebhookChannel(template=WHOLE))

    await at_work.happens(
        "request.created", titleId=str(title_id), requestedBy="ada", state="PENDING"
    )

    [heard] = await eventually(lambda: at_work.ear.heard)
    assert heard.json == {"media": {"tmdb": "603"}, "who": 'Ada "A"'}


async def test_what_it_is_told_links_to_the_portal(at_work: NotifyingHouse) -> None:
    title_id = str(await at_work.shelf.title())
    template = '{"link": "{{link}}"}'
    await at_work.target(
        "request.available",
        "request.declined",
        "report.*",
        webhook=pb.WebhookChannel(template=template),
    )

    for what in ("request.available", "request.declined", "report.created"):
        await at_work.happens(what, titleId=title_id)
    await at_work.happens("request.available")

    await eventually(lambda: len(at_work.ear.heard) == 4)
    assert [each.json["link"] for each in at_work.ear.heard] == [
        f"https://home.example/nest/titles/{title_id}",
        "https://home.example/nest/requests",
        f"https://home.example/nest/titles/{title_id}",
        "https://home.example/nest/requests",
    ]


async def test_it_is_told_what_a_comment_says_and_by_whom(
    at_work: NotifyingHouse,
) -> None:
    title_id, clock = await at_work.shelf.title(), SystemClock()
    stored = PostgresReports(at_work.database)
    report, _ = await Reporting(stored, PostgresTitles(at_work.database), clock).report(
        title_id,
        Trouble.VIDEO,
        Spot(None, None),
        "Black.",
        an_idempotency_key(),
        by=ADA,
    )
    template = (
        '{"message": "{{message}}", "{{comment}}": {"said": "{{comment_message}}",'
        ' "by": "{{commentedBy_username}}"}}'
    )
    commenting = Commenting(PostgresComments(at_work.database), clock)
    thread = Thread(Topic.REPORT, report.id)
    await at_work.target("report.*", webhook=pb.WebhookChannel(template=template))
    await commenting.say(thread, 'Only "that"?', an_idempotency_key(), by=OWNER)

    heard = await eventually(lambda: at_work.ear.heard[-1:])
    assert heard[0].json == {
        "message": 'Only "that"?',
        "comment": {"said": 'Only "that"?', "by": "Owner"},
    }


async def test_what_was_deleted_is_not_told(house: NotifyingHouse) -> None:
    template = '{"message": "{{message}}", "said": "{{comment_message}}"}'
    await house.target("report.*", webhook=pb.WebhookChannel(template=template))
    title_id = str(await house.shelf.title())
    await house.happens("report.commented", titleId=title_id, commentId=str(uuid4()))
    await house.happens("report.commented", titleId=title_id, commentId="no id")

    async with running(one=house.notifying.run(), two=house.delivering.run()):
        await eventually(lambda: len(house.ear.heard) == 2)
    assert [each.json for each in house.ear.heard] == [{"message": "", "said": ""}] * 2


async def test_what_happened_while_nobody_followed_is_told_once_by_whoever_does(
    house: NotifyingHouse,
) -> None:
    await house.target("request.created")
    for number in range(20):
        await house.happens("request.created", titleName=f"Title {number}")

    async with running(
        first=house.notifying.run(),
        second=house.notifying.run(),
        delivering=house.delivering.run(),
    ):
        await eventually(lambda: len(house.ear.heard) == 20)
        await house.happens("request.created", titleName="last")
        await eventually(lambda: house.ear.heard[-1].json["subject"] == "last")

    assert [each.json["subject"] for each in house.ear.heard] == [
        *(f"Title {number}" for number in range(20)),
        "last",
    ]


async def test_a_failed_delivery_shows_the_words_and_is_retried(
    at_work: NotifyingHouse,
) -> None:
    target = await at_work.target("request.created")
    at_work.ear.status, at_work.ear.says = 404, "no such hook"
    await at_work.happens("request.created", titleName="The Matrix")
    await eventually(lambda: is_failed(at_work, target))
    [failed] = await at_work.deliveries_of(target)
    assert failed.words == "It answered 404: no such hook"
    assert failed.event_type == "request.created"
    assert failed.HasField("ended_at")

    at_work.ear.status = 200
    asked = pb.RetryDeliveryRequest(target_id=target.id, delivery_id=failed.id)
    await at_work.door().call("RetryDelivery", asked)

    [heard] = await eventually(lambda: at_work.ear.heard)
    assert heard.key == failed.id
    await eventually(lambda: all_sent(at_work, target))
    assert await at_work.door().refused("RetryDelivery", asked) == (
        "NOT_FOUND delivery_missing"
    )


async def test_a_target_that_is_removed_takes_its_log_with_it(
    at_work: NotifyingHouse,
) -> None:
    target = await at_work.target("request.created")
    await at_work.happens("request.created", titleName="The Matrix")
    await eventually(lambda: all_sent(at_work, target))

    await at_work.door().call(
        "DeleteNotificationTarget",
        pb.DeleteNotificationTargetRequest(target_id=target.id),
    )

    assert await at_work.database.fetchval("SELECT count(id) FROM deliveries") == 0


async def all_sent(house: NotifyingHouse, target: pb.NotificationTarget) -> bool:
    return set(await house.states_of(target)) == {"SENT"}


async def is_failed(house: NotifyingHouse, target: pb.NotificationTarget) -> bool:
    return await house.states_of(target) == ["FAILED"]
