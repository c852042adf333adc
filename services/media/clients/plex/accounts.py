"""plex.tv, asked which servers an account owns."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kit.http import Answer, Upstream, UpstreamAway, open_upstream
from services.media.clients.plex.reading import Said, number, text
from services.media.domain.plex_sign_ins import OwnedServer, Pin, PinExpired

_HOST = "plex.tv"
# plex.tv's own servers have it as their page's address; another has the page itself.
_PAGES = {_HOST: "https://app.plex.tv"}
_CLIENT = "medianest-media"
_PRODUCT = "MediaNest"
PLEX_HEADERS = {
    "Accept": "application/json",
    "X-Plex-Client-Identifier": _CLIENT,
    "X-Plex-Product": _PRODUCT,
    "X-Plex-Device": _PRODUCT,
    "X-Plex-Platform": "Web",
}
_PATIENCE = timedelta(seconds=2.5)
_LARGEST_BYTES = 2 * 1024 * 1024
_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(hours=1)
_MOST_SERVERS = 100
_MOST_ADDRESSES = 20
_WORD = re.compile(r"[\x21-\x7e]{1,500}")


class PlexTV:
    """PlexAccounts, as plex.tv has them."""

    def __init__(self, upstream: Upstream, address: str) -> None:
        self._upstream = upstream
        self._page = f"{_PAGES.get(urlsplit(address).hostname or '', address)}/auth#?"

    async def open_pin(self) -> Pin:
        answer = await self._upstream.send(
            "POST", "/api/v2/pins", params={"strong": "true"}
        )
        said = _object(_meant(answer).json())
        code = _word(said, "code")
        shown = {
            "clientID": _CLIENT,
            "code": code,
            "context[device][product]": _PRODUCT,
        }
        lasts = timedelta(seconds=number(said, "expiresIn"))
        pin_id = number(said, "id")
        if not pin_id:
            raise _nonsense()
        return Pin(
            str(pin_id),
            code,
            self._page + urlencode(shown, quote_via=quote),
            min(max(lasts, _SHORTEST), _LONGEST),
        )

    async def token(self, pin_id: str) -> str:
        answer = await self._upstream.get(f"/api/v2/pins/{quote(pin_id, safe='')}")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise PinExpired("The code of plex.tv has expired. Start again.")
        said = _object(_meant(answer).json())
        if "authToken" not in said:
            raise _nonsense()
        return _word(said, "authToken") if said["authToken"] else ""

    async def owned_servers(self, token: str) -> Sequence[OwnedServer]:
        answer = await self._upstream.get(
            "/api/v2/resources",
            params={"includeHttps": "1", "includeIPv6": "1"},
            headers={"X-Plex-Token": token},
        )
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise PinExpired("The account was signed out at plex.tv. Start again.")
        said = _meant(answer).json()
        if not isinstance(said, list):
            raise _nonsense()
        found = (_object(each) for each in said)
        return [_server(each) for each in found if _is_owned(each)][:_MOST_SERVERS]


@asynccontextmanager
async def open_plex_tv(address: str) -> AsyncIterator[PlexTV]:
    """The plex.tv at `address`, which need not be there."""
    address = address.rstrip("/")
    async with open_upstream(
        _HOST,
        address,
        headers=PLEX_HEADERS,
        most_at_once=4,
        largest_bytes=_LARGEST_BYTES,
        timeout=_PATIENCE,
    ) as upstream:
        yield PlexTV(upstream, address)


def _is_owned(resource: Said) -> bool:
    return (
        "server" in text(resource, "provides").split(",")
        and resource.get("owned") is True
    )


def _server(resource: Said) -> OwnedServer:
    machine_id = _word(resource, "clientIdentifier")
    said = resource.get("connections") or []
    if not isinstance(said, list):
        raise _nonsense()
    connections = [_object(each) for each in said]
    # The near ones first, and what goes by way of Plex's own servers not at all.
    connections.sort(key=lambda each: each.get("local") is not True)
    addresses = [
        text(each, "uri") for each in connections if each.get("relay") is not True
    ]
    return OwnedServer(
        machine_id,
        text(resource, "name") or machine_id,
        text(resource, "productVersion"),
        tuple(filter(_WORD.fullmatch, addresses))[:_MOST_ADDRESSES],
        _word(resource, "accessToken"),
    )


def _meant(answer: Answer) -> Answer:
    if not answer.is_success:
        raise UpstreamAway(f"plex.tv refused with status {answer.status}.")
    return answer


def _object(said: Any) -> Said:
    if not isinstance(said, dict):
        raise _nonsense()
    return said


def _word(said: Said, key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise _nonsense()
    return value


def _nonsense() -> UpstreamAway:
    return UpstreamAway("plex.tv answered with something that it should not.")
