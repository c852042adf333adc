"""A Radarr (v3 to v5 speak the same /api/v3), with films that it knows of and films
that it has."""

import re
from dataclasses import dataclass

from aiohttp import web

from tests.simulators.arr.queue import GIB, Download, Row
from tests.simulators.arr.refusing import No, Said, not_found, refused
from tests.simulators.arr.server import WHEN, Arr, is_true, read

_AVAILABILITIES = {"tba", "announced", "inCinemas", "released", "deleted"}


@dataclass(frozen=True)
class Known:
    """What the world's catalogue tells it of a film."""

    tmdb_id: int
    name: str
    year: int


class Radarr(Arr):
    app_name = "Radarr"
    commands_known = frozenset({"MoviesSearch", "RefreshMovie", "RescanMovie"})

    def __init__(
        self,
        version: str = "5.14.0.9383",
        key: str = "",
        *,
        url_base: str = "",
        knows_everything: bool = False,
    ) -> None:
        super().__init__(version, key, url_base=url_base)
        self.folders = {"/movies": 512 * GIB, "/kids": 256 * GIB}
        self.movies: dict[int, Said] = {}
        """What it has, by its own ids."""
        self.knows_everything = knows_everything
        self._known: dict[int, Known] = {}

    def know(self, tmdb_id: int, name: str, year: int) -> None:
        self._known[tmdb_id] = Known(tmdb_id, name, year)

    def have(
        self, tmdb_id: int, *, monitored: bool = True, has_file: bool = False
    ) -> Said:
        """Somebody has added it by hand."""
        known = self._find_known(tmdb_id)
        assert known is not None, "know it first"
        chosen = {"qualityProfileId": 1, "rootFolderPath": "/movies"}
        movie = self._add(known, {**chosen, "monitored": monitored})
        movie["hasFile"] = has_file
        return movie

    def of(self, tmdb_id: int) -> Said | None:
        all_ = self.movies.values()
        return next((each for each in all_ if each["tmdbId"] == tmdb_id), None)

    def start_download(self, tmdb_id: int, size: int = 8 * GIB) -> Download:
        movie = self.of(tmdb_id)
        assert movie is not None, "it does not have it"
        name = f"{movie['title']}.{movie['year']}.1080p.BluRay.x264-SIM"
        return self.queue.start(movie["id"], name.replace(" ", "."), size)

    def finish(self, download: Download) -> None:
        """It is imported."""
        self.queue.end(download)
        for row in download.rows:
            self.movies[row.of] |= {"hasFile": True, "sizeOnDisk": download.size}

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        router.add_get(f"{api}/movie", self._movies)
        router.add_post(f"{api}/movie", self._post)
        router.add_get(f"{api}/movie/lookup", self._lookup)
        router.add_get(f"{api}/movie/lookup/tmdb", self._lookup_tmdb)
        router.add_get(f"{api}/movie/{{id:\\d+}}", self._movie)
        router.add_put(f"{api}/movie/{{id:\\d+}}", self._put)

    def row(self, download: Download, row: Row, query: Said) -> Said:
        said = {
            **download.told(),
            "id": row.id,
            "movieId": row.of,
            "languages": [{"id": 1, "name": "English"}],
            "customFormatScore": 0,
        }
        if is_true(query, "includeMovie"):
            said["movie"] = self.movies[row.of]
        return said

    async def _movies(self, request: web.Request) -> web.Response:
        wanted = request.query.get("tmdbId")
        return web.json_response(
            [
                each
                for each in self.movies.values()
                if wanted in {None, str(each["tmdbId"])}
            ]
        )

    async def _movie(self, request: web.Request) -> web.Response:
        return web.json_response(self._at(request))

    async def _post(self, request: web.Request) -> web.Response:
        said = await read(request)
        tmdb_id = said.get("tmdbId")
        nos = self.choice_nos(said)
        if self.of(tmdb_id or 0) is not None:
            message = "This movie has already been added"
            nos.append(No("TmdbId", message, tmdb_id, "MovieExistsValidator"))
        if said.get("minimumAvailability", "released") not in _AVAILABILITIES:
            raise web.HTTPBadRequest(text="minimumAvailability")
        if nos:
            raise refused(*nos)
        known = self._find_known(tmdb_id or 0)
        if known is None:
            message = "A movie with this ID was not found"
            raise refused(No("TmdbId", message, tmdb_id, "TmdbId"))
        path = said.get("path") or f"{said['rootFolderPath']}/{_folder(known)}"
        if any(each["path"] == path for each in self.movies.values()):
            message = f"Path '{path}' is already configured for an existing movie"
            raise refused(No("Path", message, path, "MoviePathValidator"))
        movie = self._add(known, said)
        if said.get("addOptions", {}).get("searchForMovie"):
            self.commands.append({"name": "MoviesSearch", "movieIds": [movie["id"]]})
        return web.json_response(movie, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        movie, said = self._at(request), await read(request)
        if said.get("qualityProfileId") not in self.profiles:
            raise refused(
                *(no for no in self.choice_nos(said) if no.property[0] == "Q")
            )
        changeable = {"monitored", "qualityProfileId", "minimumAvailability", "tags"}
        movie |= {key: said[key] for key in changeable if key in said}
        return web.json_response(movie, status=202)

    async def _lookup(self, request: web.Request) -> web.Response:
        term = request.query.get("term", "")
        if term.startswith("tmdb:"):
            known = self._find_known(int(term.partition(":")[2] or 0))
            return web.json_response([self._found(known)] if known else [])
        words = term.casefold()
        return web.json_response(
            [
                self._found(each)
                for each in self._known.values()
                if each.name.casefold() in words or words in each.name.casefold()
            ]
        )

    async def _lookup_tmdb(self, request: web.Request) -> web.Response:
        known = self._find_known(int(request.query.get("tmdbId", 0)))
        if known is None:
            raise not_found()
        return web.json_response(self._found(known))

    def _at(self, request: web.Request) -> Said:
        movie = self.movies.get(int(request.match_info["id"]))
        if movie is None:
            raise not_found()
        return movie

    def _find_known(self, tmdb_id: int) -> Known | None:
        if self.knows_everything and tmdb_id and tmdb_id not in self._known:
            self.know(tmdb_id, f"Film {tmdb_id}", 2001)
        return self._known.get(tmdb_id)

    def _add(self, known: Known, said: Said) -> Said:
        number = self.new_id()
        folder = said["rootFolderPath"]
        self.movies[number] = {
            **_described(known),
            "qualityProfileId": said["qualityProfileId"],
            "rootFolderPath": folder,
            "path": f"{folder}/{_folder(known)}",
            "folderName": f"{folder}/{_folder(known)}",
            "monitored": bool(said.get("monitored", False)),
            "minimumAvailability": said.get("minimumAvailability", "released"),
            "tags": list(said.get("tags") or ()),
            "added": WHEN,
            "id": number,
        }
        return self.movies[number]

    def _found(self, known: Known) -> Said:
        return self.of(known.tmdb_id) or {
            **_described(known),
            "folder": _folder(known),
            "qualityProfileId": 0,
            "monitored": False,
            "minimumAvailability": "announced",
            "tags": [],
            "added": "0001-01-01T00:00:00Z",
        }


def _folder(known: Known) -> str:
    return f"{known.name.replace('/', '')} ({known.year})"


def _described(known: Known) -> Said:
    return {
        "title": known.name,
        "originalTitle": known.name,
        "originalLanguage": {"id": 1, "name": "English"},
        "alternateTitles": [],
        "secondaryYearSourceId": 0,
        "sortTitle": known.name.lower(),
        "sizeOnDisk": 0,
        "status": "released",
        "overview": f"What happens in {known.name}.",
        "inCinemas": f"{known.year}-03-31T00:00:00Z",
        "images": [],
        "website": "",
        "year": known.year,
        "youTubeTrailerId": "",
        "studio": "",
        "hasFile": False,
        "isAvailable": True,
        "runtime": 120,
        "cleanTitle": re.sub(r"[^a-z0-9]", "", known.name.lower()),
        "imdbId": f"tt{known.tmdb_id:07}",
        "tmdbId": known.tmdb_id,
        "titleSlug": str(known.tmdb_id),
        "certification": "",
        "genres": ["Action"],
        "ratings": {"tmdb": {"votes": 10, "value": 7.5, "type": "user"}},
    }
