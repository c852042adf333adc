"""What Radarr and Sonarr have in common: a key, profiles, folders, tags, commands and a
queue, below /api/v3 of a loopback port."""

import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.simulators.arr.moods import Mood
from tests.simulators.arr.queue import Download, Queue, Row
from tests.simulators.arr.refusing import No, Said, refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
API = "/api/v3"
WHEN = "2026-01-02T03:04:05Z"


class Arr:
    """A server with state. Its `url` has its URL base, where it has one."""

    app_name = ""
    commands_known: frozenset[str] = frozenset()

    def __init__(
        self, version: str, key: str = "", *, url_base: str = "", port: int = 0
    ) -> None:
        self.version = version
        self.key = key or f"key-of-{self.app_name.lower()}-0123456789abcdef"
        self.url_base = url_base
        self.port = port
        self.mood = Mood()
        self.asked: list[str] = []
        """Methods and paths below /api/v3, in order."""
        self.profiles = {1: "Any", 4: "HD-1080p", 5: "Ultra-HD"}
        self.folders: dict[str, int] = {}
        """What is free, by path."""
        self.tags: dict[int, str] = {}
        self.commands: list[Said] = []
        """What was to be done, as it was told."""
        self.queue = Queue()
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.url_base}"

    async def start(self) -> None:
        """Listen, on the same port as before when it was started before."""
        app = web.Application(middlewares=[self._behave])
        api = self.url_base + API
        app.router.add_get(f"{api}/system/status", self._status)
        app.router.add_get(f"{api}/qualityprofile", self._profiles)
        app.router.add_get(f"{api}/rootfolder", self._folders)
        app.router.add_get(f"{api}/tag", self._tags)
        app.router.add_post(f"{api}/tag", self._make_tag)
        app.router.add_post(f"{api}/command", self._command)
        app.router.add_get(f"{api}/queue", self._queue)
        self.add_routes(app.router, api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def add_routes(self, router: web.UrlDispatcher, api: str) -> None:
        raise NotImplementedError

    def row(self, download: Download, row: Row, query: Said) -> Said:
        """What the queue says of it."""
        raise NotImplementedError

    def count(self, asked: str) -> int:
        """How often what begins so was asked, as in "POST /movie"."""
        return sum(each.startswith(asked) for each in self.asked)

    def new_id(self) -> int:
        return next(self._ids)

    def choice_nos(self, said: Said) -> list[No]:
        """What is wrong with the choices of something that is to be added."""
        nos = []
        profile, folder = said.get("qualityProfileId"), said.get("rootFolderPath")
        if profile not in self.profiles:
            nos.append(
                No(
                    "QualityProfileId",
                    "QualityProfile does not exist",
                    profile,
                    "QualityProfileExistsValidator",
                )
            )
        if folder not in self.folders:
            nos.append(
                No(
                    "RootFolderPath",
                    f"Root folder '{folder}' does not exist",
                    folder,
                    "RootFolderExistsValidator",
                )
            )
        if unknown := set(said.get("tags") or ()) - set(self.tags):
            nos.append(No("Tags", "Tag does not exist", sorted(unknown), "Tags"))
        return nos

    @web.middleware
    async def _behave(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        api = self.url_base + API
        path = request.path.removeprefix(api)
        self.asked.append(f"{request.method} {request.path_qs.removeprefix(api)}")
        mood = self.mood
        is_moody = mood.is_for(request.method, path)
        if is_moody and (instead := await mood.instead()) is not None:
            return instead
        if self.url_base and not request.path.startswith(self.url_base):
            raise web.HTTPTemporaryRedirect(self.url_base + request.path_qs)
        if request.headers.get("X-Api-Key", request.query.get("apikey")) != self.key:
            return web.json_response({"error": "Unauthorized"}, status=401)
        answer = await handler(request)
        return await mood.afterwards(request, answer) if is_moody else answer

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "appName": self.app_name,
                "instanceName": self.app_name,
                "version": self.version,
                "buildTime": WHEN,
                "isDebug": False,
                "isProduction": True,
                "isAdmin": False,
                "isUserInteractive": False,
                "startupPath": f"/app/{self.app_name.lower()}/bin",
                "appData": "/config",
                "osName": "debian",
                "osVersion": "12",
                "isNetCore": True,
                "isLinux": True,
                "isOsx": False,
                "isWindows": False,
                "isDocker": True,
                "mode": "console",
                "branch": "master",
                "authentication": "forms",
                "migrationVersion": 242,
                "urlBase": self.url_base,
                "runtimeVersion": "6.0.35",
                "runtimeName": ".NET",
                "startTime": WHEN,
                "packageUpdateMechanism": "docker",
            }
        )

    async def _profiles(self, _: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "name": name,
                    "upgradeAllowed": True,
                    "cutoff": 7,
                    "items": [],
                    "minFormatScore": 0,
                    "cutoffFormatScore": 0,
                    "formatItems": [],
                    "id": number,
                }
                for number, name in self.profiles.items()
            ]
        )

    async def _folders(self, _: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "path": path,
                    "accessible": True,
                    "freeSpace": free,
                    "unmappedFolders": [],
                    "id": number,
                }
                for number, (path, free) in enumerate(self.folders.items(), 1)
            ]
        )

    async def _tags(self, _: web.Request) -> web.Response:
        return web.json_response(
            [{"label": label, "id": number} for number, label in self.tags.items()]
        )

    async def _make_tag(self, request: web.Request) -> web.Response:
        label = str((await read(request))["label"]).lower()
        if not label:
            message = "'Label' must not be empty."
            raise refused(No("Label", message, label, "NotEmptyValidator"))
        # As they do: a label that is there already is the same tag.
        ids = {name: number for number, name in self.tags.items()}
        number = ids.get(label) or self.new_id()
        self.tags[number] = label
        return web.json_response({"label": label, "id": number}, status=201)

    async def _command(self, request: web.Request) -> web.Response:
        said = await read(request)
        if said["name"] not in self.commands_known:
            return web.json_response({"message": "Unknown command"}, status=404)
        self.commands.append(said)
        return web.json_response(
            {
                "name": said["name"],
                "commandName": said["name"],
                "body": {**said, "sendUpdatesToClient": True, "trigger": "manual"},
                "priority": "normal",
                "status": "queued",
                "result": "unknown",
                "queued": WHEN,
                "trigger": "manual",
                "stateChangeTime": WHEN,
                "sendUpdatesToClient": True,
                "updateScheduledTask": True,
                "id": self.new_id(),
            },
            status=201,
        )

    async def _queue(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        page = int(query.get("page", 1))
        size = int(query.get("pageSize", 10))
        return web.json_response(
            self.queue.page(page, size, lambda each, row: self.row(each, row, query))
        )


async def read(request: web.Request) -> Said:
    try:
        said: Any = json.loads(await request.text())
    except ValueError as exc:
        raise web.HTTPBadRequest(text="not JSON") from exc
    if not isinstance(said, dict):
        raise web.HTTPBadRequest(text="not an object")
    return said


def is_true(query: Said, name: str) -> bool:
    return str(query.get(name, "false")).lower() == "true"
