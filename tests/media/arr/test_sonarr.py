"""Sonarr gets series, seasons and single episodes: as much as was asked for, and
never less than somebody had asked for before."""

import pytest

from kit.errors import Unavailable
from services.media.domain.fulfilling.errors import FulfillerRefused
from tests.media.arr.clients import DARK, NONSENSE, NOW, chosen, like, sonarr_client
from tests.simulators.arr.queue import GIB
from tests.simulators.sonarr.server import Sonarr

FIRST = {(1, 1), (1, 2), (1, 3)}
SECOND = {(2, 1), (2, 2), (2, 3)}


async def test_a_series_is_added_without_its_specials(sonarr: Sonarr) -> None:
    client = sonarr_client(sonarr)

    entry = await client.add(chosen(DARK, tags=("Ada",)), await client.find(DARK))
    await client.search(DARK, entry)

    series = sonarr.of(334824)
    assert series is not None
    assert (entry.remote_id, entry.slug) == (series["id"], "series/dark")
    assert entry.is_wanted
    assert not entry.is_there
    assert sonarr.monitored(334824) == FIRST | SECOND
    assert (series["qualityProfileId"], series["rootFolderPath"]) == (4, "/tv")
    assert series["seriesType"] == "standard"
    assert [sonarr.tags[each] for each in series["tags"]] == ["ada"]
    assert sonarr.commands == [{"name": "SeriesSearch", "seriesId": series["id"]}]


async def test_seasons_are_added_and_then_more_of_them(sonarr: Sonarr) -> None:
    client = sonarr_client(sonarr)
    first, second = like(DARK, seasons=(1,)), like(DARK, seasons=(2,))

    await client.add(first, None)
    assert sonarr.monitored(334824) == FIRST
    found = await client.find(second)
    assert found is not None
    assert not found.is_wanted
    entry = await client.add(second, found)
    await client.search(second, entry)

    assert entry.is_wanted
    assert sonarr.monitored(334824) == FIRST | SECOND
    (command,) = sonarr.commands
    assert (command["name"], command["seasonNumber"]) == ("SeasonSearch", 2)


async def test_an_episode_is_added_alone_and_beside_a_season(sonarr: Sonarr) -> None:
    client = sonarr_client(sonarr)
    one = like(DARK, episodes=((1, 2),))

    entry = await client.add(one, None)
    await client.search(one, entry)
    assert entry.is_wanted
    assert sonarr.monitored(334824) == {(1, 2)}
    (command,) = sonarr.commands
    assert (command["name"], len(command["episodeIds"])) == ("EpisodeSearch", 1)

    both = like(DARK, seasons=(2,), episodes=((0, 1),))
    assert (await client.add(both, entry)).is_wanted
    assert sonarr.monitored(334824) == SECOND | {(1, 2), (0, 1)}


async def test_what_is_to_come_is_wanted_and_nothing_that_was_aired(
    sonarr: Sonarr,
) -> None:
    client = sonarr_client(sonarr)
    future = like(DARK, future_only=True)

    entry = await client.add(future, None)
    await client.search(future, entry)

    assert entry.is_wanted
    assert sonarr.monitored(334824) == {(2, 3)}
    assert sonarr.commands == []


async def test_what_is_to_come_of_a_series_that_is_there(sonarr: Sonarr) -> None:
    sonarr.have(334824, 1, monitored=False)
    client = sonarr_client(sonarr)
    future = like(DARK, future_only=True)

    found = await client.find(future)
    assert found is not None
    assert not found.is_wanted
    entry = await client.add(future, found)

    assert entry.is_wanted
    assert sonarr.monitored(334824) == FIRST | {(2, 3)}
    series = sonarr.of(334824)
    assert series is not None
    assert series["seasons"][2]["monitored"]


async def test_what_is_there_is_never_narrowed(sonarr: Sonarr) -> None:
    sonarr.have(334824, 0, 1, 2)
    client = sonarr_client(sonarr)
    orders = (like(DARK, episodes=((1, 1),)), like(DARK, future_only=True), DARK)
    before = sonarr.monitored(334824)

    for order in (*orders, like(DARK, seasons=(2,))):
        found = await client.find(order)
        assert found is not None
        assert found.is_wanted
        await client.add(order, found)

    assert sonarr.monitored(334824) == before
    assert sonarr.count("PUT") == 0


async def test_an_episode_that_somebody_switched_off_is_wanted_again(
    sonarr: Sonarr,
) -> None:
    series = sonarr.have(334824, 1)
    sonarr.shelf.episodes_of(series["id"], 1)[1]["monitored"] = False
    client = sonarr_client(sonarr)
    first = like(DARK, seasons=(1,))

    assert (await client.add(first, await client.find(first))).is_wanted

    assert sonarr.monitored(334824) == FIRST


async def test_all_of_an_order_must_be_there(sonarr: Sonarr) -> None:
    sonarr.have(334824, 1)
    sonarr.get_episodes(334824, 1, 1, 2)
    client = sonarr_client(sonarr)

    season = await client.find(like(DARK, seasons=(1,)))
    single = await client.find(like(DARK, episodes=((1, 2),)))
    assert season is not None
    assert single is not None
    assert (season.is_there, single.is_there) == (False, True)

    sonarr.get_episodes(334824, 1)
    season = await client.find(like(DARK, seasons=(1,)))
    assert season is not None
    assert season.is_there


async def test_anime_is_added_as_that(sonarr: Sonarr) -> None:
    order = chosen(like(DARK, is_anime=True), folder="/anime")

    await sonarr_client(sonarr).add(order, None)

    series = sonarr.of(334824)
    assert series is not None
    assert (series["seriesType"], series["rootFolderPath"]) == ("anime", "/anime")


async def test_episodes_that_sonarr_has_not_read_yet_are_waited_for(
    sonarr: Sonarr,
) -> None:
    sonarr.reads_late = True
    client = sonarr_client(sonarr)
    one = like(DARK, episodes=((1, 2),))

    with pytest.raises(Unavailable, match="not read the episodes"):
        await client.add(one, None)
    season = await client.add(like(DARK, seasons=(2,)), None)
    assert season.is_wanted
    sonarr.read_episodes()
    entry = await client.add(one, await client.find(one))

    assert entry.is_wanted
    assert sonarr.monitored(334824) == SECOND | {(1, 2)}
    assert sonarr.count("POST /series") == 1


@pytest.mark.parametrize("loss", ["loses_answers", "hangs_up"])
async def test_an_answer_that_is_lost_adds_once(sonarr: Sonarr, loss: str) -> None:
    client = sonarr_client(sonarr)
    setattr(sonarr.mood, loss, True)
    sonarr.mood.only, sonarr.mood.method, sonarr.mood.times = "/series", "POST", 1
    order = like(DARK, seasons=(1,))

    with pytest.raises(Unavailable):
        await client.add(order, None)
    assert (await client.add(order, None)).is_wanted

    assert sonarr.count("POST /series") == 1
    assert sonarr.monitored(334824) == FIRST


async def test_a_series_without_a_number_at_tvdb_is_found_by_the_one_at_tmdb(
    sonarr: Sonarr,
) -> None:
    sonarr.know(1, "Dark", 1999, tmdb_id=11)
    client = sonarr_client(sonarr)
    order = like(DARK, tvdb_id=None)

    assert await client.find(order) is None
    await client.add(order, None)

    assert sonarr.of(334824) is not None
    assert sonarr.of(1) is None
    found = await client.find(order)
    assert found is not None
    assert found.is_wanted


async def test_a_series_of_the_same_name_is_not_taken_for_it(sonarr: Sonarr) -> None:
    order = like(DARK, tvdb_id=None, tmdb_id=99, year=1999)

    with pytest.raises(FulfillerRefused, match="does not find Dark"):
        await sonarr_client(sonarr).add(order, None)

    assert sonarr.shelf.series == {}


async def test_what_it_says_no_to_is_told_in_its_words(sonarr: Sonarr) -> None:
    client = sonarr_client(sonarr)
    cases = (
        (chosen(DARK, profile_id=99), "Sonarr says: QualityProfile does not exist."),
        (like(DARK, episodes=((9, 9),)), "Sonarr does not know S09E09 of Dark."),
        (like(DARK, seasons=(7,)), "Sonarr does not know season 7 of Dark."),
    )
    for order, words in cases:
        with pytest.raises(FulfillerRefused) as caught:
            await client.add(order, None)
        assert caught.value.message == words


async def test_its_queue_tells_which_episodes_come(sonarr: Sonarr) -> None:
    sonarr.have(334824, 1)
    pack = sonarr.start_download(334824, 1)
    pack.progress(50)

    queue = await sonarr_client(sonarr).queue()

    assert {(each.season, each.episode) for each in queue} == FIRST
    assert {each.download_id for each in queue} == {pack.id}
    assert [(each.left_bytes, each.size_bytes) for each in queue] == [
        (GIB, 2 * GIB)
    ] * 3


async def test_nothing_is_searched_for_before_it_can_be_found(sonarr: Sonarr) -> None:
    sonarr.reads_late = True
    client = sonarr_client(sonarr)
    entry = await client.add(DARK, None)
    series = sonarr.of(334824)
    assert series is not None
    series["added"] = NOW.isoformat()

    with pytest.raises(Unavailable, match="not read the episodes"):
        await client.search(DARK, entry)
    assert sonarr.commands == []
    sonarr.read_episodes()
    await client.search(DARK, entry)

    assert [each["name"] for each in sonarr.commands] == ["SeriesSearch"]


async def test_a_series_that_has_no_episodes_is_no_trouble(sonarr: Sonarr) -> None:
    sonarr.reads_late = True
    client = sonarr_client(sonarr)

    await client.search(DARK, await client.add(DARK, None))

    assert [each["name"] for each in sonarr.commands] == ["SeriesSearch"]


@pytest.mark.parametrize("body", NONSENSE)
async def test_nonsense_is_no_answer(sonarr: Sonarr, body: bytes) -> None:
    sonarr.mood.body = body
    client = sonarr_client(sonarr)

    for call in (client.options(), client.queue(), client.add(DARK, None)):
        with pytest.raises(Unavailable):
            await call
