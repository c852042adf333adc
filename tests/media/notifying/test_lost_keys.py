"""Targets whose secrets cannot be read: nothing is told without them, or loses them."""

from typing import Any

from kit.sealing import Seal
from medianest.media.v1 import notification_targets_pb2 as pb
from tests.media.notifying.house import TEMPLATE, NotifyingHouse
from tests.waiting import eventually

ANOTHER = Seal("another:" + "11" * 32)


async def a_signed_target(house: NotifyingHouse) -> pb.NotificationTarget:
    channel = pb.WebhookChannel(template=TEMPLATE, secret="hunter22")
    return await house.target("request.created", webhook=channel)


async def sealed_elsewhere(house: NotifyingHouse) -> bytes:
    """As with a key that is not here now; what it was sealed as before."""
    sealed: bytes = await house.database.fetchval(
        "SELECT secrets_sealed FROM notification_targets"
    )
    await house.database.execute(
        "UPDATE notification_targets SET secrets_sealed = $1",
        ANOTHER.seal(b"{}", "elsewhere"),
    )
    return sealed


async def test_what_waits_is_told_once_its_secrets_can_be_read_again(
    at_work: NotifyingHouse,
) -> None:
    target = await a_signed_target(at_work)
    sealed = await sealed_elsewhere(at_work)
    await at_work.happens("request.created", titleName="The Matrix")

    async def has_words() -> bool:
        found = await at_work.deliveries_of(target)
        return bool(found) and "cannot be read" in found[0].words

    await eventually(has_words)
    assert await at_work.states_of(target) == ["WAITING"]
    assert at_work.ear.heard == []
    await at_work.database.execute(
        "UPDATE notification_targets SET secrets_sealed = $1", sealed
    )
    await at_work.database.execute("UPDATE delivery_lines SET due_at = '-infinity'")

    [heard] = await eventually(lambda: at_work.ear.heard)
    assert "X-MediaNest-Signature" in heard.headers


async def test_another_name_takes_no_secret_away(house: NotifyingHouse) -> None:
    target = await a_signed_target(house)
    await sealed_elsewhere(house)
    door = house.door()

    named = await door.call(
        "UpdateNotificationTarget", changing(target.id, "name", name="Other")
    )
    kept = await house.database.fetchval(
        "SELECT secrets_sealed FROM notification_targets"
    )
    assert named.name == "Other"
    assert kept[:9] == b"\1\7another"


async def test_who_enters_its_settings_again_enters_its_secrets(
    house: NotifyingHouse,
) -> None:
    target = await a_signed_target(house)
    await sealed_elsewhere(house)
    door = house.door()
    channel = pb.WebhookChannel(url=house.ear.url, template=TEMPLATE, secret="new one")

    half = changing(target.id, "webhook", webhook=channel)
    assert await door.refused("UpdateNotificationTarget", half) == (
        "INVALID_ARGUMENT secret_required"
    )
    channel.authorization = ""
    whole = changing(target.id, "webhook", webhook=channel)
    mended = await door.call("UpdateNotificationTarget", whole)
    tried = await door.call(
        "TestNotificationTarget", pb.TestNotificationTargetRequest(target_id=target.id)
    )

    assert mended.webhook.has_secret
    assert tried.delivered


async def test_the_test_button_says_that_they_cannot_be_read(
    house: NotifyingHouse,
) -> None:
    target = await a_signed_target(house)
    await sealed_elsewhere(house)

    tried = await house.door().call(
        "TestNotificationTarget", pb.TestNotificationTargetRequest(target_id=target.id)
    )

    assert not tried.delivered
    assert "cannot be read" in tried.words
    assert house.ear.heard == []


def changing(target_id: str, *paths: str, **changes: Any) -> Any:
    return pb.UpdateNotificationTargetRequest(
        target_id=target_id,
        change=pb.NotificationTarget(**changes),
        update_mask={"paths": paths},
    )
