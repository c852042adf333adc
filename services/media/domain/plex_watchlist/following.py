"""Follows watchlists at Plex: what is on them is on people's watchlists here, and is
asked for.

due ─► claim ─► read all of it ─► find the titles ─► watchlist ─► ask, once each ─► due
                    │ not in full: nothing is changed, and again later
                    └ 401: sign in again
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Failure, Unavailable
from services.media.domain.importing import Entry, Imports
from services.media.domain.matching import Catalog, ItemKind, ParsedName, best
from services.media.domain.plex_watchlist.watchlist import (
    Claim,
    ReadingLost,
    SignedOut,
    SyncState,
)
from services.media.domain.requests.errors import AlreadyAvailable, AlreadyRequested
from services.media.domain.titles import Kind

log = structlog.get_logger()

_LEASE = timedelta(minutes=2)
_READ_WITHIN_S = 60.0
_LOOK_FOR_WORK_S = 5.0
_LONGEST_PAUSE = timedelta(hours=1)
_ASKED_AT_ONCE = 20
_ASK_AGAIN = timedelta(hours=6)
_AT_ONCE = 100
_MOST_DOUBLINGS = 10
_KINDS = {ItemKind.MOVIE: Kind.MOVIE, ItemKind.SERIES: Kind.SERIES}

Ask = Callable[[UUID, Once, Caller], Awaitable[object]]
"""Ask for all of a title, as somebody. Raises what asking raises."""


class WatchlistsElsewhere(Protocol):
    async def read(self, token: str) -> Sequence[ParsedName]:
        """All of it, what was added last first. Raises SignedOut, and Unavailable for
        what was not told in full."""


@dataclass(frozen=True, slots=True)
class Outcome:
    state: SyncState
    detail: str = ""
    entry_count: int | None = None
    """None: it was not read."""
    unknown_count: int = 0


_SIGN_IN_AGAIN = Outcome(
    SyncState.SIGN_IN_AGAIN,
    "Plex does not know the sign-in any more. Connect it again.",
)


class Followed(Protocol):
    """What is stored of it. To take and to finish raises ReadingLost for a claim that
    is another's by now, or nobody's."""

    async def claim(self, now: datetime, until: datetime) -> Claim | None:
        """One that is due, if any. It is nobody else's until then."""

    async def take(
        self, claim: Claim, title_ids: Sequence[UUID], now: datetime
    ) -> None:
        """Put on their watchlist what was not found on the one at Plex before, as far
        as there is room, what comes last in front."""

    async def waiting(
        self, claim: Claim, kinds: Sequence[Kind], now: datetime, most: int
    ) -> Sequence[UUID]:
        """What was found there and is to be asked for now; nothing that they have
        asked for before, whatever became of it. Nothing without the claim."""

    async def settle(self, claim: Claim, title_id: UUID, outcome: str) -> None:
        """It is not asked for again."""

    async def put_off(
        self, claim: Claim, title_id: UUID, outcome: str, until: datetime
    ) -> None:
        """It is asked for again then."""

    async def finish(
        self, claim: Claim, outcome: Outcome, now: datetime, due: datetime | None
    ) -> None:
        """Give the claim back. None: it is due when it is connected again."""


class Following:
    """Any number of processes may do so."""

    def __init__(
        self,
        followed: Followed,
        elsewhere: WatchlistsElsewhere,
        catalog: Catalog,
        imports: Imports,
        ask: Ask,
        clock: Clock,
        every: timedelta,
    ) -> None:
        self._followed = followed
        self._elsewhere = elsewhere
        self._catalog = catalog
        self._imports = imports
        self._ask = ask
        self._clock = clock
        self._every = every
        self._wake = asyncio.Event()

    def knock(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while await self.follow_next():
                    pass
            except Unavailable as exc:
                log.info("plex_watchlists_put_off", error=exc.reason)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_FOR_WORK_S):
                    await self._wake.wait()
            self._wake.clear()

    async def follow_next(self) -> bool:
        """Read the one that is due most, if any; whether there was one."""
        now = self._clock.now()
        claim = await self._followed.claim(now, now + _LEASE)
        if claim is None:
            return False
        try:
            async with asyncio.timeout(_READ_WITHIN_S):
                outcome = await self._follow(claim)
        except ReadingLost:
            log.info("plex_watchlist_lost", user_id=claim.user_id)
            return True
        except (TimeoutError, Unavailable):
            outcome = Outcome(SyncState.AWAY, "Plex did not tell it in full.")
        # One that crashes must not keep the others from being read.
        except Exception:
            log.exception("plex_watchlist_crashed", user_id=claim.user_id)
            outcome = Outcome(
                SyncState.AWAY, "It could not be read. The service's log says why."
            )
        with suppress(ReadingLost):
            await self._finish(claim, outcome)
        return True

    async def _follow(self, claim: Claim) -> Outcome:
        if not claim.token:
            return _SIGN_IN_AGAIN
        try:
            entries = await self._elsewhere.read(claim.token)
        except SignedOut:
            return _SIGN_IN_AGAIN
        unknown = 0
        # What was added last is to stand first.
        for start in range(0, len(entries), _AT_ONCE):
            some = entries[::-1][start : start + _AT_ONCE]
            found = await self._titles(some)
            unknown += found.count(None)
            titles = dict.fromkeys(each for each in found if each is not None)
            now = self._clock.now() + timedelta(microseconds=start)
            await self._followed.take(claim, list(titles), now)
        await self._ask_for_waiting(claim)
        return Outcome(SyncState.CONNECTED, "", len(entries), unknown)

    async def _titles(self, names: Sequence[ParsedName]) -> list[UUID | None]:
        """What they are. Of what the catalogue does not know, it learns what has an id
        of a provider."""
        found = await self._match(names)
        new = [
            entry
            for name, title_id in zip(names, found, strict=True)
            if title_id is None and (entry := _entry_of(name))
        ]
        if not new:
            return found
        await self._imports.take(new)
        return await self._match(names)

    async def _match(self, names: Sequence[ParsedName]) -> list[UUID | None]:
        candidates = await self._catalog.candidates(list(names))
        matches = map(best, names, candidates)
        return [match.title_id if match else None for match in matches]

    async def _ask_for_waiting(self, claim: Claim) -> None:
        now = self._clock.now()
        asker = claim.asker(now)
        if asker is None or not (kinds := claim.asks_for(asker)):
            return
        for title_id in await self._followed.waiting(claim, kinds, now, _ASKED_AT_ONCE):
            # A process that dies behind asking asks again, and gets the same request.
            once = Once(f"plex-watchlist:{title_id}", title_id.bytes)
            try:
                await self._ask(title_id, once, asker)
            except Unavailable:
                raise
            except (AlreadyAvailable, AlreadyRequested) as exc:
                await self._followed.settle(claim, title_id, exc.reason)
            except Failure as exc:
                # A quota that is used up, perhaps, or the blocklist.
                until = self._clock.now() + _ASK_AGAIN
                await self._followed.put_off(claim, title_id, exc.reason, until)
            else:
                await self._followed.settle(claim, title_id, "asked")

    async def _finish(self, claim: Claim, outcome: Outcome) -> None:
        now = self._clock.now()
        due: datetime | None = now + self._every
        if outcome.state is SyncState.AWAY:
            doublings = min(claim.failures + 1, _MOST_DOUBLINGS)
            pause = min(self._every * 2**doublings, max(_LONGEST_PAUSE, self._every))
            due = now + pause * random.uniform(0.8, 1)  # noqa: S311
        if outcome.state is SyncState.SIGN_IN_AGAIN:
            due = None
        await self._followed.finish(claim, outcome, now, due)


def _entry_of(name: ParsedName) -> Entry | None:
    kind = _KINDS[name.kind]
    if name.tmdb_id:
        key = f"tmdb:{kind.value}:{name.tmdb_id}"
    elif name.tvdb_id:
        key = f"tvdb:{kind.value}:{name.tvdb_id}"
    elif name.imdb_id:
        key = f"imdb:{kind.value}:{name.imdb_id}"
    else:
        return None
    entry = Entry(
        key,
        kind,
        name.name,
        year=name.year,
        tmdb_id=name.tmdb_id or None,
        imdb_id=name.imdb_id,
        tvdb_id=name.tvdb_id or None,
    )
    return entry if entry.fault() is None else None
