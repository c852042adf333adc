"""A program that is told things by HTTP, as a careful one is written: it drops what it
has seen by its Idempotency-Key."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Heard:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


@dataclass
class Ear:
    url: str = ""
    status: int = 200
    says: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """What it answers."""
    holds: bool = False
    """It hears, and answers nothing."""
    heard: list[Heard] = field(default_factory=list)
    """Everything, repeats too."""

    @property
    def taken(self) -> list[Heard]:
        """Each key once, as far as it was answered with a success or held."""
        first = {each.key: each for each in reversed(self.heard)}
        return sorted(first.values(), key=self.heard.index)

    async def hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.status < 300:
            self.heard.append(Heard(dict(request.headers), body))
        if self.holds:
            await asyncio.Event().wait()
        return web.Response(status=self.status, text=self.says, headers=self.headers)


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    ear = Ear()
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", ear.hear)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield ear
    finally:
        await runner.cleanup()
