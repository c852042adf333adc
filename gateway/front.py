"""The front door: the ASGI application."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

import structlog

from gateway import problems
from gateway.endpoints import Endpoint
from gateway.http.addresses import Proxies
from gateway.http.answers import Answer, Stream
from gateway.http.frames import Wire
from gateway.http.origins import Origins
from gateway.http.override import HEADER, override
from gateway.http.presence import Receive, gone
from gateway.http.raw import Torn
from gateway.http.requests import NOSNIFF, Request
from gateway.http.sockets import FRAMES
from gateway.metering import Meter
from gateway.paths.routes import Routes
from gateway.problems import Headers, Problem
from kit.rpc.addresses import AddressSeal

log = structlog.get_logger()

Send = Callable[[Any], Awaitable[None]]
Page = Callable[[Request], Awaitable[Answer | Stream]]
"""What answers GET at a path that is not of the contract."""
Socket = Callable[[Request, Receive, Send, Wire], Awaitable[None]]

_API = ("/v1/", "/api/")
_OF_PAGES = ["GET", "HEAD", "OPTIONS"]
_OF_ALL = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
_SLOW_S = 2.0
_LAST_WORDS_S = 2.0


class Front:
    def __init__(
        self,
        routes: Routes[Endpoint],
        pages: Mapping[str, Page],
        portal: Page,
        sockets: Mapping[str, Socket],
        origins: Origins,
        proxies: Proxies,
        seal: AddressSeal,
        base_path: str,
        meter: Meter,
        leaving: asyncio.Event,
    ) -> None:
        self._routes = routes
        self._pages = pages
        self._portal = portal
        self._sockets = sockets
        self._origins = origins
        self._proxies = proxies
        self._seal = seal
        self._base_path = base_path
        self._meter = meter
        self._leaving = leaving

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        request = Request(scope, self._proxies, self._base_path)
        request.sealing = self._seal.seal
        if scope["type"] == "websocket":
            wire: Wire = scope["extensions"][FRAMES]
            await self._open_socket(request, receive, send, wire)
            return
        began = time.perf_counter()
        route, answer = await self._answer(request, receive)
        answer.headers.append((b"x-request-id", request.id.encode()))
        answer.headers.append(NOSNIFF)
        if b"origin" in request.headers:
            answer.headers += self._origins.sharing(request)
        if isinstance(answer, Stream):
            status = 200
            await self._send_stream(answer, request, receive, send)
        else:
            status = answer.status
            await _send(answer, request, send)
        took = time.perf_counter() - began
        self._meter.answered(route, status, took)
        if took > _SLOW_S and not isinstance(answer, Stream):
            log.info("slow", route=route, ms=round(took * 1000), request_id=request.id)

    async def _answer(
        self, request: Request, receive: Receive
    ) -> tuple[str, Answer | Stream]:
        """The name of the route, and the answer: of problems too."""
        route = "unknown"
        try:
            if request.method == "POST" and HEADER in request.headers:
                await override(request, receive)
            method, path = request.method, request.path
            if method == "OPTIONS":
                return "preflight", self._preflight(request)
            if page := self._pages.get(path):
                route = path
                return route, await self._ask_page(page, request)
            if not path.startswith(_API):
                route = "portal"
                return route, await self._ask_page(self._portal, request)
            found = self._routes.find(method, path)
            route = found.target.label
            return route, await found.target.answer(request, found, receive)
        except Problem as problem:
            if problem.status == 500:  # noqa: PLR2004
                log.error(  # noqa: TRY400 - the service has logged what went wrong
                    "call_failed", route=route, request_id=request.id
                )
            return route, _problem_answer(problem, request)
        # The last edge: a bug of ours is an answer without its text, and a line.
        except Exception:
            log.exception("request_crashed", route=route, request_id=request.id)
            return route, _problem_answer(problems.crash(), request)

    async def _ask_page(self, page: Page, request: Request) -> Answer | Stream:
        if request.method not in _OF_PAGES:
            allowed = ", ".join(_OF_PAGES)
            raise Problem(
                405,
                "method_not_allowed",
                f"Allowed here: {allowed}.",
                headers=[(b"allow", allowed.encode())],
            )
        return await page(request)

    def _preflight(self, request: Request) -> Answer:
        path = request.path
        if path == "*":
            methods = _OF_ALL
        elif path in self._pages or not path.startswith(_API):
            methods = _OF_PAGES
        else:
            methods = self._routes.methods_of(path)
        if not methods:
            raise Problem(404, "path_unknown", "There is nothing at this path.")
        headers = self._origins.preflight(request)
        return Answer(204, [*headers, (b"allow", ", ".join(methods).encode())])

    async def _open_socket(
        self, request: Request, receive: Receive, send: Send, wire: Wire
    ) -> None:
        """Refusals are answers like any other, before the socket is open."""
        await receive()
        try:
            await self._socket_at(request.path)(request, receive, send, wire)
        except Problem as problem:
            answer = _problem_answer(problem, request)
            answer.headers += [(b"x-request-id", request.id.encode()), NOSNIFF]
            await send(
                {
                    "type": "websocket.http.response.start",
                    "status": answer.status,
                    "headers": answer.headers,
                }
            )
            await send({"type": "websocket.http.response.body", "body": answer.body})

    def _socket_at(self, path: str) -> Socket:
        if path not in self._sockets:
            raise Problem(404, "path_unknown", "There is nothing at this path.")
        return self._sockets[path]

    async def _send_stream(
        self, stream: Stream, request: Request, receive: Receive, send: Send
    ) -> None:
        """Send chunks until there are no more, nobody reads them, or we leave."""
        start = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": stream.headers})
        telling = asyncio.create_task(_tell(stream, request, send), name="tell")
        ends = (
            asyncio.create_task(gone(receive), name="watch client"),
            asyncio.create_task(self._leaving.wait(), name="watch leaving"),
            asyncio.create_task(_cut_off(stream, telling), name="watch end"),
        )
        try:
            await asyncio.wait((telling, *ends), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, *ends):
                task.cancel()
            await asyncio.gather(telling, *ends, return_exceptions=True)
        if not telling.cancelled() and isinstance(telling.exception(), Torn):
            # Without its end, so that nobody takes a part for the whole.
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await send({"type": "http.response.body", "body": b""})


async def _tell(stream: Stream, request: Request, send: Send) -> None:
    async with aclosing(stream.chunks) as chunks:
        if request.method == "HEAD":
            return
        async for chunk in chunks:
            body = {"type": "http.response.body", "body": chunk}
            await send({**body, "more_body": True})


async def _cut_off(stream: Stream, telling: "asyncio.Task[None]") -> None:
    """Until the stream is cut, and its last words had their time to be read."""
    # Not awaited by itself: who is canceled here would cancel it for its maker.
    await asyncio.wait({stream.cut})
    await asyncio.wait({telling}, timeout=_LAST_WORDS_S)


def _problem_answer(problem: Problem, request: Request) -> Answer:
    body = problem.to_json(request.id)
    headers: Headers = [
        (b"content-type", problems.CONTENT_TYPE),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *problem.headers,
    ]
    return Answer(problem.status, headers, body)


async def _send(answer: Answer, request: Request, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": answer.headers,
        }
    )
    body = b"" if request.method == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})
