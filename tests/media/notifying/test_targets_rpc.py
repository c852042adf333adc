"""The door to the house's targets: what is kept, what is shown, what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from kit.sealing import Seal
from medianest.media.v1 import notification_targets_pb2 as pb
from services.media.domain.notifying.targets import TooManyTargets
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.resealing import reseal
from tests.media.notifying.house import SEAL, TEMPLATE, NotifyingHouse
from tests.media.requests.house import ADA, OWNER
from tests.waiting import eventually

NOBODY = "0190f6a0-0000-7000-8000-000000000000"
NEW = "new:" + "a5" * 32
EMAIL = pb.EmailChannel(
    host="127.0.0.1",
    sender="nest@house.example",
    recipients=["ada@house.example"],
    username="nest",
    password="hunter2secret",
)


def created(**fields: Any) -> pb.CreateNotificationTargetRequest:
    return pb.CreateNotificationTargetRequest(**({"name": "Ear"} | fields))


def a_webhook(**fields: Any) -> pb.WebhookChannel:
    return pb.WebhookChannel(**({"url": "https://ha.example/hook"} | fields))


def changing(target_id: str, *paths: str, **fields: Any) -> Any:
    return pb.UpdateNotificationTargetRequest(
        target_id=target_id,
        change=pb.NotificationTarget(**fields),
        update_mask={"paths": paths},
    )


async def test_secrets_are_kept_sealed_and_never_shown(house: NotifyingHouse) -> None:
    channels = [
        {"webhook": a_webhook(secret="hunter2secret", authorization="Bearer hunter2")},
        {"email": EMAIL},
        {"apprise": pb.AppriseChannel(url="json://user:hunter2@ha.example")},
    ]

    made = [
        await house.door().call("CreateNotificationTarget", created(**each))
        for each in channels
    ]

    listed = await house.door().call(
        "ListNotificationTargets", pb.ListNotificationTargetsRequest()
    )
    assert list(listed.targets) == made
    assert "hunter2" not in str(listed)
    assert made[0].webhook.has_secret
    assert made[0].webhook.has_authorization
    assert "notification_type" in made[0].webhook.template
    assert made[1].email.has_password
    assert made[1].email.port == 587
    assert made[2].apprise.scheme == "json"
    rows = await house.database.fetch(
        "SELECT settings, secrets_sealed FROM notification_targets"
    )
    assert not [row for row in rows if "hunter2" in row["settings"]]
    assert not [row for row in rows if b"hunter2" in row["secrets_sealed"]]


async def test_a_secret_stays_unless_it_is_given_or_the_address_is_another(
    house: NotifyingHouse,
) -> None:
    door, asked = house.door(), created(webhook=a_webhook(secret="one"))
    target = await door.call("CreateNotificationTarget", asked)

    same = a_webhook(url="https://ha.example/other")
    kept = await door.call(
        "UpdateNotificationTarget", changing(target.id, "webhook", webhook=same)
    )
    elsewhere = changing(
        target.id, "webhook", webhook=a_webhook(url="https://evil.example/")
    )
    assert await door.refused("UpdateNotificationTarget", elsewhere) == (
        "INVALID_ARGUMENT secret_required"
    )
    gone = changing(target.id, "webhook", webhook=a_webhook(secret=""))
    without = await door.call("UpdateNotificationTarget", gone)

    assert kept.webhook.has_secret
    assert kept.version == 2
    assert kept.webhook.url == "https://ha.example/other"
    assert not without.webhook.has_secret


async def test_of_two_who_change_it_the_second_is_told(house: NotifyingHouse) -> None:
    target = await house.target()
    asked = changing(target.id, "name", name="Other")
    asked.if_version = 1

    await house.door().call("UpdateNotificationTarget", asked)

    aborted = "ABORTED version_changed"
    assert await house.door().refused("UpdateNotificationTarget", asked) == aborted
    deleted = pb.DeleteNotificationTargetRequest(target_id=target.id, if_version=1)
    assert await house.door().refused("DeleteNotificationTarget", deleted) == aborted


async def test_a_create_that_is_repeated_makes_one(house: NotifyingHouse) -> None:
    asked = created(webhook=a_webhook(secret="one"))

    first = await house.door().call("CreateNotificationTarget", asked, "key")
    second = await house.door().call("CreateNotificationTarget", asked, "key")

    assert first == second


async def test_the_test_button_tells_what_the_target_says(
    house: NotifyingHouse,
) -> None:
    target = await house.target()
    asked = pb.TestNotificationTargetRequest(target_id=target.id)

    good = await house.door().call("TestNotificationTarget", asked)
    house.ear.status, house.ear.says = 401, "who are you?"
    bad = await house.door().call("TestNotificationTarget", asked)

    assert (good.delivered, good.words) == (True, "")
    assert (bad.delivered, bad.words) == (False, "It answered 401: who are you?")
    [heard] = house.ear.heard
    assert heard.json["what"] == "TEST_NOTIFICATION"
    assert await house.deliveries_of(target) == []


async def test_by_email_and_apprise_too(house: NotifyingHouse) -> None:
    url = house.ear.url.replace("http", "json")
    apprise = await house.door().call(
        "CreateNotificationTarget", created(apprise=pb.AppriseChannel(url=url))
    )
    email = await house.door().call("CreateNotificationTarget", created(email=EMAIL))

    told, away = [
        await house.door().call(
            "TestNotificationTarget", pb.TestNotificationTargetRequest(target_id=each)
        )
        for each in (apprise.id, email.id)
    ]

    assert told.delivered
    assert house.ear.heard[0].json["title"] == "Test notification: Test notification"
    assert not away.delivered
    assert "does not answer" in away.words


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "channel_required"),
        ({"webhook": a_webhook(), "email": EMAIL}, "channel_required"),
        ({"name": "", "webhook": a_webhook()}, "invalid"),
        ({"name": "x" * 101, "webhook": a_webhook()}, "invalid"),
        ({"name": "a\0b", "webhook": a_webhook()}, "invalid"),
        ({"webhook": a_webhook(url="")}, "invalid"),
        ({"webhook": a_webhook(url="ftp://a/")}, "invalid"),
        ({"webhook": a_webhook(url="http://")}, "invalid"),
        ({"webhook": a_webhook(url="http://a:b@c/")}, "invalid"),
        ({"webhook": a_webhook(url="http://[")}, "invalid"),
        ({"webhook": a_webhook(url="http://a:99999/")}, "invalid"),
        ({"webhook": a_webhook(url="http://a/\r\nX: 1")}, "invalid"),
        ({"webhook": a_webhook(url="http://" + "a" * 2000)}, "invalid"),
        ({"webhook": a_webhook(url="http://a..b/")}, "invalid"),
        ({"webhook": a_webhook(url="http://xn--ü/")}, "invalid"),
        (
            {"email": pb.EmailChannel(host="a..b", sender="a@b", recipients=["a@b"])},
            "invalid",
        ),
        ({"webhook": a_webhook(authorization="a\r\nX: 1")}, "invalid"),
        ({"webhook": a_webhook(authorization="é")}, "invalid"),
        ({"webhook": a_webhook(secret="\0")}, "invalid"),
        ({"webhook": a_webhook(template="{")}, "template_invalid"),
        ({"webhook": a_webhook(template='["{{nothing}}"]')}, "template_invalid"),
        ({"webhook": a_webhook(template="[" * 3000)}, "template_invalid"),
        ({"email": pb.EmailChannel()}, "invalid"),
        ({"email": pb.EmailChannel(host="h", sender="a@b")}, "invalid"),
        (
            {"email": pb.EmailChannel(host="h", sender="a@b", recipients=["a"])},
            "invalid",
        ),
        (
            {
                "email": pb.EmailChannel(
                    host="h", sender="a@b", recipients=["a@b\r\nBcc: e@f"]
                )
            },
            "invalid",
        ),
        (
            {"email": pb.EmailChannel(host="h", sender="a@b", recipients=["a@b"] * 21)},
            "invalid",
        ),
        ({"apprise": pb.AppriseChannel()}, "invalid"),
        ({"apprise": pb.AppriseChannel(url="syslog://")}, "apprise_invalid"),
        ({"apprise": pb.AppriseChannel(url="nope://x")}, "apprise_invalid"),
        ({"webhook": a_webhook(), "event_types": ["user.made"]}, "event_type_unknown"),
        ({"webhook": a_webhook(), "event_types": ["\0"]}, "event_type_unknown"),
        (
            {"webhook": a_webhook(), "event_types": ["request.created"] * 21},
            "invalid",
        ),
    ],
)
async def test_what_cannot_be_a_target_is_refused(
    house: NotifyingHouse, fields: dict[str, Any], reason: str
) -> None:
    refused = await house.door().refused("CreateNotificationTarget", created(**fields))

    assert refused == f"INVALID_ARGUMENT {reason}"


@pytest.mark.parametrize("target_id", ["", "x", "\0", NOBODY, "x" * 10_000])
async def test_what_is_not_there_is_not_found(
    house: NotifyingHouse, target_id: str
) -> None:
    for method, request in everything_about(target_id).items():
        assert await house.door().refused(method, request) == (
            "NOT_FOUND notification_target_missing"
        )


async def test_it_takes_the_permission_for_settings(house: NotifyingHouse) -> None:
    asked = everything_about(str(uuid4())) | {
        "CreateNotificationTarget": created(webhook=a_webhook()),
        "ListNotificationTargets": pb.ListNotificationTargetsRequest(),
    }

    for method, request in asked.items():
        refused = await house.door(ADA).refused(method, request)
        assert refused.startswith("PERMISSION_DENIED")
        refused = await house.door(None).refused(method, request)
        assert refused.startswith("UNAUTHENTICATED")
    await house.door(OWNER).call(
        "ListNotificationTargets", pb.ListNotificationTargetsRequest()
    )


async def test_lists_are_paged_and_bounded(house: NotifyingHouse) -> None:
    target, _, _ = [await house.target(name=str(number)) for number in range(3)]
    method, asked = (
        "ListNotificationTargets",
        pb.ListNotificationTargetsRequest(page_size=2),
    )

    first = await house.door().call(method, asked)
    asked.page_token = first.next_page_token
    second = await house.door().call(method, asked)

    names = [each.name for each in (*first.targets, *second.targets)]
    assert names == ["0", "1", "2"]
    assert second.next_page_token == ""
    of_other_list = pb.ListDeliveriesRequest(
        target_id=target.id, page_token=first.next_page_token
    )
    refused = "INVALID_ARGUMENT page_token_invalid"
    assert await house.door().refused("ListDeliveries", of_other_list) == refused
    huge = pb.ListNotificationTargetsRequest(page_size=101)
    assert await house.door().refused(method, huge) == "INVALID_ARGUMENT invalid"


async def test_there_are_at_most_a_hundred(house: NotifyingHouse) -> None:
    await house.database.execute(
        """
        INSERT INTO notification_targets
               (id, name, enabled, event_types, kind, settings, secrets_sealed,
                created_at)
        SELECT gen_random_uuid(), 'x', false, '{}', 'webhook',
               '{"url": "http://a", "template": "[]"}', '', now()
          FROM generate_series(1, 100)
        """
    )

    asked = created(webhook=a_webhook())
    refused = await house.door().refused("CreateNotificationTarget", asked)

    assert refused == f"FAILED_PRECONDITION {TooManyTargets.reason}"


async def test_secrets_are_sealed_anew_with_the_present_key(
    house: NotifyingHouse,
) -> None:
    target = await house.target(webhook=pb.WebhookChannel(secret="one"))
    rotated = PostgresNotificationTargets(house.database, Seal(f"{NEW},{SEAL}"))
    before = await rotated.sealing()

    await reseal(rotated)

    assert (before.by_other_keys, (await rotated.sealing()).by_other_keys) == (1, 0)
    renewed = PostgresNotificationTargets(house.database, Seal(NEW))
    [found] = await renewed.page(None, 10)
    assert found.settings.secret == "one"  # type: ignore[union-attr]
    # With none of its keys a target is there, and whoever looks enters it again.
    lost = await PostgresNotificationTargets(house.database, Seal(SEAL)).read(found.id)
    assert lost.settings.secret == ""  # type: ignore[union-attr]
    assert target.webhook.has_secret


async def test_a_target_at_its_end_is_told_nothing_more(
    at_work: NotifyingHouse,
) -> None:
    at_work.ear.status = 503
    target = await at_work.target(webhook=pb.WebhookChannel(template=TEMPLATE))
    await at_work.happens("request.created", titleName="The Matrix")
    await eventually(lambda: has_words(at_work, target))

    await at_work.door().call(
        "UpdateNotificationTarget", changing(target.id, "enabled", enabled=False)
    )
    await at_work.database.execute("UPDATE delivery_lines SET due_at = '-infinity'")

    await eventually(lambda: is_failed(at_work, target))
    [failed] = await at_work.deliveries_of(target)
    assert failed.words == "The target is switched off."


def everything_about(target_id: str) -> dict[str, Any]:
    return {
        "GetNotificationTarget": pb.GetNotificationTargetRequest(target_id=target_id),
        "UpdateNotificationTarget": changing(target_id, "name", name="x"),
        "DeleteNotificationTarget": pb.DeleteNotificationTargetRequest(
            target_id=target_id
        ),
        "TestNotificationTarget": pb.TestNotificationTargetRequest(target_id=target_id),
        "ListDeliveries": pb.ListDeliveriesRequest(target_id=target_id),
        "RetryDelivery": pb.RetryDeliveryRequest(
            target_id=target_id, delivery_id=str(uuid4())
        ),
    }


async def has_words(house: NotifyingHouse, target: pb.NotificationTarget) -> bool:
    return any(each.words for each in await house.deliveries_of(target))


async def is_failed(house: NotifyingHouse, target: pb.NotificationTarget) -> bool:
    return await house.states_of(target) == ["FAILED"]


async def test_one_setting_is_changed_and_the_others_stay(
    house: NotifyingHouse,
) -> None:
    door, asked = house.door(), created(webhook=a_webhook(secret="one"))
    target = await door.call("CreateNotificationTarget", asked)

    changed = await door.call(
        "UpdateNotificationTarget",
        changing(target.id, "webhook.template", webhook={"template": '["a"]'}),
    )

    assert changed.webhook.template == '["a"]'
    assert changed.webhook.url == "https://ha.example/hook"
    assert changed.webhook.has_secret
