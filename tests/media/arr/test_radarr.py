"""Radarr gets films: once, whatever becomes of its answers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.errors import Unavailable
from kit.http import UpstreamAway
from services.media.clients.arr.opening import ArrClients
from services.media.clients.arr.radarr import Radarr as Client
from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerRefused,
)
from services.media.domain.fulfilling.fulfiller import (
    Entry,
    Folder,
    FulfillerKind,
    Order,
    Profile,
)
from tests.clock import StoppedClock
from tests.media.arr.clients import (
    MATRIX,
    NONSENSE,
    chosen,
    impatient_radarr,
    like,
    place,
    radarr_client,
)
from tests.simulators.arr.moods import Mood
from tests.simulators.arr.queue import GIB
from tests.simulators.radarr.server import Radarr


async def test_it_tells_what_is_to_choose_from(radarr: Radarr) -> None:
    radarr.tags = {3: "kids", 1: "ada"}

    options = await radarr_client(radarr).options()

    assert options.version == "5.14.0.9383"
    assert options.profiles[1] == Profile(4, "HD-1080p")
    assert options.folders[0] == Folder("/movies", 512 * GIB)
    assert options.tags == ["ada", "kids"]


async def test_a_film_is_added_as_it_was_chosen_and_searched_for(
    radarr: Radarr,
) -> None:
    client = radarr_client(radarr)
    order = chosen(MATRIX, tags=("Ada", "new"))

    assert await client.find(order) is None
    entry = await client.add(order, None)
    await client.search(order, entry)

    movie = radarr.of(603)
    assert movie is not None
    assert entry == Entry(movie["id"], "movie/603", is_there=False, is_wanted=True)
    assert await client.find(order) == entry
    assert (movie["qualityProfileId"], movie["rootFolderPath"]) == (4, "/movies")
    assert [radarr.tags[each] for each in movie["tags"]] == ["ada", "new"]
    assert radarr.commands == [{"name": "MoviesSearch", "movieIds": [movie["id"]]}]


async def test_what_is_there_is_not_searched_for(radarr: Radarr) -> None:
    radarr.have(603, has_file=True)
    client = radarr_client(radarr)

    entry = await client.find(MATRIX)

    assert entry is not None
    assert entry.is_there
    await client.search(MATRIX, entry)
    assert radarr.commands == []


async def test_what_somebody_had_added_is_monitored_and_keeps_what_it_has(
    radarr: Radarr,
) -> None:
    radarr.tags = {1: "old"}
    movie = radarr.have(603, monitored=False)
    movie["tags"] = [1]
    client = radarr_client(radarr)

    found = await client.find(MATRIX)
    assert found is not None
    assert not found.is_wanted
    entry = await client.add(chosen(MATRIX, tags=("new",)), found)

    assert entry.is_wanted
    assert (movie["monitored"], movie["qualityProfileId"]) == (True, 1)
    assert [radarr.tags[each] for each in movie["tags"]] == ["old", "new"]


@pytest.mark.parametrize("loss", ["loses_answers", "swallows_answers", "hangs_up"])
async def test_an_answer_that_is_lost_adds_once(radarr: Radarr, loss: str) -> None:
    client = impatient_radarr(radarr)
    setattr(radarr.mood, loss, True)
    radarr.mood.only, radarr.mood.method, radarr.mood.times = "/movie", "POST", 1

    with pytest.raises(Unavailable):
        await client.add(MATRIX, None)
    assert (await client.add(MATRIX, None)).is_wanted

    assert len(radarr.movies) == 1
    assert radarr.count("POST /movie") == 1


async def test_who_adds_at_the_same_moment_adds_nothing_twice(radarr: Radarr) -> None:
    client = radarr_client(radarr)
    radarr.have(603, monitored=False)
    # The first look was too early.
    radarr.mood.only, radarr.mood.times, radarr.mood.body = "/movie", 1, b"[]"

    assert (await client.add(MATRIX, None)).is_wanted

    assert len(radarr.movies) == 1


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (chosen(MATRIX, profile_id=99), "Radarr says: QualityProfile does not exist."),
        (
            chosen(MATRIX, folder="/nowhere"),
            "Radarr says: Root folder '/nowhere' does not exist.",
        ),
        (
            like(MATRIX, tmdb_id=12345),
            "Radarr says: A movie with this ID was not found.",
        ),
        (
            like(MATRIX, tmdb_id=None),
            "Radarr knows films by their TMDB number, and The Matrix has none.",
        ),
    ],
)
async def test_what_it_says_no_to_is_told_in_its_words(
    radarr: Radarr, order: Order, words: str
) -> None:
    with pytest.raises(FulfillerRefused) as caught:
        await radarr_client(radarr).add(order, None)

    assert caught.value.message == words
    assert radarr.movies == {}


async def test_a_folder_of_another_film_is_no_reason_to_believe_it_there(
    radarr: Radarr,
) -> None:
    radarr.know(1, "The Matrix", 1999)
    radarr.have(1)

    with pytest.raises(FulfillerRefused, match="already configured"):
        await radarr_client(radarr).add(MATRIX, None)


async def test_a_wrong_key_is_told_as_that(radarr: Radarr) -> None:
    client = radarr_client(radarr, key="wrong")

    for call in (client.options(), client.find(MATRIX), client.add(MATRIX, None)):
        with pytest.raises(FulfillerKeyRefused, match="API key") as caught:
            await call
        assert "wrong" not in str(caught.value.args)


async def test_its_trouble_is_not_a_no(radarr: Radarr) -> None:
    troubles: tuple[dict[str, Any], ...] = (
        {"status": 503},
        {"is_locked": True},
        {"body": b"<html>proxy</html>"},
    )
    for trouble in troubles:
        radarr.mood = Mood(**trouble)
        with pytest.raises(Unavailable):
            await radarr_client(radarr).add(MATRIX, None)
    radarr.mood = Mood(is_silent=True)
    with pytest.raises(Unavailable):
        await impatient_radarr(radarr).find(MATRIX)
    await radarr.stop()
    with pytest.raises(Unavailable):
        await radarr_client(radarr).find(MATRIX)


async def test_below_another_address_there_is_no_radarr() -> None:
    behind = Radarr(url_base="/radarr")
    await behind.start()
    try:
        assert (await radarr_client(behind).options()).profiles
        elsewhere = place(behind)
        root = replace(elsewhere, address=elsewhere.address.removesuffix("/radarr"))
        with pytest.raises(Unavailable, match="its address is another one"):
            await Client(root).options()
    finally:
        await behind.stop()


async def test_its_queue_is_read_to_the_end(radarr: Radarr) -> None:
    radarr.know(603, "The Matrix", 1999)
    for number in range(1, 451):
        radarr.know(number, f"Film {number}", 2001)
        radarr.have(number)
        radarr.start_download(number)

    queue = await radarr_client(radarr).queue()

    assert len({each.remote_id for each in queue}) == 450


async def test_downloads_tell_how_far_they_are_and_what_is_wrong(
    radarr: Radarr,
) -> None:
    for tmdb_id in (603, 348):
        radarr.have(tmdb_id)
    client = radarr_client(radarr)
    matrix, alien = radarr.start_download(603), radarr.start_download(348)
    matrix.progress(75, "00:10:00", "2026-03-01T12:00:00Z")
    alien.stall()

    first, second = await client.queue()

    assert (first.state, first.left_bytes, first.size_bytes) == (
        "downloading",
        2 * GIB,
        8 * GIB,
    )
    assert first.ends_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (first.is_stalled, first.problems, first.client) == (
        False,
        (),
        "qBittorrent",
    )
    assert second.is_stalled
    assert second.problems == ("The download is stalled with no connections",)

    matrix.stick("No files found are eligible for import in /downloads")
    alien.fail("The download is incomplete")
    first, second = await client.queue()
    assert (first.state, second.state) == ("importPending", "failedPending")
    assert first.problems == ("No files found are eligible for import in /downloads",)

    radarr.finish(matrix)
    found = await client.find(MATRIX)
    assert found is not None
    assert found.is_there


async def test_what_was_removed_meanwhile_is_for_another_look(radarr: Radarr) -> None:
    radarr.have(603, monitored=False)
    radarr.mood = Mood(only="/movie/", method="PUT", status=404)

    with pytest.raises(Unavailable, match="Radarr says: no"):
        await radarr_client(radarr).add(MATRIX, None)


@pytest.mark.parametrize("body", NONSENSE)
async def test_nonsense_is_no_answer(radarr: Radarr, body: bytes) -> None:
    radarr.mood.body = body
    client = radarr_client(radarr)

    for call in (client.options(), client.queue(), client.add(MATRIX, None)):
        with pytest.raises(Unavailable):
            await call


async def test_one_that_fails_is_left_alone_by_all_who_ask_it(radarr: Radarr) -> None:
    clients = ArrClients(StoppedClock())
    radarr.mood.status = 503

    for _ in range(20):
        client = clients.open(FulfillerKind.RADARR, radarr.url, radarr.key)
        with pytest.raises(UpstreamAway):
            await client.find(MATRIX)

    asked = len(radarr.asked)
    with pytest.raises(UpstreamAway, match="left alone") as resting:
        await client.find(MATRIX)
    assert len(radarr.asked) == asked
    assert resting.value.retry_after is not None
