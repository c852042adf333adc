"""Tells programs by HTTP: JSON from a template, signed.

X-MediaNest-Delivery, Idempotency-Key   the same for the same message
X-MediaNest-Timestamp                   when this try was signed, Unix seconds
X-MediaNest-Signature                   sha256= HMAC-SHA256 of `timestamp.body`
"""

import errno
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus

import aiohttp

from kit.clock import Clock
from kit.delivery.message import Sending, Target, TargetRefused
from kit.delivery.settings import WebhookSettings
from kit.delivery.template import render
from kit.delivery.words import as_words
from kit.http import AskedTooOften, UpstreamAway
from kit.resolving import Guard, open_resolver

_WITHIN_S = 10.0
_CONNECT_WITHIN_S = 5.0
_MOST_READ = 4096
_MOST_AT_ONCE = 64
_LONGEST_PAUSE_S = 3600.0
_PAUSE_S = 60.0
_PASSING = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
NOT_THERE = (
    "It is at an address of this machine or its own network, which"
    " the house does not allow."
)


class Webhooks:
    """Follows no redirect: it would carry secrets to wherever it points."""

    def __init__(self, http: aiohttp.ClientSession, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def send(self, target: Target, sending: Sending) -> None:
        settings = target.settings
        assert isinstance(settings, WebhookSettings)  # noqa: S101 - of this kind
        body = render(settings.template, sending.message)
        headers = self._headers(settings, sending, body)
        try:
            async with self._http.post(
                settings.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                said = await answer.content.read(_MOST_READ)
                _judge(answer, as_words(said, _secrets(settings)))
        except TimeoutError as exc:
            raise UpstreamAway("It did not answer in time.") from exc
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise TargetRefused("Its address is none.") from None
        except ValueError:
            raise TargetRefused("Its address or Authorization is no good.") from None
        except (aiohttp.ClientError, OSError) as exc:
            if getattr(exc, "errno", None) == errno.EACCES:
                raise TargetRefused(NOT_THERE) from None
            # What they say themselves may hold the whole address.
            raise UpstreamAway(f"It does not answer ({_named(exc)}).") from None

    def _headers(
        self, settings: WebhookSettings, sending: Sending, body: bytes
    ) -> dict[str, str]:
        key, timestamp = str(sending.id), str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "X-MediaNest-Delivery": key,
            "X-MediaNest-Event": sending.message.event,
            "X-MediaNest-Timestamp": timestamp,
        }
        if settings.secret:
            signed = f"{timestamp}.".encode() + body
            digest = hmac.new(settings.secret.encode(), signed, hashlib.sha256)
            headers["X-MediaNest-Signature"] = f"sha256={digest.hexdigest()}"
        if settings.authorization:
            headers["Authorization"] = settings.authorization
        return headers


@asynccontextmanager
async def open_webhooks(
    clock: Clock, *, private_allowed: bool
) -> AsyncIterator[Webhooks]:
    """`private_allowed`: targets may be in this house. At a link-local address is
    none."""
    guard = Guard(link_local_allowed=False, private_allowed=private_allowed)
    async with open_resolver() as resolver:
        connector = aiohttp.TCPConnector(
            limit=_MOST_AT_ONCE,
            keepalive_timeout=30,
            resolver=resolver,
            use_dns_cache=False,
            socket_factory=guard.open_socket,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "MediaNest"},
            timeout=aiohttp.ClientTimeout(
                total=_WITHIN_S, sock_connect=_CONNECT_WITHIN_S
            ),
            trust_env=False,
        ) as http:
            yield Webhooks(http, clock)


def _judge(answer: aiohttp.ClientResponse, words: str) -> None:
    """Raises for what is not a success."""
    status = answer.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = f"It answered {status}" + (f": {words}" if words else ".")
    asked = answer.headers.get("Retry-After", "")
    if status in _PASSING or (asked and status >= HTTPStatus.INTERNAL_SERVER_ERROR):
        raise AskedTooOften(said, retry_after=_pause(asked))
    if status < HTTPStatus.BAD_REQUEST:
        raise UpstreamAway(f"It answered {status}: its address is another one.")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TargetRefused(said)
    raise UpstreamAway(said)


def _pause(header: str) -> timedelta:
    is_seconds = header.isdecimal() and len(header) < 8  # noqa: PLR2004
    seconds = float(header) if is_seconds else _PAUSE_S
    return timedelta(seconds=min(max(seconds, 1.0), _LONGEST_PAUSE_S))


def _secrets(settings: WebhookSettings) -> list[str]:
    return [settings.secret, settings.authorization, *settings.authorization.split()]


def _named(exc: Exception) -> str:
    number = errno.errorcode.get(getattr(exc, "errno", None) or 0, "")
    return number or type(exc).__name__
