"""A mailbox is told nothing until whoever reads it has said so."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import Message
from uuid import UUID, uuid4

import pytest
from grpc import aio

from kit.caller import Caller, Once
from kit.delivery.message import TargetRefused
from kit.delivery.settings import MailSecurity, MailSettings
from medianest.media.v1 import own_targets_pb2 as pb
from services.media.domain.notifying.targets import NotificationTarget
from services.media.domain.telling.news import Channel
from services.media.store.telling.mailboxes import forget_tries
from tests.clock import NOON
from tests.kit.delivery.post_office import Office, open_office
from tests.media.requests.house import ADA, BOB, OWNER
from tests.media.telling.own_door import OwnDoor, change, people_told

WRONG = "PERMISSION_DENIED code_wrong"
TOO_MANY = "RESOURCE_EXHAUSTED too_many_tries"


@pytest.fixture
async def office(door: OwnDoor) -> AsyncIterator[Office]:
    async with open_office("NONE", signs_in=False) as office:
        account = MailSettings(
            "127.0.0.1",
            office.port,
            MailSecurity.NONE,
            "nest@there.example",
            ("olga@there.example",),
        )
        target = NotificationTarget(uuid4(), "Mail", True, (), account, NOON)
        await door.house.add(target, OWNER, Once("", b""))
        yield office


async def mailbox(
    door: OwnDoor, who: Caller = ADA, address: str = "ada@there.example"
) -> pb.OwnTarget:
    return await door.add(who, address, kind=pb.OwnTarget.EMAIL, name="Mail")


def codes(office: Office) -> list[str]:
    """That were sent, the oldest first."""
    sent = [_text(each) for each in office.letters]
    return [found[0] for text in sent if (found := re.search(r"\w{4}-\w{4}", text))]


def _text(letter: Message) -> str:
    parts = (each for each in letter.walk() if each.get_content_type() == "text/plain")
    return next(bytes(each.get_payload(decode=True)).decode() for each in parts)


def giving(target: pb.OwnTarget, code: str) -> pb.ConfirmOwnTargetRequest:
    return pb.ConfirmOwnTargetRequest(target_id=target.id, code=code)


async def test_a_mailbox_is_told_nothing_until_it_is_confirmed(
    door: OwnDoor, office: Office
) -> None:
    made = await mailbox(door)
    assert (made.hint, made.confirmed) == ("ada@there.example", False)
    assert office.to == []
    assert (await people_told(door.database, ADA))[0].reached_by == frozenset()
    with pytest.raises(TargetRefused, match="not confirmed"):
        await door.every.find(UUID(made.id))

    assert await door.test(ADA, made) == (True, "")
    assert office.to == [["ada@there.example"]]
    assert office.letters[0]["From"] == "nest@there.example"
    given = codes(office)[0].lower().replace("-", " ")
    confirmed = await door.call(ADA, "ConfirmOwnTarget", giving(made, given))

    assert confirmed.confirmed
    again = await door.call(ADA, "ConfirmOwnTarget", giving(made, "anything"))
    assert again.confirmed
    assert (await people_told(door.database, ADA))[0].reached_by == {Channel.EMAIL}
    await door.test(ADA, made)
    assert len(codes(office)) == 1
    assert len(office.letters) == 2


async def test_a_code_is_for_one_mailbox_and_only_the_last_one_counts(
    door: OwnDoor, office: Office
) -> None:
    adas, bobs = await mailbox(door), await mailbox(door, BOB, "bob@there.example")
    for _ in range(2):
        await door.test(ADA, adas)
    await door.test(BOB, bobs)
    first, last, bobs_code = codes(office)

    for code in (first, bobs_code, "", "a\0b", "x" * 100_000, "É" * 8):
        # Guesses are counted: each has its own code.
        await door.database.execute("UPDATE own_targets SET code_tries = 0")
        assert await door.refused(ADA, "ConfirmOwnTarget", giving(adas, code)) == WRONG
    refused = await door.refused(BOB, "ConfirmOwnTarget", giving(adas, last))
    assert refused == "NOT_FOUND notification_target_missing"
    assert (await door.call(ADA, "ConfirmOwnTarget", giving(adas, last))).confirmed


async def test_a_code_is_guessed_at_five_times_and_no_more(
    door: OwnDoor, office: Office
) -> None:
    made = await mailbox(door)
    await door.test(ADA, made)
    guesses = [
        door.refused(ADA, "ConfirmOwnTarget", giving(made, "AAAA-AAAA"))
        for _ in range(5)
    ]
    assert set(await asyncio.gather(*guesses)) == {WRONG}
    (right,) = codes(office)
    assert await door.refused(ADA, "ConfirmOwnTarget", giving(made, right)) == WRONG


async def test_a_code_is_good_for_a_quarter_of_an_hour(
    door: OwnDoor, office: Office
) -> None:
    made = await mailbox(door)
    await door.test(ADA, made)
    await door.database.execute(
        "UPDATE own_targets SET code_until = code_until - $1::interval",
        timedelta(minutes=15),
    )
    (right,) = codes(office)
    assert await door.refused(ADA, "ConfirmOwnTarget", giving(made, right)) == WRONG


async def test_another_address_is_confirmed_anew(door: OwnDoor, office: Office) -> None:
    made = await mailbox(door)
    await door.test(ADA, made)
    (old,) = codes(office)
    moved = await door.call(ADA, "UpdateOwnTarget", change(made, address="a@x.example"))
    assert not moved.confirmed
    assert await door.refused(ADA, "ConfirmOwnTarget", giving(made, old)) == WRONG
    stale = giving(made, old)
    stale.if_version = 1
    assert await door.refused(ADA, "ConfirmOwnTarget", stale) == (
        "ABORTED version_changed"
    )

    await door.test(ADA, made)
    await door.call(ADA, "ConfirmOwnTarget", giving(made, codes(office)[-1]))
    same = change(made, name="Mine", address="a@x.example")
    assert (await door.call(ADA, "UpdateOwnTarget", same)).confirmed
    back = change(made, address="ada@there.example")
    assert not (await door.call(ADA, "UpdateOwnTarget", back)).confirmed


async def test_nobody_floods_a_stranger(door: OwnDoor, office: Office) -> None:
    made = await mailbox(door)
    asked = pb.TestOwnTargetRequest(target_id=made.id)
    tries = [door.call(ADA, "TestOwnTarget", asked) for _ in range(8)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, aio.AioRpcError) for each in answers) == 3
    assert len(office.letters) == 5

    # Nor by another mailbox, another account, or by removing and adding it.
    other = await mailbox(door, ADA, "bob@there.example")
    bobs = await mailbox(door, BOB, "ADA@there.example")
    await door.call(
        ADA, "DeleteOwnTarget", pb.DeleteOwnTargetRequest(target_id=made.id)
    )
    anew = await mailbox(door)
    for who, each in ((ADA, other), (BOB, bobs), (ADA, anew)):
        asked = pb.TestOwnTargetRequest(target_id=each.id)
        assert await door.refused(who, "TestOwnTarget", asked) == TOO_MANY
    assert len(office.letters) == 5
    hooks = await door.add(ADA)
    for _ in range(6):
        assert await door.test(ADA, hooks) == (True, "")


async def test_what_counts_no_more_is_forgotten(door: OwnDoor, office: Office) -> None:
    made = await mailbox(door)
    for _ in range(2):
        await door.test(ADA, made)
    await door.database.execute(
        """
        UPDATE own_mail_tries
           SET at = at - interval '3 hours'
         WHERE at = (SELECT min(at) FROM own_mail_tries)
        """
    )
    async with door.database.transaction() as conn:
        assert await forget_tries(conn) == 1
        assert await forget_tries(conn) == 0


async def test_a_code_is_kept_hashed(door: OwnDoor, office: Office) -> None:
    made = await mailbox(door)
    await door.test(ADA, made)
    (code,) = codes(office)
    rows = [
        *await door.database.fetch("SELECT * FROM own_targets"),
        *await door.database.fetch("SELECT * FROM own_mail_tries"),
    ]
    kept = repr([tuple(row) for row in rows])
    assert code.replace("-", "") not in kept
    assert "there.example" not in kept
