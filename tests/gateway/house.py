"""The gateway on a true socket, in front of a backend that a test rules."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from grpc import aio
from prometheus_client import CollectorRegistry

from gateway import rules
from gateway.app import build
from gateway.http.addresses import Proxies
from gateway.http.crowd import Crowd
from gateway.http.doors import listen
from gateway.http.server import serve
from gateway.metering import ConnectionCounts
from gateway.settings import Settings
from kit.background import running
from kit.redis import GuardedRedis, open_redis
from kit.rpc.channel import open_channel
from tests.gateway import contract
from tests.gateway.backend import WATCHER, Backend, Person, running_backend
from tests.waiting import eventually

_JSON, _PROBLEM = "application/json", "application/problem+json"
SERVICES = ("auth", "media", "status", "conformance", "composite")
_CONTRACT = [*rules.services(), *contract.services()]
UNLIMITED = dict.fromkeys(
    ("limit_read", "limit_write", "limit_request", "limit_admin", "limit_sign_in"),
    "0/min",
)


@dataclass
class House:
    base_url: str
    backend: Backend
    http: aiohttp.ClientSession
    leaving: asyncio.Event
    crowd: Crowd
    registry: CollectorRegistry

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> "Told":
        sent = dict(headers or {})
        if token:
            sent["authorization"] = f"Bearer {token}"
        url = self.base_url + path
        async with self.http.request(method, url, headers=sent, **more) as answer:
            body = await answer.read()
            is_json = answer.content_type in {_JSON, _PROBLEM} and body
            is_plain = "content-encoding" not in answer.headers
            document = json.loads(body) if is_json and is_plain else {}
            return Told(answer.status, answer.headers, body, document)

    def sign_in(self, token: str, permissions: int = 0, user_id: str = "") -> str:
        """Somebody whom auth knows by this token; the token."""
        user_id = user_id or f"user-{token}"
        self.backend.people[token] = Person(user_id, f"session-{token}", permissions)
        return token


@dataclass
class Told:
    status: int
    headers: Any
    body: bytes
    json: Any

    @property
    def wrong_fields(self) -> dict[str, str]:
        return {each["field"]: each["detail"] for each in self.json["errors"]}


@asynccontextmanager
async def running_house(
    *,
    limited: bool = False,
    dead: Sequence[str] = (),
    backend: Backend | None = None,
    **given: Any,
) -> AsyncIterator[House]:
    """Settings are given by name. What is not about limits is not limited. Where the
    dead services were, nobody listens. Two houses with one backend are two gateways of
    one."""
    limits = {} if limited else UNLIMITED
    settings = Settings(events_token=WATCHER, **{**limits, **given})
    leaving, registry = asyncio.Event(), CollectorRegistry()
    async with AsyncExitStack() as stack:
        backend = backend or await stack.enter_async_context(running_backend())
        channel = await stack.enter_async_context(
            open_channel(f"127.0.0.1:{backend.port}", (), compress=False)
        )
        nowhere = await stack.enter_async_context(_channel_to_nobody())
        channels = dict.fromkeys(SERVICES, channel) | dict.fromkeys(dead, nowhere)
        redis: GuardedRedis | None = None
        if url := settings.redis_url.get_secret_value():
            redis = await stack.enter_async_context(open_redis(url))
        front, beside = build(settings, _CONTRACT, channels, leaving, registry, redis)
        at = stack.enter_context(listen("127.0.0.1:0"))
        port = at.getsockname()[1]
        loops = {name: run() for name, run in beside.items()}
        await stack.enter_async_context(running(**loops))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        crowd = Crowd(settings.bounds, Proxies(settings.trusted_proxies))
        registry.register(ConnectionCounts(crowd))
        group.create_task(serve(front, at, leaving, 1.0, crowd))
        stack.callback(leaving.set)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                auto_decompress=False, headers={"Accept-Encoding": "identity"}
            )
        )
        base_url = f"http://127.0.0.1:{port}"
        yield House(base_url, backend, http, leaving, crowd, registry)


@asynccontextmanager
async def _channel_to_nobody() -> AsyncIterator[aio.Channel]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel


async def watched(house: House, *services: str) -> None:
    wanted = services or ("auth", "media", "status")
    await eventually(lambda: all(house.backend.watching.get(name) for name in wanted))
