"""A Sonarr (v3 or v4; both speak /api/v3, v3 with language profiles and without TMDB's
ids), with series that it knows of and series that it has."""

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from tests.simulators.arr.queue import GIB, Download, Row
from tests.simulators.arr.refusing import No, Said, not_found, refused
from tests.simulators.arr.server import Arr, is_true, read
from tests.simulators.sonarr.shelf import Known, Shelf, described

_MONITORS = frozenset(
    {"all", "future", "missing", "existing", "firstSeason", "pilot", "none"}
)
_MONITORS_OF_V4 = _MONITORS | frozenset({"lastSeason", "recent", "skip"})


class Sonarr(Arr):
    app_name = "Sonarr"
    commands_known = frozenset(
        {"SeriesSearch", "SeasonSearch", "EpisodeSearch", "RefreshSeries"}
    )

    def __init__(
        self,
        version: str = "4.0.9.2244",
        key: str = "",
        *,
        url_base: str = "",
        knows_everything: bool = False,
    ) -> None:
        super().__init__(version, key, url_base=url_base)
        self.is_v3 = version.startswith("3.")
        self.folders = {"/tv": 1024 * GIB, "/anime": 512 * GIB}
        self.shelf = Shelf(self.is_v3)
        self.language_profiles = {1: "English", 2: "German"}
        self.knows_everything = knows_everything
        self.reads_late = False
        """Episodes of what is added are not there until `read_episodes`."""
        self._known: dict[int, Known] = {}
        self._unread: list[partial[None]] = []

    def know(
        self,
        tvdb_id: int,
        name: str,
        year: int,
        *,
        tmdb_id: int = 0,
        seasons: Mapping[int, int] | None = None,
        to_come: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        """Two seasons of three episodes, and two specials, unless it is told."""
        counts = dict(seasons or {0: 2, 1: 3, 2: 3})
        self._known[tvdb_id] = Known(tvdb_id, name, year, tmdb_id, counts, to_come)

    def have(self, tvdb_id: int, *seasons: int, monitored: bool = True) -> Said:
        """Somebody has added it by hand, with these seasons monitored."""
        known = self._find_known(tvdb_id)
        assert known is not None, "know it first"
        told = [
            {"seasonNumber": each, "monitored": each in seasons}
            for each in known.seasons
        ]
        said = {"qualityProfileId": 1, "rootFolderPath": "/tv", "seasons": told}
        series = self.shelf.add(self.new_id(), known, {**said, "monitored": monitored})
        self.shelf.read(series, known)
        return series

    def of(self, tvdb_id: int) -> Said | None:
        return self.shelf.of(tvdb_id)

    def monitored(self, tvdb_id: int) -> set[tuple[int, int]]:
        """Season and number of the episodes that it wants to have."""
        series = self._at_home(tvdb_id)
        return {
            (each["seasonNumber"], each["episodeNumber"])
            for each in self.shelf.episodes_of(series["id"])
            if each["monitored"]
        }

    def read_episodes(self) -> None:
        """Those of what was added while it `reads_late`."""
        for read_one in self._unread:
            read_one()
        self._unread.clear()

    def get_episodes(self, tvdb_id: int, season: int, *numbers: int) -> None:
        """Their files are there; those of the season, without numbers."""
        for each in self._episodes(tvdb_id, season, numbers):
            each |= {"hasFile": True, "episodeFileId": each["id"]}

    def start_download(
        self, tvdb_id: int, season: int, *numbers: int, size: int = 2 * GIB
    ) -> Download:
        """Of some episodes, or without numbers of a season in one piece."""
        series = self._at_home(tvdb_id)
        part = f"S{season:02}" + (f"E{numbers[0]:02}" if len(numbers) == 1 else "")
        name = f"{series['title']}.{part}.1080p.WEB.h264-SIM".replace(" ", ".")
        ids = [each["id"] for each in self._episodes(tvdb_id, season, numbers)]
        return self.queue.start(series["id"], name, size, ids)

    def finish(self, download: Download) -> None:
        """It is imported."""
        self.queue.end(download)
        for row in download.rows:
            assert row.episode is not None
            episode = self.shelf.episodes[row.episode]
            episode |= {"hasFile": True, "episodeFileId": row.episode}

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        router.add_get(f"{api}/series", self._series)
        router.add_post(f"{api}/series", self._post)
        router.add_get(f"{api}/series/lookup", self._lookup)
        router.add_get(f"{api}/series/{{id:\\d+}}", self._one)
        router.add_put(f"{api}/series/{{id:\\d+}}", self._put)
        router.add_get(f"{api}/episode", self._list_episodes)
        router.add_put(f"{api}/episode/monitor", self._monitor)
        router.add_get(f"{api}/languageprofile", self._language_profiles)

    def row(self, download: Download, row: Row, query: Said) -> Said:
        assert row.episode is not None
        episode = self.shelf.episodes[row.episode]
        said = {
            **download.told(),
            "id": row.id,
            "seriesId": row.of,
            "episodeId": row.episode,
        }
        if self.is_v3:
            said["language"] = {"id": 1, "name": "English"}
        else:
            said |= {
                "languages": [{"id": 1, "name": "English"}],
                "customFormatScore": 0,
                "seasonNumber": episode["seasonNumber"],
                "episodeHasFile": episode["hasFile"],
            }
        if is_true(query, "includeEpisode"):
            said["episode"] = episode
        if is_true(query, "includeSeries"):
            said["series"] = self.shelf.told(self.shelf.series[row.of])
        return said

    async def _series(self, request: web.Request) -> web.Response:
        wanted = request.query.get("tvdbId")
        return web.json_response(
            [
                self.shelf.told(each)
                for each in self.shelf.series.values()
                if wanted in {None, str(each["tvdbId"])}
            ]
        )

    async def _one(self, request: web.Request) -> web.Response:
        return web.json_response(self.shelf.told(self._at(request)))

    async def _post(self, request: web.Request) -> web.Response:
        said = await read(request)
        tvdb_id = said.get("tvdbId") or 0
        monitor = said.get("addOptions", {}).get("monitor", "")
        if monitor not in (_MONITORS if self.is_v3 else _MONITORS_OF_V4) | {""}:
            raise web.HTTPBadRequest(text="addOptions.monitor")
        nos = self.choice_nos(said)
        language = said.get("languageProfileId")
        if self.is_v3 and language not in self.language_profiles:
            message = "Language Profile does not exist"
            validator = "LanguageProfileExistsValidator"
            nos.append(No("LanguageProfileId", message, language, validator))
        if self.of(tvdb_id) is not None:
            message = "This series has already been added"
            nos.append(No("TvdbId", message, tvdb_id, "SeriesExistsValidator"))
        if nos:
            raise refused(*nos)
        known = self._find_known(tvdb_id)
        if known is None:
            message = "A series with this ID was not found"
            raise refused(No("TvdbId", message, tvdb_id, "TvdbId"))
        path = f"{said['rootFolderPath']}/{known.name}"
        if any(each["path"] == path for each in self.shelf.series.values()):
            message = f"Path '{path}' is already configured for an existing series"
            raise refused(No("Path", message, path, "SeriesPathValidator"))
        series = self.shelf.add(self.new_id(), known, said)
        if monitor == "none" and not self.is_v3:
            series |= {"monitored": False, "monitorNewItems": "none"}
        self._unread.append(partial(self.shelf.read, series, known, monitor))
        if not self.reads_late:
            self.read_episodes()
        if said.get("addOptions", {}).get("searchForMissingEpisodes"):
            self.commands.append({"name": "SeriesSearch", "seriesId": series["id"]})
        return web.json_response(self.shelf.told(series), status=201)

    async def _put(self, request: web.Request) -> web.Response:
        series, said = self._at(request), await read(request)
        self.shelf.change(series, said)
        return web.json_response(self.shelf.told(series), status=202)

    async def _lookup(self, request: web.Request) -> web.Response:
        source, colon, number = request.query.get("term", "").partition(":")
        found: list[Known] = []
        if colon and number.isdecimal():
            if source == "tvdb" and (known := self._find_known(int(number))):
                found = [known]
            elif source == "tmdb" and not self.is_v3:
                all_ = self._known.values()
                found = [each for each in all_ if each.tmdb_id == int(number)]
        else:
            words = source.casefold()
            all_ = self._known.values()
            found = [each for each in all_ if each.name.casefold() in words]
        return web.json_response([self._found(each) for each in found])

    async def _list_episodes(self, request: web.Request) -> web.Response:
        if "seriesId" not in request.query:
            raise web.HTTPBadRequest(text="seriesId or episodeIds must be provided")
        season = request.query.get("seasonNumber")
        return web.json_response(
            self.shelf.episodes_of(
                int(request.query["seriesId"]), int(season) if season else None
            )
        )

    async def _monitor(self, request: web.Request) -> web.Response:
        said = await read(request)
        changed = [self.shelf.episodes[each] for each in said["episodeIds"]]
        for each in changed:
            each["monitored"] = bool(said["monitored"])
        return web.json_response(changed, status=202)

    async def _language_profiles(self, _: web.Request) -> web.Response:
        profiles = self.language_profiles if self.is_v3 else {1: "Deprecated"}
        return web.json_response(
            [
                {
                    "name": name,
                    "upgradeAllowed": True,
                    "cutoff": {"id": 1, "name": "English"},
                    "languages": [],
                    "id": number,
                }
                for number, name in profiles.items()
            ]
        )

    def _at(self, request: web.Request) -> Said:
        series = self.shelf.series.get(int(request.match_info["id"]))
        if series is None:
            raise not_found()
        return series

    def _at_home(self, tvdb_id: int) -> Said:
        series = self.of(tvdb_id)
        assert series is not None, "it does not have it"
        return series

    def _episodes(
        self, tvdb_id: int, season: int, numbers: tuple[int, ...]
    ) -> list[Said]:
        all_ = self.shelf.episodes_of(self._at_home(tvdb_id)["id"], season)
        return [
            each for each in all_ if not numbers or each["episodeNumber"] in numbers
        ]

    def _find_known(self, tvdb_id: int) -> Known | None:
        if self.knows_everything and tvdb_id and tvdb_id not in self._known:
            self.know(tvdb_id, f"Series {tvdb_id}", 2011)
        return self._known.get(tvdb_id)

    def _found(self, known: Known) -> Said:
        series = self.of(known.tvdb_id)
        return self.shelf.told(series) if series else described(known, self.is_v3)
