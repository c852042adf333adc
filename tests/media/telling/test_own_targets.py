"""By what somebody is reached outside of the house, at the door."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import aio

from kit.caller import Caller, Once
from kit.clock import SystemClock
from kit.delivery.apprises import open_apprises
from kit.delivery.engine import Delivering
from kit.delivery.ledger import Deliveries
from kit.delivery.mail import open_mails
from kit.delivery.settings import EMAIL, MailSecurity, MailSettings
from kit.delivery.webhooks import open_webhooks
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, Doorkeeper
from kit.rpc.policy import policies
from kit.sealing import Seal
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import own_targets_pb2 as pb
from medianest.media.v1 import own_targets_pb2_grpc
from services.media.domain.notifying.targets import NotificationTarget
from services.media.domain.telling.own_targets import Reaching
from services.media.rpc.own_targets import OwnTargetsHandlers
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.telling.own_targets import PostgresOwnTargets
from services.media.store.telling.reaching import (
    OWN_APPRISE,
    OWN_WEBHOOK,
    EveryTarget,
    OwnMessenger,
)
from tests.clock import NOON
from tests.kit.delivery.post_office import open_office
from tests.media.requests.house import ADA, BOB, KEYS, OWNER
from tests.media.telling.house import NOBODYS
from tests.media.telling.outside import SEAL
from tests.simulators.ear import Ear, listening

WEBHOOK = pb.OwnTarget.WEBHOOK
"""Kinds."""


@dataclass
class OwnDoor:
    channel: aio.Channel
    ear: Ear
    house: PostgresNotificationTargets
    database: Database

    async def call(self, who: Caller | None, method: str, request: object) -> Any:
        door = own_targets_pb2_grpc.OwnTargetsServiceStub(self.channel)
        metadata = [] if who is None else [(METADATA_KEY, KEYS.sign(who))]
        return await getattr(door, method)(request, metadata=metadata, timeout=20)

    async def refused(self, who: Caller | None, method: str, request: object) -> str:
        try:
            await self.call(who, method, request)
        except aio.AioRpcError as exc:
            trailers = dict(exc.trailing_metadata() or ())
            code: grpc.StatusCode = exc.code()
            return f"{code.name} {trailers['reason']}"
        raise AssertionError(f"{method} was not refused")

    async def add(self, who: Caller, address: str = "", **more: Any) -> pb.OwnTarget:
        made: pb.OwnTarget = await self.call(
            who, "CreateOwnTarget", wanted(address=address or self.ear.url, **more)
        )
        return made

    async def test(self, who: Caller, target: pb.OwnTarget) -> tuple[bool, str]:
        request = pb.TestOwnTargetRequest(target_id=target.id)
        answer = await self.call(who, "TestOwnTarget", request)
        return answer.delivered, answer.words

    async def names(self, who: Caller) -> list[str]:
        answer = await self.call(who, "ListOwnTargets", pb.ListOwnTargetsRequest())
        return [each.name for each in answer.targets]


def wanted(**fields: Any) -> pb.CreateOwnTargetRequest:
    usual = {"kind": WEBHOOK, "name": "Ear", "address": "https://there.example/"}
    return pb.CreateOwnTargetRequest(**{**usual, **fields})


@pytest.fixture(params=[True])
def private_allowed(request: pytest.FixtureRequest) -> bool:
    """Whether own targets may be where the test's are."""
    return bool(request.param)


@pytest.fixture
async def door(database: Database, private_allowed: bool) -> AsyncIterator[OwnDoor]:
    clock, seal = SystemClock(), Seal(SEAL)
    own = PostgresOwnTargets(database, seal)
    house = PostgresNotificationTargets(database, seal)
    targets = EveryTarget(own, house)
    async with (
        listening() as ear,
        open_webhooks(clock, private_allowed=private_allowed) as webhooks,
        open_mails(private_allowed=True) as mails,
        open_apprises(private_allowed=private_allowed) as apprises,
    ):
        channels = {OWN_WEBHOOK: webhooks, OWN_APPRISE: apprises, EMAIL: mails}
        delivering = Delivering(Deliveries(database, clock), targets, channels)
        messenger = OwnMessenger(targets, delivering, apprises, clock)
        service = pb.DESCRIPTOR.services_by_name["OwnTargetsService"]
        keeper = Doorkeeper(KEYS, clock)
        server = aio.server(
            interceptors=(Door(keeper, policies([service], policy_pb2.policy)),)
        )
        own_targets_pb2_grpc.add_OwnTargetsServiceServicer_to_server(
            OwnTargetsHandlers(Reaching(own, messenger, clock), Pages(b"k" * 32)),
            server,
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield OwnDoor(channel, ear, house, database)
        await server.stop(0)


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
    for address in (door.ear.url, "http://169.254.169.254/", "http://[::1]:1/"):
        delivered, words = await door.test(ADA, await door.add(ADA, address))
        assert not delivered
        assert "address of this machine or its own network" in words
    assert door.ear.heard == []


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


async def test_mail_comes_from_the_houses_account(door: OwnDoor) -> None:
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
        made = await door.add(
            ADA, "ada@there.example", kind=pb.OwnTarget.EMAIL, name="Mail"
        )

        assert made.hint == "ada@there.example"
        assert await door.test(ADA, made) == (True, "")
        assert office.to == [["ada@there.example"]]
        assert office.letters[0]["From"] == "nest@there.example"
