"""The series that a Sonarr knows of, and those that it has with their episodes."""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.simulators.arr.queue import GIB
from tests.simulators.arr.refusing import Said
from tests.simulators.arr.server import WHEN

AIRED = "2015-03-01"
TO_COME = "2199-03-01"
"""As the days of episodes are told that will be aired, whenever somebody asks."""
_TEST = Callable[[Said], bool]


@dataclass(frozen=True)
class Known:
    """What the world's catalogue tells it of a series."""

    tvdb_id: int
    name: str
    year: int
    tmdb_id: int
    seasons: Mapping[int, int]
    """How many episodes, by season."""
    to_come: frozenset[tuple[int, int]] = frozenset()


@dataclass
class Shelf:
    is_v3: bool
    series: dict[int, Said] = field(default_factory=dict)
    episodes: dict[int, Said] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1001))

    def of(self, tvdb_id: int) -> Said | None:
        all_ = self.series.values()
        return next((each for each in all_ if each["tvdbId"] == tvdb_id), None)

    def add(self, number: int, known: Known, said: Said) -> Said:
        monitored = {
            each["seasonNumber"]: bool(each.get("monitored", False))
            for each in said.get("seasons", ())
        }
        folder = said["rootFolderPath"]
        series = {
            **described(known, self.is_v3),
            "seasons": [
                {"seasonNumber": each, "monitored": monitored.get(each, each > 0)}
                for each in known.seasons
            ],
            "path": f"{folder}/{known.name}",
            "rootFolderPath": folder,
            "qualityProfileId": said["qualityProfileId"],
            "languageProfileId": said.get("languageProfileId", 1),
            "seasonFolder": bool(said.get("seasonFolder", True)),
            "monitored": bool(said.get("monitored", False)),
            "seriesType": said.get("seriesType", "standard"),
            "tags": list(said.get("tags") or ()),
            "added": WHEN,
            "id": number,
        }
        if not self.is_v3:
            series["monitorNewItems"] = said.get("monitorNewItems", "all")
        self.series[number] = series
        return series

    def read(self, series: Said, known: Known, monitor: str = "") -> None:
        """Its episodes are read, and then monitored as was told when it was added."""
        seasons = {each["seasonNumber"]: each for each in series["seasons"]}
        for season, count in known.seasons.items():
            for number in range(1, count + 1):
                is_to_come = (season, number) in known.to_come
                day = TO_COME if is_to_come else AIRED
                told = _episode(next(self._ids), series["id"], season, number, day)
                told["monitored"] = seasons[season]["monitored"]
                self.episodes[told["id"]] = told
        chosen: dict[str, _TEST] = {
            "all": lambda each: each["seasonNumber"] > 0,
            "future": lambda each: (
                each["seasonNumber"] > 0 and each["airDate"] == TO_COME
            ),
            "none": lambda _: False,
        }
        if monitor in chosen:
            for each in self.episodes_of(series["id"]):
                each["monitored"] = chosen[monitor](each)
            last = max(seasons) if monitor != "none" else 0
            for number, season in seasons.items():
                all_ = self.episodes_of(series["id"], number)
                is_any = any(each["monitored"] for each in all_)
                season["monitored"] = is_any or 0 < number == last

    def episodes_of(self, series_id: int, season: int | None = None) -> list[Said]:
        return [
            each
            for each in self.episodes.values()
            if each["seriesId"] == series_id and season in {None, each["seasonNumber"]}
        ]

    def change(self, series: Said, said: Said) -> None:
        """A season whose monitoring changes takes its episodes with it."""
        wanted = {each["seasonNumber"]: each for each in said.get("seasons", ())}
        for season in series["seasons"]:
            told = wanted.get(season["seasonNumber"], season)
            if told["monitored"] != season["monitored"]:
                season["monitored"] = told["monitored"]
                for each in self.episodes_of(series["id"], season["seasonNumber"]):
                    each["monitored"] = told["monitored"]
        changeable = {"monitored", "qualityProfileId", "seriesType", "tags"}
        if not self.is_v3:
            changeable |= {"monitorNewItems"}
        series |= {key: said[key] for key in changeable if key in said}

    def told(self, series: Said) -> Said:
        """With its statistics, as they are now."""
        seasons = [
            {**each, "statistics": self._counts(series["id"], each["seasonNumber"])}
            for each in series["seasons"]
        ]
        counted = self._counts(series["id"])
        counted["seasonCount"] = sum(each["seasonNumber"] > 0 for each in seasons)
        return {**series, "seasons": seasons, "statistics": counted}

    def _counts(self, series_id: int, season: int | None = None) -> Said:
        all_ = self.episodes_of(series_id, season)
        there = sum(each["hasFile"] for each in all_)
        counted = sum(
            each["hasFile"] or (each["monitored"] and each["airDate"] == AIRED)
            for each in all_
        )
        return {
            "episodeFileCount": there,
            "episodeCount": counted,
            "totalEpisodeCount": len(all_),
            "sizeOnDisk": there * GIB,
            "percentOfEpisodes": 100.0 * there / counted if counted else 0.0,
        }


def described(known: Known, is_v3: bool) -> Said:
    said: Said = {
        "title": known.name,
        "sortTitle": known.name.lower(),
        "status": "continuing" if known.to_come else "ended",
        "ended": not known.to_come,
        "overview": f"What happens in {known.name}.",
        "network": "HBO",
        "airTime": "21:00",
        "images": [],
        "seasons": [
            {"seasonNumber": each, "monitored": each > 0} for each in known.seasons
        ],
        "year": known.year,
        "qualityProfileId": 0,
        "seasonFolder": False,
        "monitored": True,
        "useSceneNumbering": False,
        "runtime": 50,
        "tvdbId": known.tvdb_id,
        "tvRageId": 0,
        "tvMazeId": 0,
        "firstAired": f"{known.year}-01-01T00:00:00Z",
        "seriesType": "standard",
        "cleanTitle": re.sub(r"[^a-z0-9]", "", known.name.lower()),
        "imdbId": f"tt{known.tvdb_id:07}",
        "titleSlug": re.sub(r"[^a-z0-9]+", "-", known.name.lower()).strip("-"),
        "folder": known.name,
        "certification": "",
        "genres": ["Drama"],
        "tags": [],
        "added": "0001-01-01T00:00:00Z",
        "ratings": {"votes": 10, "value": 8.5},
        "statistics": {
            "seasonCount": sum(each > 0 for each in known.seasons),
            "episodeFileCount": 0,
            "episodeCount": 0,
            "totalEpisodeCount": 0,
            "sizeOnDisk": 0,
            "percentOfEpisodes": 0.0,
        },
        "languageProfileId": 0,
    }
    if not is_v3:
        said |= {"tmdbId": known.tmdb_id, "monitorNewItems": "all"}
        said["originalLanguage"] = {"id": 1, "name": "English"}
    return said


def _episode(number: int, series: int, season: int, episode: int, day: str) -> Said:
    return {
        "seriesId": series,
        "tvdbId": 900_000 + number,
        "episodeFileId": 0,
        "seasonNumber": season,
        "episodeNumber": episode,
        "title": f"Episode {episode}",
        "airDate": day,
        "airDateUtc": f"{day}T20:00:00Z",
        "runtime": 50,
        "overview": "",
        "hasFile": False,
        "monitored": False,
        "absoluteEpisodeNumber": episode,
        "unverifiedSceneNumbering": False,
        "id": number,
    }
