"""The door to what was posted: who may look, and what is wrong."""

from datetime import timedelta
from typing import Any

import pytest

from kit.caller import Caller
from medianest.media.v1 import webhooks_pb2
from services.media.domain.webhooks.deliveries import DeliveryState
from services.media.domain.webhooks.sources import Proof, WebhookKind
from services.media.rpc.webhooks import KINDS, PROOFS, STATES
from tests.media.shelf.door import FRIEND
from tests.media.webhooks.house import (
    RADARR,
    Programs,
    WebhooksHouse,
)
from tests.media.webhooks.payloads import radarr

REFUSED = ("UNAUTHENTICATED", "webhook_refused")
IMPORT = radarr("Download", isUpgrade=False)


def test_every_word_of_the_contract_has_its_own() -> None:
    source, delivery = webhooks_pb2.WebhookSource, webhooks_pb2.WebhookDelivery
    assert set(KINDS.values()) == set(source.Kind.values()) - {0}
    assert set(PROOFS.values()) == set(source.Proof.values()) - {0}
    assert set(STATES.values()) == set(delivery.State.values()) - {0}
    assert (set(KINDS), set(PROOFS)) == (set(WebhookKind), set(Proof))
    assert set(STATES) == set(DeliveryState)


async def test_a_list_shows_the_beginning_and_one_delivery_all(
    programs: Programs,
) -> None:
    opened = await programs.open()
    delivery_id = await programs.post(opened, b"\xff" + b"x" * 9_999)

    [listed] = await programs.deliveries(opened)
    whole = await programs.call(
        "GetWebhookDelivery", source_id=opened.source.id, delivery_id=delivery_id
    )

    assert (len(listed.payload), len(whole.payload)) == (4096, 10_000)
    assert listed.payload_bytes == whole.payload_bytes == 10_000


async def test_deliveries_are_paged_the_newest_first(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open()
    made = []
    for number in range(5):
        made.append(await programs.post(opened, radarr("Grab", downloadId=number)))
        house.clock.lead += timedelta(seconds=1)

    found, token = [], ""
    while not found or token:
        page = await programs.call(
            "ListWebhookDeliveries",
            source_id=opened.source.id,
            page_size=2,
            page_token=token,
        )
        found += [each.id for each in page.deliveries]
        token = page.next_page_token

    assert found == made[::-1]
    other = await programs.open()
    first = await programs.call(
        "ListWebhookDeliveries", source_id=opened.source.id, page_size=2
    )
    refused = await programs.refused(
        "ListWebhookDeliveries",
        source_id=other.source.id,
        page_token=first.next_page_token,
    )
    assert refused == ("INVALID_ARGUMENT", "page_token_invalid")


async def test_who_ends_a_source_ends_what_was_posted(programs: Programs) -> None:
    opened = await programs.open()
    await programs.post(opened, IMPORT)
    source_id = opened.source.id

    await programs.call("DeleteWebhookSource", source_id=source_id)

    missing = ("NOT_FOUND", "webhook_source_missing")
    for method in (
        "DeleteWebhookSource",
        "RenewWebhookSecret",
        "ListWebhookDeliveries",
    ):
        assert await programs.refused(method, source_id=source_id) == missing
    shown = {"x-webhook-secret": opened.secret}
    assert await programs.not_taken(opened, IMPORT, shown) == REFUSED


async def test_there_are_a_hundred_sources_at_most(programs: Programs) -> None:
    for _ in range(100):
        await programs.open()

    full = await programs.refused("CreateWebhookSource", name="one more", kind=RADARR)

    assert full == ("FAILED_PRECONDITION", "webhook_sources_full")
    listed = await programs.call("ListWebhookSources", page_size=99)
    assert len(listed.sources) == 99
    assert listed.next_page_token


async def test_only_who_manages_settings_sees_any_of_it(programs: Programs) -> None:
    opened = await programs.open()
    source_id = opened.source.id
    delivery_id = await programs.post(opened, IMPORT)
    methods: dict[str, dict[str, Any]] = {
        "CreateWebhookSource": {"name": "a", "kind": RADARR},
        "ListWebhookSources": {},
        "RenewWebhookSecret": {"source_id": source_id},
        "DeleteWebhookSource": {"source_id": source_id},
        "ListWebhookDeliveries": {"source_id": source_id},
        "GetWebhookDelivery": {"source_id": source_id, "delivery_id": delivery_id},
        "RetryWebhookDelivery": {"source_id": source_id, "delivery_id": delivery_id},
    }
    visitors: tuple[tuple[Caller | None, str], ...] = (
        (FRIEND, "PERMISSION_DENIED"),
        (None, "UNAUTHENTICATED"),
    )
    for method, fields in methods.items():
        for who, code in visitors:
            assert (await programs.refused(method, who, **fields))[0] == code


async def test_a_delivery_is_found_below_its_own_source_alone(
    programs: Programs,
) -> None:
    opened, other = await programs.open(), await programs.open()
    delivery_id = await programs.post(opened, IMPORT)

    named = {"source_id": other.source.id, "delivery_id": delivery_id}
    missing = ("NOT_FOUND", "webhook_delivery_missing")
    assert await programs.refused("GetWebhookDelivery", **named) == missing
    assert await programs.refused("RetryWebhookDelivery", **named) == missing


@pytest.mark.parametrize("wrong", ["", "x", "0" * 500, "a\0b"])
async def test_what_is_no_id_is_wrong(programs: Programs, wrong: str) -> None:
    for method in ("ListWebhookDeliveries", "RenewWebhookSecret"):
        refused = await programs.refused(method, source_id=wrong)
        assert refused == ("INVALID_ARGUMENT", "invalid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "", "kind": RADARR},
        {"name": "x" * 101, "kind": RADARR},
        {"name": "a\0b", "kind": RADARR},
        {"name": "a"},
        {"name": "a", "kind": 9},
        {"name": "a", "kind": RADARR, "proof": 9},
    ],
)
async def test_a_source_is_named_and_of_a_kind(
    programs: Programs, wrong: dict[str, Any]
) -> None:
    refused = await programs.refused("CreateWebhookSource", **wrong)

    assert refused == ("INVALID_ARGUMENT", "invalid")


async def test_where_there_can_be_no_source_nobody_is_told_more(
    programs: Programs,
) -> None:
    refused = await programs.refused("ReceiveWebhook", None, {}, source_id="junk")
    assert refused == REFUSED


async def test_a_create_that_is_repeated_makes_no_other(
    programs: Programs, house: WebhooksHouse
) -> None:
    asked = {"name": "Radarr", "kind": RADARR, "headers": {"idempotency-key": "k"}}
    await programs.call("CreateWebhookSource", **asked)

    again = await programs.refused("CreateWebhookSource", **asked)

    assert again == ("FAILED_PRECONDITION", "webhook_source_made")
    count = "SELECT count(id) FROM webhook_sources"
    assert await house.database.fetchval(count) == 1
