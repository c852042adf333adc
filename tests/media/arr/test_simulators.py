"""The simulators say what Radarr and Sonarr say: held to their published schemas, and
to answers that were recorded."""

import json
from typing import Any

import aiohttp
import jsonschema
import pytest

from tests.data import RECORDED
from tests.simulators.arr.server import Arr
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr

ADD_FILM = {
    "tmdbId": 603,
    "qualityProfileId": 4,
    "rootFolderPath": "/movies",
    "monitored": True,
}
ADD_SERIES = {
    "tvdbId": 334824,
    "qualityProfileId": 4,
    "languageProfileId": 1,
    "rootFolderPath": "/tv",
    "monitored": True,
}


def schemas(name: str) -> dict[str, Any]:
    path = RECORDED / name.lower() / "src" / f"{name}.Api.V3" / "openapi.json"
    return dict(json.loads(path.read_text()))


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def fits(said: Any, name: str, published: dict[str, Any], *more: str) -> None:
    """Raises for a value of another type, and for a key that is not known."""
    known = published["components"]["schemas"][name]["properties"]
    assert set(said) - set(more) <= set(known), set(said) - set(known)
    whole = {
        "components": published["components"],
        "$ref": f"#/components/schemas/{name}",
    }
    # A time is told with "date-time", an enumeration with its words.
    jsonschema.validate({key: said[key] for key in said if key not in more}, whole)


def alike(ours: dict[str, Any], real: dict[str, Any]) -> None:
    """Raises where a value is of another kind than the one of the same name."""
    for key in set(ours) & set(real):
        kinds = {type(each).__name__ for each in (ours[key], real[key])}
        assert len(kinds - {"NoneType"}) <= 1 or kinds == {"int", "float"}, key


async def say(server: Arr, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"X-Api-Key": server.key}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, f"{server.url}/api/v3{path}", json=body) as answer,
    ):
        return answer.status, await answer.json()


async def told(server: Arr, path: str) -> Any:
    status, said = await say(server, "GET", path)
    assert status == 200
    return said


async def test_radarr_s_answers_have_the_published_keys_and_types(
    radarr: Radarr,
) -> None:
    published = schemas("Radarr")
    status, added = await say(radarr, "POST", "/movie", ADD_FILM)
    radarr.start_download(603).stick("No files found are eligible for import")
    _, tag = await say(radarr, "POST", "/tag", {"label": "Ada"})
    search = {"name": "MoviesSearch", "movieIds": [added["id"]]}
    _, command = await say(radarr, "POST", "/command", search)
    _, changed = await say(radarr, "PUT", f"/movie/{added['id']}", added)
    queue = await told(radarr, "/queue?includeMovie=true")

    assert status == 201
    for film in (added, changed, *await told(radarr, "/movie?tmdbId=603")):
        fits(film, "MovieResource", published)
        alike(film, recorded("aiopyarr/radarr/movie"))
    fits(
        await told(radarr, "/movie/lookup/tmdb?tmdbId=348"), "MovieResource", published
    )
    (found,) = await told(radarr, "/movie/lookup?term=tmdb:348")
    fits(found, "MovieResource", published)
    fits(tag, "TagResource", published)
    # What a command is about is not published.
    for key in search:
        command["body"].pop(key)
    fits(command, "CommandResource", published)
    fits({**queue, "records": []}, "QueueResourcePagingResource", published)
    fits(queue["records"][0], "QueueResource", published)
    recorded_queue = recorded("aiopyarr/radarr/queue")
    alike(queue, recorded_queue)
    alike(queue["records"][0], recorded_queue["records"][0])


async def test_sonarr_s_answers_have_the_published_keys_and_types(
    sonarr: Sonarr,
) -> None:
    published = schemas("Sonarr")
    # v3 says one language, where what is published, v4's, says several.
    of_v3 = ("language",) if sonarr.is_v3 else ()
    status, added = await say(sonarr, "POST", "/series", ADD_SERIES)
    sonarr.start_download(334824, 1, 1, 2).progress(50, "00:10:00")
    search = {"name": "SeasonSearch", "seriesId": added["id"], "seasonNumber": 1}
    _, command = await say(sonarr, "POST", "/command", search)
    _, changed = await say(sonarr, "PUT", f"/series/{added['id']}", added)
    episodes = await told(sonarr, f"/episode?seriesId={added['id']}&seasonNumber=1")
    queue = await told(sonarr, "/queue?includeSeries=true&includeEpisode=true")

    assert (status, len(episodes)) == (201, 3)
    (real,) = recorded("sonarr-ha/series")
    for series in (added, changed, *await told(sonarr, "/series?tvdbId=334824")):
        fits(series, "SeriesResource", published)
        alike(series, recorded("aiopyarr/sonarr/series"))
        alike(series, real)
        alike(series["seasons"][0], real["seasons"][0])
    (found,) = await told(sonarr, "/series/lookup?term=tvdb:78874")
    fits(found, "SeriesResource", published)
    alike(found, recorded("aiopyarr/sonarr/series-lookup")[0])
    fits(episodes[0], "EpisodeResource", published)
    alike(episodes[0], recorded("aiopyarr/sonarr/episode"))
    # What a command is about is not published.
    for key in search:
        command["body"].pop(key)
    fits(command, "CommandResource", published)
    fits({**queue, "records": []}, "QueueResourcePagingResource", published)
    fits(queue["records"][0], "QueueResource", published, *of_v3)
    alike(queue["records"][0], recorded("aiopyarr/sonarr/queue")["records"][0])


async def test_what_is_to_choose_from_has_the_published_keys_and_types(
    radarr: Radarr, sonarr: Sonarr
) -> None:
    server: Arr
    for server in (radarr, sonarr):
        published = schemas(server.app_name)
        status = await told(server, "/system/status")
        fits(status, "SystemResource", published)
        alike(status, recorded("aiopyarr/common/system-status"))
        for profile in await told(server, "/qualityprofile"):
            fits(profile, "QualityProfileResource", published)
            alike(profile, recorded("aiopyarr/common/qualityprofile")[0])
        for folder in await told(server, "/rootfolder"):
            fits(folder, "RootFolderResource", published)
            alike(folder, recorded("aiopyarr/common/rootfolder")[0])


@pytest.mark.parametrize(
    ("change", "property_"),
    [
        ({"qualityProfileId": 99}, "QualityProfileId"),
        ({"rootFolderPath": "/nowhere"}, "RootFolderPath"),
        ({"tmdbId": 12345}, "TmdbId"),
    ],
)
async def test_radarr_says_no_with_what_is_wrong(
    radarr: Radarr, change: dict[str, Any], property_: str
) -> None:
    status, (said,) = await say(radarr, "POST", "/movie", {**ADD_FILM, **change})

    assert (status, said["propertyName"]) == (400, property_)
    real = recorded("aiopyarr/common/validation-failed")[0]["validationFailures"][0]
    alike(said, real)
    assert radarr.movies == {}


async def test_what_is_there_is_not_added_again(radarr: Radarr, sonarr: Sonarr) -> None:
    for server, path, body in (
        (radarr, "/movie", ADD_FILM),
        (sonarr, "/series", ADD_SERIES),
    ):
        await say(server, "POST", path, body)
        status, nos = await say(server, "POST", path, body)

        assert status == 400
        assert "already been added" in nos[0]["errorMessage"]


async def test_a_wrong_key_is_refused(radarr: Radarr) -> None:
    async with (
        aiohttp.ClientSession(headers={"X-Api-Key": "wrong"}) as http,
        http.get(f"{radarr.url}/api/v3/system/status") as answer,
    ):
        assert answer.status == 401


async def test_an_answer_may_be_lost_after_what_was_asked_is_done(
    radarr: Radarr,
) -> None:
    radarr.mood.only, radarr.mood.method = "/movie", "POST"
    radarr.mood.loses_answers, radarr.mood.times = True, 1

    with pytest.raises(aiohttp.ClientError):
        await say(radarr, "POST", "/movie", ADD_FILM)

    assert len(await told(radarr, "/movie")) == 1
    assert (await say(radarr, "POST", "/movie", ADD_FILM))[0] == 400


async def test_a_download_goes_its_way(sonarr: Sonarr) -> None:
    sonarr.have(334824, 1)
    download = sonarr.start_download(334824, 1)
    download.progress(25, "00:30:00")
    halfway = await told(sonarr, "/queue?pageSize=2")
    sonarr.finish(download)
    (series,) = await told(sonarr, "/series")

    assert [each["sizeleft"] / each["size"] for each in halfway["records"]] == [
        0.75,
        0.75,
    ]
    assert halfway["totalRecords"] == 3
    assert (await told(sonarr, "/queue"))["records"] == []
    assert series["seasons"][1]["statistics"]["percentOfEpisodes"] == 100


async def test_a_season_takes_its_episodes_with_it(sonarr: Sonarr) -> None:
    series = sonarr.have(334824)
    (said,) = await told(sonarr, "/series")
    said["seasons"][2]["monitored"] = True
    await say(sonarr, "PUT", f"/series/{series['id']}", said)
    first = sonarr.shelf.episodes_of(series["id"], 1)[0]["id"]
    body = {"episodeIds": [first], "monitored": True}
    await say(sonarr, "PUT", "/episode/monitor", body)

    assert sonarr.monitored(334824) == {(1, 1), (2, 1), (2, 2), (2, 3)}
