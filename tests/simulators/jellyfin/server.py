"""A Jellyfin on a loopback port, or an Emby: libraries, people, and what they play.

`is_emby` makes it an Emby: everything is below /emby, ids are numbers, a token comes
in X-Emby-Token, and it says nothing of what it is. It has moods: it can be slow,
wrong, silent or gone, lose a library, and change between two pages.
"""

import asyncio
import hashlib
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.simulators.jellyfin.answers import Answers, Said
from tests.simulators.jellyfin.asking import Asked, Lists
from tests.simulators.jellyfin.hooks import hook
from tests.simulators.jellyfin.shelf import Entry, Shelf

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@dataclass
class Mood:
    """How it answers the paths that begin with `only`, below its prefix."""

    only: str = "/"
    status: int = 200
    """Another than 200 is answered to everybody."""
    retry_after: str = ""
    body: bytes | None = None
    """Answered as it is, with success."""
    delay_s: float = 0.0
    is_silent: bool = False
    hangs_up: bool = False
    """Ends the connection in the middle of an answer."""
    withholds: int = 0
    """So many of a list are counted in its total, and in no page."""
    has_lost_all: bool = False
    """Its disk is not mounted: every list is empty, and says so."""
    after_page: Callable[[], None] | None = None
    """Called after each page of a list is made."""
    spoils: Callable[[Said], Any] | None = None
    """What is said in place of each row of a list."""


@dataclass
class Person:
    id: str
    name: str
    password: str
    is_admin: bool = True


@dataclass
class Watching:
    person: Person
    entry: Entry | None
    state: dict[str, Any] = field(default_factory=dict)


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


class Jellyfin:
    def __init__(self, name: str = "", *, is_emby: bool = False) -> None:
        """Of two names there are two servers."""
        self.is_emby = is_emby
        self.prefix = "/emby" if is_emby else ""
        self.name = name or ("Emby at home" if is_emby else "Jellyfin at home")
        self.version = "4.8.11.0" if is_emby else "10.11.2"
        self.id = hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest()
        self.takes_legacy_headers = True
        """Jellyfin 12 does not, unless its admin says so."""
        self.shelf = Shelf(is_emby=is_emby)
        self.mood = Mood()
        self.seen: list[Seen] = []
        self.people: list[Person] = []
        self.tokens: dict[str, Person | None] = {}
        """Nobody's is an API key, which may everything."""
        self.watching: list[Watching] = []
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._answers = Answers(self.id, is_emby=is_emby)
        self._lists = Lists(self.shelf)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen, on the same port as before when it was started before."""
        app = web.Application(middlewares=[self._behave])
        at = self.prefix
        folders = "/Library/VirtualFolders" + ("/Query" if self.is_emby else "")
        app.router.add_routes(
            [
                web.get(f"{at}/System/Info/Public", self._public_info),
                web.get(f"{at}/System/Info", self._info),
                web.post(f"{at}/Users/AuthenticateByName", self._sign_in),
                web.post(f"{at}/Sessions/Logout", self._sign_out),
                web.get(f"{at}{folders}", self._folders),
                web.get(f"{at}/Library/MediaFolders", self._media_folders),
                web.get(f"{at}/Items", self._items),
                web.get(f"{at}/Items/{{id}}/Images/Primary", self._image),
                web.get(f"{at}/Sessions", self._sessions),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(
            self._runner, "127.0.0.1", port or self.port, ssl_context=self.tls
        )
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def add_person(self, name: str, password: str, *, is_admin: bool = True) -> Person:
        number = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        person = Person(number, name, password, is_admin)
        self.people.append(person)
        return person

    def give_key(self, person: Person | None = None) -> str:
        """An API key, as an admin makes one; or what `person` is given at sign-in."""
        token = secrets.token_hex(16)
        self.tokens[token] = person
        return token

    def play(self, person: Person, entry: Entry | None, **state: Any) -> Watching:
        """A session; `state` as in Answers.session. Without an entry it is idle."""
        watching = Watching(person, entry, state)
        self.watching.append(watching)
        return watching

    def hook(self, event: str, entry: Entry) -> tuple[str, bytes]:
        """What its Webhook plugin posts of an event: content type and body."""
        return hook(event, self.id, self.url, entry)

    def asked(self, path: str) -> list[Seen]:
        """The calls of a path, or of what is below it."""
        return [seen for seen in self.seen if seen.path.startswith(self.prefix + path)]

    @web.middleware
    async def _behave(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        self.seen.append(
            Seen(
                request.method,
                request.path,
                dict(request.query),
                dict(request.headers),
            )
        )
        mood = self.mood
        if not request.path.startswith(self.prefix + mood.only):
            return await handler(request)
        if mood.is_silent:
            await asyncio.Event().wait()
        await asyncio.sleep(mood.delay_s)
        if mood.hangs_up:
            return await self._hang_up(request, await handler(request))
        if mood.status != 200:
            headers = {"Retry-After": mood.retry_after} if mood.retry_after else {}
            return web.Response(status=mood.status, text="no", headers=headers)
        if mood.body is not None:
            return web.Response(body=mood.body, content_type="application/json")
        return await handler(request)

    async def _hang_up(
        self, request: web.Request, whole: web.StreamResponse
    ) -> web.StreamResponse:
        body = whole.body if isinstance(whole, web.Response) else b""
        assert isinstance(body, bytes)
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response

    async def _public_info(self, _: web.Request) -> web.Response:
        return _json(self._answers.public_info(self.name, self.version, self.url))

    async def _info(self, request: web.Request) -> web.Response:
        self._asker(request)
        return _json(self._answers.info(self.name, self.version, self.url))

    async def _sign_in(self, request: web.Request) -> web.Response:
        told = _pairs(request)
        if not {"Client", "Device", "DeviceId", "Version"} <= set(told):
            raise web.HTTPBadRequest(text="Error processing request.")
        asked = orjson.loads(await request.read())
        for person in self.people:
            if (asked.get("Username"), asked.get("Pw")) == (
                person.name,
                person.password,
            ):
                user = self._answers.user(
                    person.id, person.name, is_admin=person.is_admin
                )
                session = self._answers.session((person.id, person.name), None)
                return _json(
                    {
                        "User": user,
                        "SessionInfo": session,
                        "AccessToken": self.give_key(person),
                        "ServerId": self.id,
                    }
                )
        raise web.HTTPUnauthorized(text="Error processing request.")

    async def _sign_out(self, request: web.Request) -> web.Response:
        self._asker(request)
        del self.tokens[self._token(request)]
        return web.Response(status=204)

    async def _folders(self, request: web.Request) -> web.Response:
        self._admin(request)
        told = [self._answers.folder(each) for each in self.shelf.libraries]
        if self.is_emby:
            return _json({"Items": told, "TotalRecordCount": len(told)})
        return _json(told)

    async def _media_folders(self, request: web.Request) -> web.Response:
        self._admin(request)
        told = [self._answers.media_folder(each) for each in self.shelf.libraries]
        return _json(self._page(told, len(told), 0))

    async def _items(self, request: web.Request) -> web.Response:
        self._asker(request)
        asked = Asked(request.query.items())
        try:
            start, limit = asked.number("StartIndex", 0), asked.number("Limit", 0)
            found = self._lists.meant(asked)
        except ValueError:
            raise web.HTTPBadRequest(text="Error processing request.") from None
        mood = self.mood
        found = [] if mood.has_lost_all else found
        there = found[: max(0, len(found) - mood.withholds)]
        fields = asked.several("Fields")
        rows: list[Any] = [
            self._answers.row(each, fields)
            for each in there[start : start + limit if limit else None]
        ]
        rows = [mood.spoils(row) for row in rows] if mood.spoils else rows
        answer = _json(self._page(rows, len(found), start))
        if mood.after_page is not None:
            mood.after_page()
        return answer

    async def _image(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        if not any(each.id == wanted and each.tag for each in self.shelf.all()):
            raise web.HTTPNotFound(text="Error processing request.")
        return web.Response(body=_PNG, content_type="image/png")

    async def _sessions(self, request: web.Request) -> web.Response:
        self._asker(request)
        return _json(
            [
                self._answers.session(
                    (each.person.id, each.person.name), each.entry, **each.state
                )
                for each in self.watching
            ]
        )

    def _page(self, rows: list[Any], total: int, start: int) -> Said:
        told: Said = {"Items": rows, "TotalRecordCount": total}
        return told if self.is_emby else told | {"StartIndex": start}

    def _token(self, request: web.Request) -> str:
        token = _pairs(request).get("Token", "")
        if self.is_emby or self.takes_legacy_headers:
            token = request.headers.get("X-Emby-Token", token)
        return token

    def _asker(self, request: web.Request) -> Person | None:
        token = self._token(request)
        if token not in self.tokens:
            told = "Access token is invalid or expired." if self.is_emby else ""
            raise web.HTTPUnauthorized(text=told)
        return self.tokens[token]

    def _admin(self, request: web.Request) -> None:
        asker = self._asker(request)
        if asker is not None and not asker.is_admin:
            raise web.HTTPForbidden(text="")


def _pairs(request: web.Request) -> dict[str, str]:
    """`MediaBrowser Token="…", Client="…"`, as pairs."""
    headers = request.headers
    said = headers.get("Authorization") or headers.get("X-Emby-Authorization", "")
    scheme, _, rest = said.partition(" ")
    if scheme not in {"MediaBrowser", "Emby"}:
        return {}
    halves = (each.strip().partition("=") for each in rest.split(","))
    return {name: value.strip('"') for name, _, value in halves}


def _json(said: Any) -> web.Response:
    return web.Response(
        body=orjson.dumps(said), content_type="application/json", charset="utf-8"
    )
