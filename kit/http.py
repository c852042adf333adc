"""Speaks HTTP to upstreams, which are slow, wrong or dead at times."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
import stamina
from multidict import CIMultiDictProxy
from yarl import URL

from kit import metrics
from kit.breaker import Breaker
from kit.errors import Unavailable
from kit.resolving import Guard, Refused

_TIMEOUT = timedelta(seconds=5)
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_ATTEMPTS = 3
_LARGEST_BYTES = 8 * 1024 * 1024
_LONGEST_PAUSE_S = 300.0


class UpstreamAway(Unavailable):
    """It did not answer, or not in a way that says anything about what was asked.
    Never to be read as: what was asked for is not there."""

    reason = "upstream_away"


class AskedTooOften(UpstreamAway):
    """It wants to be left alone for `retry_after`."""


class Said(Exception):
    """What a library raised, by name: its own words may hold the whole URL."""


class _Passing(UpstreamAway):
    """May be gone at the next try."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status below 500. What a 404 means is for the client of
    that upstream to say."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    def json(self) -> Any:
        """The body, read. Raises UpstreamAway for what is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as exc:
            raise UpstreamAway("It answered with something that is not JSON.") from exc


class Upstream:
    """One upstream: a few kept connections, a bound on time and size, a breaker.

    A timeout covers everything: the wait for a connection, all tries, the body.
    Secrets belong into headers. No URL, parameter or header is ever logged, or part
    of an error.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        session: aiohttp.ClientSession,
        breaker: Breaker,
        *,
        most_at_once: int,
        largest_bytes: int,
        timeout: timedelta,
        before_each: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self.name = name
        self._base_url = base_url
        self._session = session
        self._breaker = breaker
        self._turns = asyncio.Semaphore(most_at_once)
        self._largest_bytes = largest_bytes
        self._timeout = timeout
        self._before_each = before_each
        self._budget = _RetryBudget()

    async def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 - it becomes a deadline
    ) -> Answer:
        """As `send` with GET."""
        return await self.send(
            "GET", path, params=params, headers=headers, timeout=timeout
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 - it becomes a deadline
    ) -> Answer:
        """The answer, if it says anything about what was asked. What is idempotent
        is tried again while there is time. Raises UpstreamAway or UpstreamResting."""
        if "://" in path:
            raise ValueError("a path, below the upstream's own address")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (timeout or self._timeout).total_seconds()
        request = {"params": params, "headers": headers, "data": body}
        attempts = _ATTEMPTS if method in _IDEMPOTENT else 1
        self._budget.earn()
        await self._take_turn(deadline)
        try:
            async for attempt in stamina.retry_context(
                on=self._may_try_again,
                attempts=attempts,
                timeout=max(0.001, deadline - loop.time()),
                wait_initial=0.1,
                wait_max=1.0,
                wait_jitter=0.1,
            ):
                with attempt:
                    await self._wait_outside(deadline)
                    return await self._breaker.call(
                        lambda: self._ask(method, path, request, deadline)
                    )
            raise AssertionError("retry_context ends by itself")
        finally:
            self._turns.release()

    async def _take_turn(self, deadline: float) -> None:
        # No failure of the upstream: the breaker must not hear of it.
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError as exc:
            raise UpstreamAway(f"{self.name} has too much to do for us.") from exc

    async def _wait_outside(self, deadline: float) -> None:
        if self._before_each is None:
            return
        try:
            async with asyncio.timeout_at(deadline):
                await self._before_each()
        except TimeoutError as exc:
            raise UpstreamAway(f"{self.name} has too much to do for us.") from exc

    async def _ask(
        self, method: str, path: str, request: Mapping[str, Any], deadline: float
    ) -> Answer:
        began = asyncio.get_running_loop().time()
        outcome = "canceled"
        try:
            async with asyncio.timeout_at(deadline):
                url = URL(self._base_url).join(URL(path.lstrip("/")))
                async with self._session.request(
                    method, url, allow_redirects=False, **request
                ) as response:
                    outcome = str(response.status)
                    self._ensure_meant(response)
                    whole = await self._read(response)
                    return Answer(response.status, response.headers, whole)
        except TimeoutError as exc:
            outcome = "timeout"
            raise UpstreamAway(f"{self.name} did not answer in time.") from _said(exc)
        except UnicodeError as exc:
            # Its host is no name: IDNA does not read it.
            outcome = "failed"
            raise UpstreamAway(f"{self.name} has no such address.") from _said(exc)
        except (aiohttp.ClientError, OSError) as exc:
            outcome = "failed"
            if isinstance(getattr(exc, "os_error", None), Refused):
                raise UpstreamAway(
                    f"{self.name} is not asked: its address is link-local."
                ) from _said(exc)
            raise _Passing(f"{self.name} does not answer.") from _said(exc)
        finally:
            took = asyncio.get_running_loop().time() - began
            metrics.UPSTREAM_SECONDS.labels(self.name, outcome).observe(took)

    def _ensure_meant(self, response: aiohttp.ClientResponse) -> None:
        """Raises for a status that says nothing about what was asked."""
        status = response.status
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            pause = _pause(response.headers.get("Retry-After", ""))
            raise AskedTooOften(
                f"{self.name} wants to be asked less.", retry_after=pause
            )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Passing(f"{self.name} failed with status {status}.")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST and (
            status != HTTPStatus.NOT_MODIFIED
        ):
            # Followed, it would carry our secrets to wherever it points.
            raise UpstreamAway(f"{self.name} has moved: its address is another one.")

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > self._largest_bytes:
                response.close()
                raise UpstreamAway(f"{self.name} answered with more than it may.")
            parts.append(part)
        return b"".join(parts)

    def _may_try_again(self, failure: Exception) -> bool:
        return isinstance(failure, _Passing) and self._budget.spend()


class _RetryBudget:
    """Lets a tenth of the calls be tried again, and a few more at first: an upstream
    that fails for everybody must not get three times the calls."""

    _MOST = 10.0
    _FOR_EACH_CALL = 0.1

    def __init__(self) -> None:
        self._left = self._MOST

    def earn(self) -> None:
        self._left = min(self._MOST, self._left + self._FOR_EACH_CALL)

    def spend(self) -> bool:
        if self._left < 1:
            return False
        self._left -= 1
        return True


@asynccontextmanager
async def open_upstream(
    name: str,
    base_url: str,
    *,
    headers: Mapping[str, str] | None = None,
    most_at_once: int = 8,
    largest_bytes: int = _LARGEST_BYTES,
    timeout: timedelta = _TIMEOUT,  # noqa: ASYNC109 - of each call
    breaker: Breaker | None = None,
    before_each: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[Upstream]:
    """The upstream at `base_url`, which need not be there. `headers` go with each
    call; `name` is told to people and labels metrics, so it is one of a few. Each try
    waits for `before_each`; what that raises is raised. An address of one link alone is
    never asked, whatever name leads there."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=most_at_once,
            keepalive_timeout=30,
            socket_factory=Guard(link_local_allowed=False).open_socket,
        ),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeout.total_seconds()),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
    ) as session:
        yield Upstream(
            name,
            base_url if base_url.endswith("/") else f"{base_url}/",
            session,
            breaker or Breaker(name),
            most_at_once=most_at_once,
            largest_bytes=largest_bytes,
            timeout=timeout,
            before_each=before_each,
        )


def _said(exc: Exception) -> Said:
    number = errno.errorcode.get(getattr(exc, "errno", None) or 0, "")
    return Said(f"{type(exc).__module__}.{type(exc).__name__} {number}".rstrip())


def _pause(header: str) -> timedelta:
    """Of a Retry-After in seconds, within reason."""
    seconds = float(header) if header.isdecimal() and len(header) < 8 else 30.0  # noqa: PLR2004
    return timedelta(seconds=min(max(seconds, 1.0), _LONGEST_PAUSE_S))
