"""What Radarr, Sonarr and Seerr post is stored, and worked off once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.media.requests.house import Shelf
from tests.media.webhooks.house import (
    SEERR,
    SONARR,
    Programs,
    WebhooksHouse,
)
from tests.media.webhooks.payloads import IMPORT_PROBLEM, radarr, seerr, sonarr

DONE, PASSED_OVER, UNREADABLE = 2, 3, 4
WAITING, FAILED = 1, 5
IMPORT = radarr("Download", isUpgrade=False)


async def test_an_import_has_the_libraries_read_now_and_in_a_minute(
    programs: Programs, house: WebhooksHouse, shelf: Shelf
) -> None:
    opened = await programs.open()
    await programs.post(opened, IMPORT)

    assert await house.work() == 1
    assert await house.news() == [("WAITS", None)]
    await house.database.execute("UPDATE sources SET news = NULL")
    assert await house.work() == 0
    house.clock.lead += timedelta(seconds=61)
    assert await house.work() == 1
    assert await house.news() == [("WAITS", None)]
    [delivery] = await programs.deliveries(opened)
    assert (delivery.state, delivery.attempts) == (DONE, 2)


async def test_a_deleted_file_has_servers_read_in_full(
    programs: Programs, house: WebhooksHouse, shelf: Shelf
) -> None:
    await house.database.execute(
        """
        INSERT INTO sources (id, name, path, created_at, due_at, kind, machine_id,
                             server_name, server_version, token_sealed)
        VALUES ($1, 'server', 'http://server', now(), now(), 'jellyfin', 'm', 's', '1',
                '\\x00')
        """,
        uuid4(),
    )
    opened = await programs.open(kind=SONARR)
    deleted = sonarr("EpisodeFileDelete", deleteReason="manual")
    await programs.post(opened, deleted)

    await house.work()

    assert await house.news() == [("WAITS", None), ("WAITS", "WAITS")]


async def test_what_it_is_about_and_what_it_says_can_be_seen(
    programs: Programs, house: WebhooksHouse, shelf: Shelf
) -> None:
    title_id = await shelf.title("The Matrix")
    await house.database.execute("UPDATE titles SET tmdb_id = 603")
    opened = await programs.open()
    await programs.post(opened, radarr("ManualInteractionRequired", **IMPORT_PROBLEM))
    await house.work()

    [delivery] = await programs.deliveries(opened)

    assert (delivery.state, delivery.event) == (DONE, "ManualInteractionRequired")
    assert (delivery.title_id, delivery.title_name) == (str(title_id), "The Matrix")
    assert "Not an upgrade" in delivery.message
    assert house.looked_into_queues == 1
    assert "downloadStatusMessages" in delivery.payload
    assert await house.news() == [(None, None)]


async def test_who_requests_at_seerr_is_seen_and_nothing_is_requested(
    programs: Programs, house: WebhooksHouse, shelf: Shelf
) -> None:
    title_id = await shelf.title("The Matrix")
    await house.database.execute("UPDATE titles SET tmdb_id = 603")
    opened = await programs.open(kind=SEERR)
    await programs.post(opened, seerr("MEDIA_PENDING"))
    await house.work()

    [delivery] = await programs.deliveries(opened)

    assert (delivery.state, delivery.title_id) == (DONE, str(title_id))
    assert await house.database.fetchval("SELECT count(id) FROM requests") == 0


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (radarr("SomethingNew"), PASSED_OVER),
        (b"not json", UNREADABLE),
        (b"", UNREADABLE),
        (b'{"eventType": "Test", "movie": "\xff\x00"}', UNREADABLE),
        (b'{"eventType": "Test", "message": "a\\u0000b"}', DONE),
    ],
)
async def test_what_means_nothing_is_kept_and_says_so(
    programs: Programs, house: WebhooksHouse, said: Any, state: int
) -> None:
    opened = await programs.open()
    await programs.post(opened, said)
    await house.work()

    [delivery] = await programs.deliveries(opened)

    assert delivery.state == state
    assert delivery.outcome
    assert "\0" not in delivery.payload


async def test_a_retry_does_it_once_more(
    programs: Programs, house: WebhooksHouse, shelf: Shelf
) -> None:
    opened = await programs.open()
    await programs.post(opened, radarr("MovieFileDelete", deleteReason="manual"))
    await house.work()
    await house.database.execute("UPDATE sources SET news = NULL")
    [delivery] = await programs.deliveries(opened)
    named = {"source_id": opened.source.id, "delivery_id": delivery.id}

    again = await programs.call("RetryWebhookDelivery", **named)

    assert again.state == WAITING
    waits = ("FAILED_PRECONDITION", "webhook_delivery_waits")
    assert await programs.refused("RetryWebhookDelivery", **named) == waits
    assert await house.work() == 1
    assert await house.news() == [("WAITS", None)]


async def test_the_work_of_one_who_was_killed_is_done_by_the_next(
    programs: Programs, house: WebhooksHouse, shelf: Shelf
) -> None:
    opened = await programs.open()
    await programs.post(opened, IMPORT)
    await begin(house)

    assert await house.work() == 0
    house.clock.lead += timedelta(seconds=31)
    assert await house.work() == 1
    assert await house.news() == [("WAITS", None)]


async def test_what_kills_whoever_works_it_off_is_given_up(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open()
    await programs.post(opened, IMPORT)
    for _ in range(8):
        await begin(house)
        house.clock.lead += timedelta(seconds=31)

    assert await house.work() == 0

    [delivery] = await programs.deliveries(opened)
    assert (delivery.state, delivery.attempts) == (FAILED, 8)


async def begin(house: WebhooksHouse) -> None:
    """As one who is killed then."""
    assert await house.deliveries.claim(house.clock.now(), timedelta(seconds=30), 8)


async def test_many_at_once_are_each_worked_off_once(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open()
    for number in range(20):
        await programs.post(opened, radarr("Grab", downloadId=str(number)))

    worked = await asyncio.gather(*(house.work() for _ in range(4)))

    assert sum(worked) == 20
    states = {each.state for each in await programs.deliveries(opened)}
    assert states == {DONE}


async def test_what_is_too_large_or_too_often_is_refused(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open()
    shown = {"x-webhook-secret": opened.secret}
    large = ("INVALID_ARGUMENT", "webhook_too_large")
    assert await programs.not_taken(opened, b"x" * (256 * 1024 + 1), shown) == large
    assert await programs.post(opened, b"x" * 256 * 1024)
    await house.database.execute(
        """
        INSERT INTO webhook_deliveries
               (id, source_id, received_at, digest, content_type, payload, due_at)
        SELECT gen_random_uuid(), $1, $2, sha256(number::text::bytea), '', '', $2
          FROM generate_series(1, 599) AS number
        """,
        UUID(opened.source.id),
        house.clock.now(),
    )

    often = ("RESOURCE_EXHAUSTED", "webhook_too_often")
    assert await programs.not_taken(opened, IMPORT, shown) == often
    house.clock.lead += timedelta(seconds=61)
    assert await programs.post(opened, IMPORT)


async def test_a_thousand_are_kept_and_for_thirty_days(
    programs: Programs, house: WebhooksHouse
) -> None:
    opened = await programs.open()
    await house.database.execute(
        """
        INSERT INTO webhook_deliveries
               (id, source_id, received_at, digest, content_type, payload, state)
        SELECT gen_random_uuid(), $1, $2::timestamptz - number * interval '1 minute',
               sha256(number::text::bytea), '', '', 'DONE'
          FROM generate_series(20, 1219) AS number
        """,
        UUID(opened.source.id),
        house.clock.now(),
    )
    await programs.post(opened, IMPORT)

    await house.working().tidy()

    async def kept() -> int:
        return int(
            await house.database.fetchval("SELECT count(id) FROM webhook_deliveries")
        )

    assert await kept() == 1000
    house.clock.lead += timedelta(days=31)
    await house.working().tidy()
    assert await kept() == 1, "what waits is never forgotten"
