"""Plex accounts, by way of plex.tv's PINs."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kit.clock import Clock
from kit.http import Answer, Upstream, UpstreamAway, open_upstream
from services.auth.domain.errors import AttemptExpired, TokenRevoked
from services.auth.domain.identities import Asked, Profile

NAME = "plex"
_PRODUCT = "MediaNest"
# Three of these, one behind the other, end before the gateway gives up.
_PATIENCE = timedelta(seconds=2.5)
_AT_ONCE = 8
_LARGEST_BYTES = 2 * 1024 * 1024
_SHORTEST_S, _LONGEST_S = 30, 3600
_HOST = "plex.tv"
# plex.tv's own servers have it as their page's address; another has the page itself.
_PAGES = {_HOST: "https://app.plex.tv"}
_CODE = re.compile(r"[A-Za-z0-9]{4,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")
_HTTPS_PORT = 443


class Plex:
    """`servers` are the machine identifiers of the house's servers. Without any, a
    Plex account has access to nothing here."""

    def __init__(
        self,
        upstream: Upstream,
        address: str,
        client_identifier: str,
        servers: frozenset[str],
        clock: Clock,
    ) -> None:
        self._upstream = upstream
        self._page = f"{_PAGES.get(urlsplit(address).hostname or '', address)}/auth#?"
        self._client_identifier = client_identifier
        self._servers = servers
        self._clock = clock

    @property
    def name(self) -> str:
        return NAME

    async def ask(self) -> Asked:
        answer = await self._upstream.send(
            "POST", "/api/v2/pins", params={"strong": "true"}
        )
        said = _object(_meant(answer))
        code = _matched(said, "code", _CODE)
        shown = {
            "clientID": self._client_identifier,
            "code": code,
            "context[device][product]": _PRODUCT,
        }
        left_s = min(max(_number(said, "expiresIn"), _SHORTEST_S), _LONGEST_S)
        return Asked(
            reference=str(_number(said, "id")),
            code=code,
            url=self._page + urlencode(shown, quote_via=quote),
            expires_at=self._clock.now() + timedelta(seconds=left_s),
        )

    async def token(self, reference: str) -> str | None:
        answer = await self._upstream.get(f"/api/v2/pins/{quote(reference, safe='')}")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise AttemptExpired
        said = _object(_meant(answer))
        return _matched(said, "authToken", _TOKEN) if said.get("authToken") else None

    async def profile(self, token: str) -> Profile:
        said = _object(await self._as_user("/api/v2/user", token))
        called = (_text(said, key) for key in ("username", "title", "friendlyName"))
        return Profile(
            subject=str(_number(said, "id")),
            name=next(filter(None, called), ""),
            email=_text(said, "email"),
            avatar_url=_avatar(_text(said, "thumb")),
        )

    async def has_access(self, token: str) -> bool:
        if not self._servers:
            return False
        said = await self._as_user("/api/v2/resources", token)
        if not isinstance(said, list):
            raise _nonsense()
        return any(self._is_ours(_object(each)) for each in said)

    async def refresh(self, token: str) -> Profile:
        await self._as_user("/api/v2/ping", token)
        return await self.profile(token)

    async def revoke(self, token: str) -> None:
        answer = await self._upstream.send(
            "DELETE", "/api/v2/users/signout", headers=_bearing(token)
        )
        if answer.status != HTTPStatus.UNAUTHORIZED:
            _meant(answer)

    def _is_ours(self, resource: Mapping[str, Any]) -> bool:
        provided = _text(resource, "provides").split(",")
        return (
            "server" in provided
            and _text(resource, "clientIdentifier") in self._servers
        )

    async def _as_user(self, path: str, token: str) -> Any:
        answer = await self._upstream.get(path, headers=_bearing(token))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise TokenRevoked
        return _meant(answer).json()


@asynccontextmanager
async def open_plex(
    address: str, client_identifier: str, servers: frozenset[str], clock: Clock
) -> AsyncIterator[Plex]:
    """The plex.tv at `address`, which need not be there."""
    address = address.rstrip("/")
    headers = {
        "Accept": "application/json",
        "X-Plex-Client-Identifier": client_identifier,
        "X-Plex-Product": _PRODUCT,
        "X-Plex-Device": _PRODUCT,
        "X-Plex-Platform": "Web",
    }
    async with open_upstream(
        _HOST,
        address,
        headers=headers,
        most_at_once=_AT_ONCE,
        largest_bytes=_LARGEST_BYTES,
        timeout=_PATIENCE,
    ) as upstream:
        yield Plex(upstream, address, client_identifier, servers, clock)


def _bearing(token: str) -> dict[str, str]:
    return {"X-Plex-Token": token}


def _nonsense() -> UpstreamAway:
    return UpstreamAway("plex.tv answered with something that it should not.")


def _meant(answer: Answer) -> Answer:
    """Any other refusal is no word about a token, or a PIN: it is about our call."""
    if not answer.is_success:
        raise UpstreamAway(f"plex.tv refused with status {answer.status}.")
    return answer


def _object(said: "Answer | Any") -> Mapping[str, Any]:
    found = said.json() if isinstance(said, Answer) else said
    if not isinstance(found, dict):
        raise _nonsense()
    return found


def _number(said: Mapping[str, Any], key: str) -> int:
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise _nonsense()
    return value


def _matched(said: Mapping[str, Any], key: str, pattern: "re.Pattern[str]") -> str:
    value = said.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _nonsense()
    return value


def _text(said: Mapping[str, Any], key: str) -> str:
    """What can be shown of a text that may be left out."""
    value = said.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _nonsense()
    return "".join(filter(str.isprintable, value))[:512]


def _avatar(url: str) -> str:
    """The picture's address, if it is one of plex.tv's; else there is none. Whoever
    fetches it must not be sent elsewhere."""
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS_PORT
    except ValueError:
        return ""
    host = parts.hostname or ""
    at_plex = host == _HOST or host.endswith(f".{_HOST}")
    plain = parts.username is None and parts.password is None and url.isascii()
    good = parts.scheme == "https" and at_plex and port == _HTTPS_PORT and plain
    return url if good else ""
