"""A plex.tv on a loopback port: accounts, servers, and signing in with a PIN.

It demands the headers that plex.tv demands, speaks XML unless asked for JSON, and has
moods: it can be slow, wrong, silent, or gone. The user who approves a PIN is a method,
`PUT /_approve?code=…&as=ada`, or a page at `/auth`, which stands for app.plex.tv's.
"""

import asyncio
import itertools
import json
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.simulators.plextv import answers
from tests.simulators.plextv.markup import xml
from tests.simulators.plextv.page import PAGE
from tests.simulators.plextv.people import Account, Pin, Server, Token, Watched

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STRONG, _WEAK = 25, 4
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


class Refusal(Exception):
    """What is answered instead."""

    def __init__(self, answer: web.Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class Mood:
    """How it answers the paths that begin with `only`."""

    only: str = "/"
    status: int = 200
    """Another than 200 is answered to everybody."""
    retry_after: str = ""
    body: bytes | None = None
    """Answered as it is, with success."""
    delay_s: float = 0.0
    is_silent: bool = False
    drips: bool = False
    """A byte now and then, for ever."""
    hangs_up: bool = False
    """Ends the connection in the middle of an answer."""


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class PlexTV:
    mood: Mood = field(default_factory=Mood)
    seen: list[Seen] = field(default_factory=list)
    pin_lifetime_s: float = 1800.0
    port: int = 0
    accounts: dict[int, Account] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)
    pins: dict[int, Pin] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen, on the same port as before when it was started before."""
        app = web.Application(middlewares=[self._behave])
        app.router.add_routes(
            [
                web.get("/auth", self._page),
                web.put("/_approve", self._approve),
                web.post("/api/v2/pins", self._create_pin),
                web.get("/api/v2/pins/{pin_id}", self._read_pin),
                web.get("/api/v2/user", self._user),
                web.get("/api/v2/ping", self._ping),
                web.get("/api/v2/resources", self._resources),
                web.delete("/api/v2/users/signout", self._sign_out),
                web.get("/api/users/", self._friends),
                web.get("/api/users", self._friends),
                web.get("/api/home/users", self._home),
                web.get("/users/{uuid}/avatar", self._avatar),
                # Its own host is discover.provider.plex.tv.
                web.get("/library/sections/watchlist/all", self._watchlist),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def add_account(self, username: str, email: str = "", **more: str) -> Account:
        account_id = 13_692_261 + next(self._numbers)
        email = email or f"{username}@example.org"
        account = Account(account_id, username, email, **more)
        self.accounts[account.id] = account
        return account

    def add_server(self, machine_id: str, owner: Account, *shared: Account) -> Server:
        server = Server(machine_id, f"{owner.username}'s", owner.id)
        self.servers.append(server)
        for account in shared:
            server.shared_with.add(account.id)
            owner.friends.add(account.id)
            account.friends.add(owner.id)
        return server

    def approve(self, code: str, account: Account) -> None:
        """What the user does on plex.tv. Raises KeyError for a PIN that is over."""
        for pin in self.pins.values():
            if pin.code == code and pin.left_s > 0:
                pin.token = self.give_token(account, pin.client)
                return
        raise KeyError(code)

    def give_token(self, account: Account, client: str) -> str:
        token = secrets.token_urlsafe(15)
        self.tokens[token] = Token(token, account.id, client, time.time())
        return token

    def watch(
        self, account: Account, title: str, year: int, *guids: str, kind: str = "movie"
    ) -> None:
        """What the user does with a title at Plex."""
        account.watchlist.insert(0, Watched(kind, title, year, guids))

    def forget_tokens(self) -> None:
        """What the user does by signing out of all devices."""
        self.tokens.clear()

    def asked(self, method: str, path: str) -> int:
        """How often a path, or what is below it, was asked for."""
        return sum(
            seen.method == method and seen.path.startswith(path) for seen in self.seen
        )

    @web.middleware
    async def _behave(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        if request.path.startswith("/_") or request.path == "/auth":
            return await handler(request)
        self.seen.append(Seen(request.method, request.path_qs, dict(request.headers)))
        mood = self.mood
        if not request.path.startswith(mood.only):
            return await self._refused_or(handler, request)
        if mood.is_silent:
            await asyncio.Event().wait()
        await asyncio.sleep(mood.delay_s)
        if mood.drips or mood.hangs_up:
            return await self._break_off(request, mood)
        if mood.status != 200:
            headers = {"Retry-After": mood.retry_after} if mood.retry_after else {}
            return web.Response(status=mood.status, text="no", headers=headers)
        if mood.body is not None:
            return web.Response(body=mood.body, content_type="application/json")
        return await self._refused_or(handler, request)

    async def _refused_or(
        self, handler: Handler, request: web.Request
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return refusal.answer

    async def _break_off(self, request: web.Request, mood: Mood) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100000"})
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(b'{"id": 1')
        while mood.drips:
            await asyncio.sleep(0.05)
            await response.write(b" ")
        if request.transport is not None:
            request.transport.abort()
        return response

    async def _page(self, _: web.Request) -> web.Response:
        names = [account.username for account in self.accounts.values()]
        page = PAGE.replace("NAMES", json.dumps(names))
        return web.Response(text=page, content_type="text/html")

    async def _approve(self, request: web.Request) -> web.Response:
        named = request.query.get("as", "")
        for account in self.accounts.values():
            if account.username == named:
                try:
                    self.approve(request.query.get("code", ""), account)
                except KeyError:
                    break
                return web.Response(status=204)
        raise web.HTTPNotFound(text="no such code, or nobody of that name\n")

    async def _create_pin(self, request: web.Request) -> web.Response:
        client = _client(request)
        strong = request.query.get("strong", "").lower() in {"1", "true"}
        alphabet = _LETTERS if strong else _LETTERS.upper()
        length = _STRONG if strong else _WEAK
        pin = Pin(
            id=1_272_322_472 + next(self._numbers),
            code="".join(secrets.choice(alphabet) for _ in range(length)),
            client=client,
            product=request.headers.get("X-Plex-Product", "Plex Web"),
            device=request.headers.get("X-Plex-Device", ""),
            created_at=time.time(),
            lifetime_s=self.pin_lifetime_s if strong else self.pin_lifetime_s / 2,
        )
        self.pins[pin.id] = pin
        return _said(request, "pin", answers.pin(pin), status=201)

    async def _read_pin(self, request: web.Request) -> web.Response:
        client = _client(request)
        wanted = request.match_info["pin_id"]
        pin = self.pins.get(int(wanted)) if wanted.isdecimal() else None
        if pin is None or pin.left_s <= 0 or pin.client != client:
            raise _refusal(request, 404, 1020, "Code not found or expired")
        return _said(request, "pin", answers.pin(pin))

    async def _user(self, request: web.Request) -> web.Response:
        account, token = self._asker(request)
        homes = Counter(each.home or each.id for each in self.accounts.values())
        return _said(request, "user", answers.user(account, token, homes))

    async def _ping(self, request: web.Request) -> web.Response:
        _, token = self._asker(request)
        self.tokens[token].refreshed_at = time.time()
        if _wants_json(request):
            return web.json_response({"pong": True})
        return web.Response(body=b"<pong>1</pong>", content_type="application/xml")

    async def _resources(self, request: web.Request) -> web.Response:
        account, token = self._asker(request)
        seen = [
            answers.resource(each, self.accounts[each.owner], account, token)
            for each in self.servers
            if each.is_seen_by(account.id)
        ]
        return _said(request, "resources", seen)

    async def _sign_out(self, request: web.Request) -> web.Response:
        _, token = self._asker(request)
        del self.tokens[token]
        return web.Response(status=204)

    async def _friends(self, request: web.Request) -> web.Response:
        account, _ = self._asker(request)
        own = [(each, account) for each in self.servers if each.owner == account.id]
        friends = [
            answers.friend(
                self.accounts[friend],
                [pair for pair in own if friend in pair[0].shared_with],
            )
            for friend in sorted(account.friends)
        ]
        container = {
            "friendlyName": "myPlex",
            "identifier": "com.plexapp.plugins.myplex",
            "machineIdentifier": "3dff4c4da3b1229a649aa574a9e2b419a684a20e",
            "totalSize": len(friends),
            "size": len(friends),
            "User": friends,
        }
        if _wants_json(request):
            return web.json_response({"MediaContainer": container})
        return _said(request, "MediaContainer", container)

    async def _home(self, request: web.Request) -> web.Response:
        account, _ = self._asker(request)
        home = account.home or account.id
        people = [
            answers.home_user(each)
            for each in self.accounts.values()
            if home in {each.home, each.id}
        ]
        container = {"size": len(people), "User": people}
        return _said(request, "MediaContainer", container)

    async def _avatar(self, request: web.Request) -> web.Response:
        known = {account.uuid for account in self.accounts.values()}
        if request.match_info["uuid"] not in known:
            raise web.HTTPNotFound
        return web.Response(body=_PNG, content_type="image/png")

    async def _watchlist(self, request: web.Request) -> web.Response:
        account, _ = self._asker(request)
        start = int(request.query.get("X-Plex-Container-Start", "0"))
        size = int(request.query.get("X-Plex-Container-Size", "20"))
        has_guids = request.query.get("includeGuids") == "1"
        page = account.watchlist[start : start + size]
        said = answers.watchlist(
            page, start, len(account.watchlist), has_guids=has_guids
        )
        return _said(
            request,
            "MediaContainer",
            said if _wants_json(request) else said["MediaContainer"],
        )

    def _asker(self, request: web.Request) -> tuple[Account, str]:
        _client(request)
        token = self.tokens.get(request.headers.get("X-Plex-Token", ""))
        if token is None:
            raise _refusal(request, 401, 1001, "User could not be authenticated")
        return self.accounts[token.account_id], token.text


def _client(request: web.Request) -> str:
    client = request.headers.get("X-Plex-Client-Identifier", "")
    if not client:
        raise _refusal(request, 400, 1000, "X-Plex-Client-Identifier is missing")
    return client


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _refusal(request: web.Request, status: int, code: int, message: str) -> Refusal:
    said = answers.error(code, message, status)
    if not _wants_json(request):
        return Refusal(_said(request, "errors", said["errors"], status))
    return Refusal(_said(request, "errors", said, status))


def _said(
    request: web.Request,
    tag: str,
    said: answers.Said | list[answers.Said],
    status: int = 200,
) -> web.Response:
    if _wants_json(request):
        return web.json_response(said, status=status)
    body = xml(tag, said)
    return web.Response(body=body, status=status, content_type="application/xml")
