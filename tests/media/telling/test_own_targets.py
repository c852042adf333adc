"""By what somebody is reached outside of the house, at the door."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from grpc import aio

from kit.delivery.message import TargetRefused
from medianest.media.v1 import own_targets_pb2 as pb
from services.media.domain.telling.news import Channel
from tests.media.requests.house import ADA, BOB, OWNER
from tests.media.telling.house import NOBODYS
from tests.media.telling.own_door import OwnDoor, change, people_told, wanted


async def test_a_webhook_is_added_tried_and_removed(door: OwnDoor) -> None:
    made = await door.add(ADA, secret="correct horse 7")

    assert made.hint == f"{door.ear.url.removesuffix('/hook')}/…"
    assert await door.test(ADA, made) == (True, "")
    (heard,) = door.ear.heard
    assert heard.json["notification_type"] == "test.notification"
    assert "X-MediaNest-Signature" in heard.headers
    assert await door.names(ADA) == ["Ear"]
    door.ear.status, door.ear.says = 404, "no such hook"
    assert await door.test(ADA, made) == (False, "It answered 404: no such hook")

    await door.call(
        ADA, "DeleteOwnTarget", pb.DeleteOwnTargetRequest(target_id=made.id)
    )
    assert await door.names(ADA) == []


async def test_an_address_is_kept_sealed(door: OwnDoor) -> None:
    await door.add(ADA, f"{door.ear.url}/token-7", secret="correct horse 7")
    row = await door.database.fetchrow("SELECT * FROM own_targets")

    assert b"token-7" not in row["sealed"]
    assert "token-7" not in repr(tuple(row))
    assert "correct horse" not in repr(tuple(row))


async def test_nobody_gets_at_anothers(door: OwnDoor) -> None:
    made = await door.add(ADA)

    assert await door.names(BOB) == await door.names(OWNER) == []
    for method, request in (
        ("TestOwnTarget", pb.TestOwnTargetRequest(target_id=made.id)),
        ("DeleteOwnTarget", pb.DeleteOwnTargetRequest(target_id=made.id)),
        ("ConfirmOwnTarget", pb.ConfirmOwnTargetRequest(target_id=made.id, code="7")),
        ("UpdateOwnTarget", change(made, name="Mine")),
    ):
        for who in (BOB, OWNER):
            refused = await door.refused(who, method, request)
            assert refused == "NOT_FOUND notification_target_missing"
        assert await door.refused(None, method, request) == (
            "UNAUTHENTICATED caller_unknown"
        )


@pytest.mark.parametrize("which", ["", "no id", "a\0b", "x" * 100_000, NOBODYS])
async def test_what_is_no_id_is_nobodys(door: OwnDoor, which: str) -> None:
    request = pb.DeleteOwnTargetRequest(target_id=which)
    refused = await door.refused(ADA, "DeleteOwnTarget", request)
    assert refused == "NOT_FOUND notification_target_missing"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": 0},
        {"kind": 77},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\0b"},
        {"address": ""},
        {"address": "ftp://there.example/"},
        {"address": "https://"},
        {"address": "https://ada:secret@there.example/"},
        {"address": "https://there.example/\0"},
        {"address": "https://there .example/"},
        {"address": "https://there.example:99999/"},
        {"address": "https://there.example/" + "x" * 2000},
        {"kind": pb.OwnTarget.EMAIL, "address": "ada"},
        {"kind": pb.OwnTarget.EMAIL, "address": "ada@there.example, bob@x.example"},
        {
            "kind": pb.OwnTarget.EMAIL,
            "address": "ada@there.example\r\nBcc: bob@x.example",
        },
        {"kind": pb.OwnTarget.APPRISE, "address": "no url"},
        {"secret": "x" * 501},
        {"secret": "a\0b"},
    ],
)
async def test_what_reaches_nobody_is_refused(
    door: OwnDoor, fields: dict[str, object]
) -> None:
    refused = await door.refused(ADA, "CreateOwnTarget", wanted(**fields))
    assert refused == "INVALID_ARGUMENT invalid"


@pytest.mark.parametrize("address", ["syslog://", "file:///etc/passwd", "nonsense://x"])
async def test_apprise_is_not_asked_for_what_it_must_not(
    door: OwnDoor, address: str
) -> None:
    asked = wanted(kind=pb.OwnTarget.APPRISE, address=address)
    refused = await door.refused(ADA, "CreateOwnTarget", asked)
    assert refused == "INVALID_ARGUMENT apprise_invalid"


@pytest.mark.parametrize("private_allowed", [False], indirect=True)
async def test_nobody_reaches_into_the_house(door: OwnDoor) -> None:
    for address in (door.ear.url, "http://[::1]:1/"):
        delivered, words = await door.test(ADA, await door.add(ADA, address))
        assert not delivered
        assert "address of this machine or its own network" in words
    assert door.ear.heard == []


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest", "http://[fe80::1]/"]
)
async def test_what_could_never_be_told_is_not_kept(
    door: OwnDoor, address: str
) -> None:
    refused = await door.refused(ADA, "CreateOwnTarget", wanted(address=address))
    assert refused == "INVALID_ARGUMENT invalid"


async def test_ten_are_enough_also_at_once(door: OwnDoor) -> None:
    added = await asyncio.gather(
        *(door.add(ADA, name=f"Ear {number}") for number in range(14)),
        return_exceptions=True,
    )
    refused = [each for each in added if isinstance(each, aio.AioRpcError)]

    assert len(refused) == 4
    assert {dict(each.trailing_metadata() or ())["reason"] for each in refused} == {
        "too_many_targets"
    }
    names = await door.names(ADA)
    assert len(names) == 10
    paged, token = [], ""
    while not paged or token:
        request = pb.ListOwnTargetsRequest(page_size=3, page_token=token)
        answer = await door.call(ADA, "ListOwnTargets", request)
        paged += [each.name for each in answer.targets]
        token = answer.next_page_token
    assert paged == names


async def test_a_key_adds_none(door: OwnDoor) -> None:
    program = replace(ADA, session_id="key:1")
    refused = await door.refused(program, "CreateOwnTarget", wanted())
    assert refused == "PERMISSION_DENIED key_refused"


async def test_mail_goes_by_the_houses_account(door: OwnDoor) -> None:
    asked = wanted(kind=pb.OwnTarget.EMAIL, name="Mail", address="ada@there.example")
    refused = await door.refused(ADA, "CreateOwnTarget", asked)
    assert refused == "FAILED_PRECONDITION mail_account_missing"


async def test_what_is_named_is_changed_and_nothing_else(door: OwnDoor) -> None:
    made = await door.add(ADA, secret="correct horse 7")
    assert (made.enabled, made.confirmed, made.version) == (True, True, 1)
    renamed = await door.call(ADA, "UpdateOwnTarget", change(made, name=" Hook "))

    assert (renamed.name, renamed.hint, renamed.version) == ("Hook", made.hint, 2)
    await door.test(ADA, made)
    assert "X-MediaNest-Signature" in door.ear.heard[-1].headers
    await door.call(
        ADA, "UpdateOwnTarget", change(made, secret="", address=f"{door.ear.url}?2")
    )
    await door.test(ADA, made)
    assert "X-MediaNest-Signature" not in door.ear.heard[-1].headers
    stale = change(made, name="Late")
    stale.if_version = 2
    assert await door.refused(ADA, "UpdateOwnTarget", stale) == (
        "ABORTED version_changed"
    )


async def test_another_host_takes_the_secret_again(door: OwnDoor) -> None:
    made = await door.add(ADA, secret="correct horse 7")
    there = "https://there.example/hook"
    assert await door.refused(ADA, "UpdateOwnTarget", change(made, address=there)) == (
        "INVALID_ARGUMENT secret_required"
    )
    moved = change(made, address=there, secret="correct horse 8")
    assert (await door.call(ADA, "UpdateOwnTarget", moved)).version == 2


@pytest.mark.parametrize(
    ("mask", "fields"),
    [
        ([], {"name": "x"}),
        (["id"], {}),
        (["kind"], {}),
        (["name", "nonsense"], {"name": "x"}),
        (["name.first"], {"name": "x"}),
        (["name"], {}),
        (["name"], {"name": "x" * 101}),
        (["name"], {"name": "a\0b"}),
        (["secret"], {"secret": "x" * 501}),
        (["address"], {}),
        (["address"], {"address": "ftp://there.example"}),
        (["address"], {"address": "https://ada:secret@there.example/"}),
    ],
)
async def test_a_change_that_is_none_is_refused(
    door: OwnDoor, mask: list[str], fields: dict[str, str]
) -> None:
    made = await door.add(ADA)
    request = change(made, **fields)
    request.update_mask.paths[:] = mask
    refused = await door.refused(ADA, "UpdateOwnTarget", request)
    assert refused == "INVALID_ARGUMENT invalid"


async def test_a_key_changes_and_confirms_none(door: OwnDoor) -> None:
    made, program = await door.add(ADA), replace(ADA, session_id="key:1")
    confirming = pb.ConfirmOwnTargetRequest(target_id=made.id, code="7")
    for method, request in (
        ("UpdateOwnTarget", change(made, name="Mine")),
        ("ConfirmOwnTarget", confirming),
    ):
        refused = await door.refused(program, method, request)
        assert refused == "PERMISSION_DENIED key_refused"


async def test_what_is_off_is_told_nothing_but_tests(
    door: OwnDoor,
) -> None:
    made = await door.add(ADA)
    await door.call(ADA, "UpdateOwnTarget", change(made, enabled=False))
    people = await people_told(door.database, ADA)

    assert people[0].reached_by == frozenset()
    with pytest.raises(TargetRefused, match="switched off"):
        await door.every.find(UUID(made.id))
    assert await door.test(ADA, made) == (True, "")
    await door.call(ADA, "UpdateOwnTarget", change(made, enabled=True))
    assert (await people_told(door.database, ADA))[0].reached_by == {Channel.TARGETS}
