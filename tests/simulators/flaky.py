"""An HTTP upstream with moods: fast or slow, right or wrong, silent, or gone.

Any path answers as the mood says. `GET /_mood` shows it, `PUT /_mood` with a JSON
object of some of its fields changes it.
"""

import asyncio
import dataclasses
import json
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Mood:
    status: int = 200
    body: str = '{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_silent: bool = False
    """Accepts, and never answers."""
    hangs_up: bool = False
    """Ends the connection in the middle of the answer."""
    fails_first: int = 0
    """So many requests get a 503, then all is well."""


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]


class Flaky:
    """A server on a port of its own."""

    def __init__(self) -> None:
        self.mood = Mood()
        self.seen: list[Seen] = []
        self.peers: set[int] = set()
        """Ports that requests came from: one for each connection."""
        self.at_once = 0
        self.most_at_once = 0
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen, on the same port as before when it was started before."""
        app = web.Application()
        app.router.add_get("/_mood", self._show)
        app.router.add_put("/_mood", self._change)
        app.router.add_route("*", "/{path:.*}", self._answer)
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

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response(dataclasses.asdict(self.mood))

    async def _change(self, request: web.Request) -> web.Response:
        try:
            changes = json.loads(await request.text())
            self.mood = dataclasses.replace(self.mood, **changes)
        except (TypeError, ValueError) as exc:
            raise web.HTTPBadRequest(text=f"{exc}\n") from exc
        return await self._show(request)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(Seen(request.method, request.path_qs, dict(request.headers)))
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername")[1])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._act(request, self.mood)
        finally:
            self.at_once -= 1

    async def _act(self, request: web.Request, mood: Mood) -> web.StreamResponse:
        if mood.is_silent:
            await asyncio.Event().wait()
        if mood.delay_s:
            await asyncio.sleep(mood.delay_s)
        if mood.fails_first:
            mood.fails_first -= 1
            return web.Response(status=503, text="not yet")
        if mood.hangs_up:
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b"{")
            if request.transport is not None:
                request.transport.abort()
            return response
        return web.Response(
            status=mood.status, body=mood.body.encode(), headers=mood.headers
        )
