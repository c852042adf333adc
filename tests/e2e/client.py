"""A person or a program at the gateway: REST calls and what the WebSocket tells."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp

from tests.waiting import eventually

Json = dict[str, Any]

PATIENCE = aiohttp.ClientTimeout(total=15)


@dataclass
class Answer:
    status: int
    body: Json
    headers: dict[str, str]


class Person:
    """Somebody with a token, or nobody yet."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self.base_url = base_url
        self.token = ""
        self.id = ""

    def at(self, base_url: str) -> "Person":
        """The same, at another gateway."""
        other = Person(self._http, base_url)
        other.token, other.id = self.token, self.id
        return other

    async def ask(
        self, method: str, path: str, body: Json | None = None, **headers: str
    ) -> Answer:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        async with self._http.request(
            method, self.base_url + path, json=body, headers=headers
        ) as response:
            text = await response.text()
            assert not text or "json" in response.content_type, text
            answer = await response.json(content_type=None) if text else {}
            return Answer(response.status, answer, dict(response.headers))

    async def get(self, path: str) -> Json:
        return await self._expect(200, "GET", path)

    async def post(self, path: str, body: Json | None = None, **headers: str) -> Json:
        return await self._expect(200, "POST", path, body or {}, **headers)

    async def is_house_ready(self) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            return (await self.ask("GET", "/ready")).status == 200
        return False

    async def create_once(self, path: str, body: Json) -> tuple[str, Answer]:
        """Ask with an Idempotency-Key of its own; the key and the answer."""
        key = uuid4().hex
        return key, await self.ask("POST", path, body, **{"Idempotency-Key": key})

    async def enter(self, path: str, body: Json) -> None:
        """Set up, sign in or redeem: whatever answers with a token."""
        answer = await self.post(path, body)
        self.token = answer["token"]
        self.id = answer["session"]["user"]["id"]

    @asynccontextmanager
    async def listening(self, *rooms: str) -> AsyncIterator["Ear"]:
        """What is told on the WebSocket, from now on."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.ws_connect(
            self.base_url + "/v1/ws", headers=headers
        ) as socket:
            ear = Ear(socket)
            await ear.frame("welcome")
            for room in rooms:
                await socket.send_json({"join": room})
                await ear.frame("joined")
            yield ear

    async def _expect(
        self, status: int, method: str, path: str, body: Json | None = None, **more: str
    ) -> Json:
        answer = await self.ask(method, path, body, **more)
        assert answer.status == status, (method, path, answer)
        return answer.body


class Ear:
    """One end of a WebSocket."""

    def __init__(self, socket: "aiohttp.ClientWebSocketResponse") -> None:
        self._socket = socket

    async def frame(self, kind: str, within_s: float = 10) -> Any:
        """The next frame of this kind; others are passed over."""
        async with asyncio.timeout(within_s):
            async for message in self._socket:
                frame = message.json()
                if kind in frame:
                    return frame[kind]
        raise AssertionError(f"the socket closed without {kind}")

    async def event(self, kind: str, within_s: float = 20, **data: str) -> Json:
        """The next event of this kind with this data; others are passed over."""
        async with asyncio.timeout(within_s):
            while True:
                event: Json = await self.frame("event", within_s)
                told = event["data"]
                if event["type"] == kind and data.items() <= told.items():
                    return event


@asynccontextmanager
async def people(base_url: str) -> AsyncIterator["Crowd"]:
    """Makes people who share a connection pool but nothing else."""
    async with aiohttp.ClientSession(
        timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        yield Crowd(http, base_url)


@dataclass
class Crowd:
    http: aiohttp.ClientSession
    base_url: str

    def somebody(self) -> Person:
        return Person(self.http, self.base_url)

    async def owner(self, setup_token: str) -> Person:
        """Who sets the house up, or comes back to it."""
        person = self.somebody()
        secret = {"password": "correct horse 7"}
        if (await person.get("/v1/setup"))["needed"]:
            newcomer = {"setupToken": setup_token, "name": "olga", **secret}
            await person.enter("/v1/setup", newcomer)
        else:
            await person.enter("/v1/sessions", {"login": "olga", **secret})
        return person

    async def friend_of(self, owner: Person, name: str, role: str = "friend") -> Person:
        invite = await owner.post("/v1/invites", {"role": role})
        person = self.somebody()
        await person.enter(
            f"/v1/invites/{invite['code']}:redeem",
            {"name": name, "password": "battery staple 8"},
        )
        return person

    async def patiently(self, person: Person, path: str, body: Json) -> Answer:
        """Create something as a careful program does: with a key, and again each time
        the house is ready, until the answer is no 503, 504 or lost connection."""
        key = {"Idempotency-Key": uuid4().hex}
        async with asyncio.timeout(30):
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    answer = await person.ask("POST", path, body, **key)
                    if answer.status not in (503, 504):
                        return answer
                await eventually(person.is_house_ready, within_s=30)
