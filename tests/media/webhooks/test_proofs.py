"""Who posts proves who they are, and cannot be played back."""

import asyncio
import base64
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from kit.sealing import Seal
from services.media.store.webhook_sources import PostgresWebhookSources
from tests.media.shelf.door import SEALING_KEYS
from tests.media.webhooks.house import (
    HMAC,
    SECRET,
    Opened,
    Programs,
    WebhooksHouse,
    signature,
)
from tests.media.webhooks.payloads import radarr

REFUSED = ("UNAUTHENTICATED", "webhook_refused")
IMPORT = radarr("Download", isUpgrade=False)


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"radarr:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("x-webhook-secret", "{}"),
        ("authorization", "{}"),
        ("authorization", "Bearer {}"),
        ("authorization", "basic"),
    ],
)
async def test_a_secret_is_shown_as_each_program_can(
    programs: Programs, header: str, shown: str
) -> None:
    opened = await programs.open()
    secret = opened.secret
    text = basic(secret) if shown == "basic" else shown.format(secret)

    assert UUID(await programs.post(opened, IMPORT, {header: text}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-webhook-secret": "wrong"},
        {"authorization": "wrong"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        {"authorization": "Basic"},
        {"authorization": "Bearer "},
    ],
)
async def test_who_does_not_know_it_is_told_nothing(
    programs: Programs, headers: dict[str, str]
) -> None:
    opened = await programs.open()
    stranger = Opened()
    stranger.source.id = str(uuid4())

    assert await programs.not_taken(opened, IMPORT, headers) == REFUSED
    assert await programs.not_taken(opened, b"x" * 300_000, headers) == REFUSED
    assert await programs.not_taken(stranger, IMPORT, headers) == REFUSED
    assert await programs.deliveries(opened) == []


async def test_the_secret_of_one_source_is_none_of_another(programs: Programs) -> None:
    one, other = await programs.open(), await programs.open()

    shown = {"x-webhook-secret": one.secret}
    assert await programs.not_taken(other, IMPORT, shown) == REFUSED


async def test_a_renewed_secret_ends_the_one_before(programs: Programs) -> None:
    for proof in (SECRET, HMAC):
        old = await programs.open(proof=proof)
        new = await programs.call("RenewWebhookSecret", source_id=old.source.id)

        def shown(of: Opened, proof: int = proof) -> dict[str, str]:
            if proof == HMAC:
                return programs.signed(of, IMPORT)
            return {"x-webhook-secret": of.secret}

        assert await programs.not_taken(old, IMPORT, shown(old)) == REFUSED
        assert await programs.post(old, IMPORT, shown(new))


async def test_a_signature_is_good_for_five_minutes_and_once(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open(proof=HMAC)
    headers = programs.signed(opened, IMPORT)
    await programs.post(opened, IMPORT, headers)

    replayed = await programs.not_taken(opened, IMPORT, headers)
    assert replayed == ("FAILED_PRECONDITION", "webhook_replayed")
    [stored] = await programs.deliveries(opened)
    assert stored.repeats == 0
    for late_s in (310, -310):
        late = programs.signed(opened, IMPORT, late_s)
        assert await programs.not_taken(opened, IMPORT, late) == REFUSED
    house.clock.lead += timedelta(minutes=6)
    assert await programs.not_taken(opened, IMPORT, headers) == REFUSED


async def test_a_signature_from_ahead_is_no_good_twice_either(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open(proof=HMAC)
    headers = programs.signed(opened, IMPORT, late_s=-290)
    await programs.post(opened, IMPORT, headers)

    house.clock.lead += timedelta(minutes=9, seconds=30)

    replayed = await programs.not_taken(opened, IMPORT, headers)
    assert replayed == ("FAILED_PRECONDITION", "webhook_replayed")


async def test_a_signature_is_of_this_time_and_this_body(programs: Programs) -> None:
    opened = await programs.open(proof=HMAC)
    good = programs.signed(opened, IMPORT)
    at = good["x-webhook-timestamp"]
    later = str(int(at) + 1)
    secret_alone = {"x-webhook-secret": opened.secret}
    of_nothing = good | {"x-webhook-signature": "sha256=" + "0" * 64}

    assert await programs.not_taken(opened, radarr("Grab"), good) == REFUSED
    for wrong in (
        good | {"x-webhook-timestamp": later},
        {"x-webhook-signature": good["x-webhook-signature"]},
        {"x-webhook-timestamp": at},
        good | {"x-webhook-timestamp": "-1"},
        good | {"x-webhook-timestamp": at + ".0"},
        good | {"x-webhook-timestamp": "1" * 400},
        good | {"x-webhook-signature": signature("other", at, b"{}")},
        of_nothing,
        secret_alone,
    ):
        assert await programs.not_taken(opened, IMPORT, wrong) == REFUSED


async def test_what_comes_again_is_stored_once_and_counted(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open()

    told = await asyncio.gather(*(programs.post(opened, IMPORT) for _ in range(10)))

    assert len(set(told)) == 1
    [stored] = await programs.deliveries(opened)
    assert (stored.id, stored.repeats) == (told[0], 9)
    house.clock.lead += timedelta(minutes=11)
    assert await programs.post(opened, IMPORT) != told[0]


async def test_a_signing_secret_is_sealed_and_moves_to_the_present_key(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open(proof=HMAC)
    stored = await house.database.fetchval("SELECT secret_sealed FROM webhook_sources")
    assert opened.secret.encode() not in stored
    newer = Seal(f"new:{'6b' * 32},{SEALING_KEYS}")
    sources = PostgresWebhookSources(house.database, newer)
    assert (await sources.sealing()).by_other_keys == 1

    await sources.reseal()

    assert (await sources.sealing()).by_other_keys == 0
    lock = await sources.lock(UUID(opened.source.id))
    assert lock.key == opened.secret.encode()
    strangers = PostgresWebhookSources(house.database, Seal(SEALING_KEYS))
    assert (await strangers.lock(UUID(opened.source.id))).key == b""
