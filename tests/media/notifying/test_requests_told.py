"""What targets are told of requests, as the stores write it down."""

from uuid import UUID

import pytest

from medianest.media.v1 import notification_targets_pb2 as pb
from services.media.domain.requests.asking import Thing
from services.media.domain.requests.permissions import REQUEST, REQUEST_4K
from services.media.domain.requests.states import Step
from services.media.domain.requests.wanted import Wanted
from services.media.store.failing import fail
from tests.media.notifying.house import NotifyingHouse
from tests.media.requests.house import NOON, OWNER, Desk, MovingClock, a_caller
from tests.waiting import eventually

WHOLE = """{"what": "{{notification_type}}", "message": "{{message}}",
            "{{media}}": {"hd": "{{media_status}}", "4k": "{{media_status4k}}"},
            "{{extra}}": []}"""
ADA = a_caller("Ada", REQUEST, REQUEST_4K)


@pytest.fixture
def desk(at_work: NotifyingHouse) -> Desk:
    return Desk(at_work.database, MovingClock())


async def asked_for(house: NotifyingHouse, desk: Desk, wanted: Wanted) -> UUID:
    await house.target(
        "request.created",
        "request.declined",
        "request.failed",
        "request.approved",
        "request.available",
        webhook=pb.WebhookChannel(template=WHOLE),
    )
    series = await house.shelf.title("Dark", kind="series")
    return (await desk.want(Thing(series, wanted), by=ADA)).id


async def test_a_decline_is_told_with_its_reason(
    at_work: NotifyingHouse, desk: Desk
) -> None:
    asked = await asked_for(at_work, desk, Wanted(seasons=(1, 3)))

    await desk.deciding.decline(asked, "Not in this house", by=OWNER)

    [created, declined] = await heard(at_work, 2)
    assert created["extra"] == [{"name": "Requested Seasons", "value": "1, 3"}]
    assert created["media"] == {"hd": "PENDING", "4k": ""}
    assert declined["message"] == "Not in this house"


async def test_of_many_declines_each_is_told_with_its_reason(
    at_work: NotifyingHouse, desk: Desk
) -> None:
    asked = await asked_for(at_work, desk, Wanted(True, (2,)))

    await desk.deciding.decide_all([(Step.DECLINE, asked, "No room", 0)], by=OWNER)

    [created, declined] = await heard(at_work, 2)
    assert created["media"] == {"hd": "", "4k": "PENDING"}
    assert declined["message"] == "No room"
    assert declined["extra"] == [{"name": "Requested Seasons", "value": "2"}]


async def test_a_failure_is_told_in_the_words_of_who_could_not(
    at_work: NotifyingHouse, desk: Desk
) -> None:
    asked = await asked_for(at_work, desk, Wanted(True, (2,)))
    await desk.deciding.approve(asked, by=OWNER)

    async with at_work.database.transaction() as conn:
        assert await fail(conn, asked, "Sonarr says: no such folder.", NOON)

    [_, approved, failed] = await heard(at_work, 3)
    assert approved["media"] == {"hd": "", "4k": "PROCESSING"}
    assert failed["message"] == "Sonarr says: no such folder."
    assert failed["extra"] == [{"name": "Requested Seasons", "value": "2"}]


async def test_what_came_is_told_with_its_seasons(
    at_work: NotifyingHouse, desk: Desk
) -> None:
    asked = await asked_for(at_work, desk, Wanted(seasons=(2,)))
    card = await desk.seeing.find(asked, by=OWNER)

    assert card.title is not None
    await at_work.shelf.put(card.title.id, season=2, episode=1)

    [_, available] = await heard(at_work, 2)
    assert available["what"] == "MEDIA_AVAILABLE"
    assert available["media"] == {"hd": "AVAILABLE", "4k": ""}
    assert available["extra"] == [{"name": "Requested Seasons", "value": "2"}]


async def heard(house: NotifyingHouse, count: int) -> list[dict[str, object]]:
    await eventually(lambda: len(house.ear.heard) == count)
    return [each.json for each in house.ear.heard]
