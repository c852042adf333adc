"""How a Radarr or a Sonarr is asked: with its key in a header, and with a deadline."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import orjson

from kit.breaker import Breaker, UpstreamResting
from kit.http import Said as Raised
from kit.http import Upstream, UpstreamAway, open_upstream
from services.media.clients.arr.refusals import ensure_done
from services.media.clients.arr.said import (
    Said,
    id_of,
    text,
    thing,
    things,
    whole,
)
from services.media.domain.fulfilling.errors import FulfillerRefused
from services.media.domain.fulfilling.fulfiller import Folder, Options, Profile

API = "api/v3"
_PATIENCE = timedelta(seconds=10)
# They look titles up at servers of their own before they answer.
_TIMES_OF_ADDING = 3
_AT_ONCE = 4
# All series of a large Sonarr, and all films of a large Radarr, are some 50 MB.
_LARGEST_BYTES = 16 * 1024 * 1024
_PAGE = 200
_MOST_PAGES = 25
_MOST_OPTIONS = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where one is, and what lets us in."""

    called: str
    """Radarr or Sonarr."""
    address: str
    key: str = field(repr=False)
    breaker: Breaker
    patience: timedelta = _PATIENCE


class Asked:
    """One conversation."""

    def __init__(self, upstream: Upstream, place: Place) -> None:
        self._upstream = upstream
        self.called = place.called
        self._longer = place.patience * _TIMES_OF_ADDING

    async def get(self, path: str, params: dict[str, str] | None = None) -> Any:
        return await self._ask("GET", path, params=params)

    async def look_up(self, term: str) -> list[Said]:
        """What it knows of series that it does not have."""
        params = {"term": term}
        return things(
            await self._ask(
                "GET", "series/lookup", params=params, patience=self._longer
            )
        )

    async def post(self, path: str, body: Said) -> Any:
        return await self._ask("POST", path, body=body, patience=self._longer)

    async def put(self, path: str, body: Said) -> Any:
        return await self._ask("PUT", path, body=body, patience=self._longer)

    async def version(self) -> str:
        """Raises FulfillerRefused for what is not it."""
        said = thing(await self.get("system/status"))
        name, version = text(said, "appName"), text(said, "version", 50)
        # Those of 2020 did not say their names.
        if name and name != self.called:
            raise FulfillerRefused(f"This is not {self.called} but {name}.")
        if not version:
            raise UpstreamAway(f"What answers at this address is not {self.called}.")
        return version

    async def options(self) -> Options:
        version = await self.version()
        profiles, folders, labels = await asyncio.gather(
            self.get("qualityprofile"), self.get("rootfolder"), self.labels()
        )
        return Options(
            version,
            [
                Profile(id_of(each), text(each, "name", 100))
                for each in things(profiles)[:_MOST_OPTIONS]
            ],
            [
                Folder(text(each, "path", 1000), whole(each, "freeSpace") or None)
                for each in things(folders)[:_MOST_OPTIONS]
            ],
            sorted(labels)[:_MOST_OPTIONS],
        )

    async def labels(self) -> dict[str, int]:
        """Ids of tags, by their labels."""
        said = things(await self.get("tag"))
        return {text(each, "label", 50): id_of(each) for each in said}

    async def tags(self, labels: Sequence[str]) -> list[int]:
        """Ids of tags with these labels; those that are not there are made."""
        if not labels:
            return []
        # They keep them in small letters, and make none twice.
        wanted = list(dict.fromkeys(each.lower() for each in labels))
        known = await self.labels()
        for label in wanted:
            if label not in known:
                known[label] = id_of(thing(await self.post("tag", {"label": label})))
        return [known[label] for label in wanted]

    async def queue(self, **params: str) -> AsyncIterator[Said]:
        """Its rows, page by page."""
        seen: set[int] = set()
        for page in range(1, _MOST_PAGES + 1):
            place = {"page": str(page), "pageSize": str(_PAGE)}
            said = thing(await self.get("queue", {**place, **params}))
            records = things(said.get("records"))
            for each in records:
                # What ends meanwhile moves the rest between pages.
                if id_of(each) not in seen:
                    seen.add(id_of(each))
                    yield each
            if len(records) < _PAGE or page * _PAGE >= whole(said, "totalRecords"):
                return

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Said | None = None,
        patience: timedelta | None = None,
    ) -> Any:
        try:
            answer = await self._upstream.send(
                method,
                f"{API}/{path}",
                params=params,
                body=None if body is None else orjson.dumps(body),
                timeout=patience,
            )
        except UpstreamResting as exc:
            raise UpstreamAway(exc.message, retry_after=exc.retry_after) from exc
        except UpstreamAway as exc:
            raise _explained(exc, self.called) from exc
        if answer.status == HTTPStatus.ACCEPTED and not answer.body:
            return {}
        return ensure_done(self.called, answer).json()


@asynccontextmanager
async def asking(place: Place) -> AsyncIterator[Asked]:
    headers = {
        "X-Api-Key": place.key,
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    async with open_upstream(
        place.called,
        place.address,
        headers=headers,
        most_at_once=_AT_ONCE,
        largest_bytes=_LARGEST_BYTES,
        timeout=place.patience,
        breaker=place.breaker,
    ) as upstream:
        yield Asked(upstream, place)


def _explained(exc: UpstreamAway, called: str) -> UpstreamAway:
    if isinstance(exc.__cause__, Raised) and "Certificate" in str(exc.__cause__):
        return UpstreamAway(
            f"The certificate of {called} cannot be trusted: it has expired, is for"
            " another name, or is self-signed.",
            retry_after=exc.retry_after,
        )
    return exc
