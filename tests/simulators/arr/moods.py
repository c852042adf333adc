"""What can be wrong with a Radarr or a Sonarr, by switch."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

_LOCKED = {
    "message": "database is locked\r\ndatabase is locked",
    "description": "code = Busy (5), message = System.Data.SQLite.SQLiteException"
    " (0x87AF00AA): database is locked",
}


@dataclass
class Mood:
    """How it answers `method` on the paths that begin with `only`, `times` times.

    Paths are told from below /api/v3. An empty method is any of them, and 0 times is
    always.
    """

    only: str = "/"
    method: str = ""
    times: int = 0
    status: int = 200
    """Another than 200 is answered to everybody, and nothing is done."""
    body: bytes | None = None
    """Answered as it is, with success, and nothing is done."""
    delay_s: float = 0.0
    is_silent: bool = False
    """Accepts, and never answers; nothing is done."""
    loses_answers: bool = False
    """Does what was asked, and hangs up without a word of it."""
    swallows_answers: bool = False
    """Does what was asked, and never answers."""
    hangs_up: bool = False
    """Does what was asked, and ends the connection in the middle of the answer."""
    is_locked: bool = False
    """Its database is busy: a 500, and nothing is done."""

    def is_for(self, method: str, path: str) -> bool:
        if not path.startswith(self.only) or self.method not in {"", method}:
            return False
        if self.times:
            self.times -= 1
            if not self.times:
                self.only = "never again"
        return True

    async def instead(self) -> web.Response | None:
        """What is answered in place of doing what was asked."""
        if self.is_silent:
            await asyncio.Event().wait()
        await asyncio.sleep(self.delay_s)
        if self.is_locked:
            return web.json_response(_LOCKED, status=500)
        if self.status != web.HTTPOk.status_code:
            return web.json_response({"message": "no"}, status=self.status)
        if self.body is not None:
            return web.Response(body=self.body, content_type="text/html")
        return None

    async def afterwards(
        self, request: web.Request, answer: web.StreamResponse
    ) -> web.StreamResponse:
        """What becomes of the answer to what was done."""
        assert request.transport is not None
        if self.swallows_answers:
            await asyncio.Event().wait()
        if self.loses_answers:
            request.transport.abort()
            return answer
        if self.hangs_up:
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b'{"id":')
            request.transport.abort()
            return response
        return answer
