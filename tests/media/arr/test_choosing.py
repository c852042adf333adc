"""What there is to choose from is remembered, and nobody waits for one that is away."""

import asyncio
from datetime import timedelta

import pytest
from grpc import aio

from medianest.media.v1 import fulfillers_pb2
from tests.media.arr.house import CHOOSER, FulfillersHouse, Visitor, fields_of
from tests.simulators.arr.moods import Mood
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr
from tests.waiting import eventually

RADARR = fulfillers_pb2.Fulfiller.RADARR


async def test_one_is_tried_before_it_is_saved(owner: Visitor, radarr: Radarr) -> None:
    radarr.tags = {1: "ada"}
    tried = await owner.call(
        "TestFulfiller", kind=RADARR, address=f"{radarr.url}/", api_key=radarr.key
    )

    assert tried.server_version == "5.14.0.9383"
    assert [each.name for each in tried.profiles] == ["Any", "HD-1080p", "Ultra-HD"]
    assert [each.path for each in tried.folders] == ["/movies", "/kids"]
    assert list(tried.tags) == ["ada"]
    assert list((await owner.call("ListFulfillers")).fulfillers) == []


async def test_one_that_is_kept_is_tried_with_its_key(
    owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)

    tried = await owner.call("TestFulfiller", fulfiller_id=added.id)
    mixed = await owner.refused(
        "TestFulfiller", fulfiller_id=added.id, address="http://elsewhere.lan"
    )

    assert tried.server_version == "5.14.0.9383"
    assert mixed[2].startswith("Either one that is kept")


async def test_what_is_wrong_is_told_before_it_is_saved(
    owner: Visitor, radarr: Radarr, sonarr: Sonarr
) -> None:
    async def tried(**fields: object) -> tuple[str, str, str]:
        given = {"kind": RADARR, "address": radarr.url, "api_key": radarr.key}
        return await owner.refused("TestFulfiller", **{**given, **fields})

    key = await tried(api_key="wrong")
    other = await tried(address=sonarr.url, api_key=sonarr.key)
    path = await tried(address=f"{radarr.url}/nothing")
    radarr.mood.body = b"<html>A proxy's own page</html>"
    page = await tried()
    radarr.mood = Mood(status=503)
    away = await tried()
    await radarr.stop()
    gone = await tried()
    link = await tried(address="http://169.254.169.254")
    none = await tried(kind=0)

    assert key[:2] == ("INVALID_ARGUMENT", "fulfiller_key_refused")
    assert other[2].startswith("This is not Radarr but Sonarr.")
    for each in (other, path, page, away, gone):
        assert each[:2] == ("INVALID_ARGUMENT", "fulfiller_away")
    assert gone[2].startswith("Radarr does not answer.")
    assert link[2] == "address is not one of this link alone."
    assert none[2] == "kind is one of RADARR, SONARR."


async def test_an_address_in_the_dress_of_a_name_is_none(
    owner: Visitor, radarr: Radarr
) -> None:
    refusal = await owner.refused(
        "TestFulfiller", kind=RADARR, address="http://0xa9fea9fe", api_key=radarr.key
    )

    assert refusal[:2] == ("INVALID_ARGUMENT", "invalid")


async def test_options_are_asked_for_once_in_five_minutes(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)

    async def options() -> fulfillers_pb2.FulfillerOptions:
        answer = await owner.call("GetFulfillerOptions", fulfiller_id=added.id)
        assert isinstance(answer, fulfillers_pb2.FulfillerOptions)
        return answer

    first, *_ = await asyncio.gather(*(options() for _ in range(10)))
    assert radarr.count("GET /system/status") == 1
    assert (len(first.profiles), first.folders[0].path) == (3, "/movies")

    radarr.profiles[9] = "New"
    house.clock.lead += timedelta(minutes=6)
    await options()
    await eventually(lambda: radarr.count("GET /tag") == 2)

    while len((await options()).profiles) < 4:
        pass
    assert radarr.count("GET /system/status") == 2


async def test_what_was_remembered_is_dropped_by_a_change(
    owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    await owner.call("GetFulfillerOptions", fulfiller_id=added.id)
    radarr.profiles[9] = "New"

    await owner.update(added, name="Changed")
    told = await owner.call("GetFulfillerOptions", fulfiller_id=added.id)

    assert len(told.profiles) == 4


async def test_old_options_are_better_than_none_and_are_said_to_be_old(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    await owner.call("GetFulfillerOptions", fulfiller_id=added.id)
    await radarr.stop()
    house.clock.lead += timedelta(hours=1)

    while True:
        told = await owner.call("GetFulfillerOptions", fulfiller_id=added.id)
        assert len(told.profiles) == 3
        if told.warning:
            break

    assert told.warning == "From before: Radarr does not answer."


async def test_one_that_is_away_is_not_asked_again_for_a_while(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    radarr.mood.status = 503

    for _ in range(3):
        refusal = await owner.refused("GetFulfillerOptions", fulfiller_id=added.id)
        assert refusal[:2] == ("UNAVAILABLE", "upstream_away")
    asked = len(radarr.asked)
    radarr.mood = Mood()
    await owner.refused("GetFulfillerOptions", fulfiller_id=added.id)
    assert len(radarr.asked) == asked

    house.clock.lead += timedelta(seconds=31)
    told = await owner.call("GetFulfillerOptions", fulfiller_id=added.id)
    assert (len(told.profiles), told.warning) == (3, "")


async def test_a_wrong_key_is_told_as_that(owner: Visitor, radarr: Radarr) -> None:
    added = await owner.call("CreateFulfiller", **fields_of(radarr, api_key="wrong"))

    refusal = await owner.refused("GetFulfillerOptions", fulfiller_id=added.id)

    assert refusal[:2] == ("FAILED_PRECONDITION", "fulfiller_key_refused")


async def test_choices_come_from_all_and_each_fails_alone(
    door: aio.Channel, owner: Visitor, radarr: Radarr, sonarr: Sonarr
) -> None:
    await owner.add(radarr)
    await owner.add(radarr, name="Off", is_disabled=True)
    await owner.add(radarr, name="Wrong", api_key="wrong")
    await owner.add(sonarr, anime_defaults={"folder": "/anime"})
    sonarr.mood.is_silent = True
    chooser = Visitor(door, CHOOSER)

    choices = (await chooser.call("GetFulfillerChoices")).choices
    again = (await chooser.call("GetFulfillerChoices")).choices
    films = (await chooser.call("GetFulfillerChoices", kind=RADARR)).choices

    assert [each.name for each in choices] == ["Radarr", "Wrong", "Sonarr"]
    good, wrong, silent = choices
    assert (len(good.options.profiles), good.warning) == (3, "")
    assert wrong.warning.startswith("Radarr does not take the API key.")
    assert not wrong.HasField("options")
    assert silent.warning == "Sonarr has not answered yet."
    assert silent.anime_defaults.folder == "/anime"
    assert list(again) == list(choices)
    assert sonarr.count("GET /system/status") == 1
    assert [each.name for each in films] == ["Radarr", "Wrong"]
    assert radarr.url not in str(choices)


async def test_an_unknown_kind_is_refused(owner: Visitor) -> None:
    refusal = await owner.refused("GetFulfillerChoices", kind=99)

    assert refusal[2] == "kind is one of RADARR, SONARR."


@pytest.mark.parametrize("mood", [Mood(is_silent=True), Mood(delay_s=3)])
async def test_nobody_waits_again_for_one_that_was_not_waited_for(
    owner: Visitor, radarr: Radarr, mood: Mood
) -> None:
    await owner.add(radarr)
    radarr.mood = mood
    await owner.call("GetFulfillerChoices")
    loop = asyncio.get_running_loop()

    began = loop.time()
    for _ in range(10):
        [choice] = (await owner.call("GetFulfillerChoices")).choices
        assert choice.warning
    # Ten that wait take ten seconds.
    assert loop.time() - began < 5
