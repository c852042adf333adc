"""How often somebody may try a password or a code, and how long they wait after that.

Every try is counted before it is looked at, by three measures; one that succeeds is
given back. So of many at once no more than the free ones are looked at, and whoever
hangs up has tried all the same.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol
from uuid import UUID

from kit.clock import Clock
from services.auth.domain.audit import Action, Actor, Entry, Values
from services.auth.domain.errors import TriedTooOften

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_AT_HOME_FOR = timedelta(days=90)
_SITE_BITS = 64


class Scope(StrEnum):
    """What is counted: tries for an account from one address, for it from anywhere,
    and from an address for whatever account."""

    ACCOUNT_AT_ADDRESS = "account_at_address"
    ACCOUNT = "account"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Bound:
    """After `free` failures each further one doubles the delay, up to an hour. They are
    forgotten when it has been quiet for `quiet`."""

    free: int
    quiet: timedelta
    first: timedelta = timedelta(seconds=30)
    most: timedelta = _HOUR

    def delay(self, failures: int) -> timedelta | None:
        if failures < self.free:
            return None
        # Doubled so often, any delay is longer than the longest.
        doublings = min(failures - self.free, 32)
        return min(self.most, self.first * (1 << doublings))


BOUNDS = {
    Scope.ACCOUNT_AT_ADDRESS: Bound(free=5, quiet=_DAY),
    Scope.ACCOUNT: Bound(free=50, quiet=_DAY),
    Scope.ADDRESS: Bound(free=30, quiet=_HOUR),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted in one scope."""

    key: bytes
    scope: Scope
    failures: int = 0
    refused: int = 0
    locked_until: datetime | None = None
    known_until: datetime | None = None
    forgotten_at: datetime | None = None

    def at(self, now: datetime) -> "Tally":
        """Itself, or a new one when it is forgotten."""
        if self.forgotten_at is None or self.forgotten_at > now:
            return self
        return Tally(self.key, self.scope)

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and self.locked_until > now

    def is_at_home(self, now: datetime) -> bool:
        return self.known_until is not None and self.known_until > now

    def failed(self, now: datetime) -> "Tally":
        bound, failures = BOUNDS[self.scope], self.failures + 1
        delay = bound.delay(failures)
        quiet = bound.quiet if delay else _HOUR
        locked_until = now + delay if delay else None
        return replace(
            self,
            failures=failures,
            locked_until=locked_until,
            forgotten_at=self._end((locked_until or now) + quiet),
        )

    def turned_away(self) -> "Tally":
        return replace(self, refused=self.refused + 1)

    def given_back(self) -> "Tally":
        return replace(self, failures=max(self.failures - 1, 0), locked_until=None)

    def welcomed(self, now: datetime) -> "Tally":
        if self.scope is not Scope.ACCOUNT_AT_ADDRESS:
            return self.given_back()
        until = now + _AT_HOME_FOR
        return replace(
            self,
            failures=0,
            refused=0,
            locked_until=None,
            known_until=until,
            forgotten_at=until,
        )

    def _end(self, at: datetime) -> datetime:
        return max(at, self.known_until or at)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the tallies, and whether the try is looked at."""

    tallies: Sequence[Tally]
    """Those that are not as they were."""
    retry_after: timedelta | None = None

    @property
    def bursts(self) -> Sequence[Tally]:
        """Those whose delays begin with this try, if it fails."""
        if self.retry_after:
            return ()
        return [
            each for each in self.tallies if each.failures == BOUNDS[each.scope].free
        ]


def judge(tallies: Sequence[Tally], now: datetime) -> Verdict:
    """Whether to look at a try. Where the account is at home, others' failures do not
    count: nobody locks an owner out of their own living room."""
    counted = [each.at(now) for each in tallies]
    at_home = [each for each in counted if each.is_at_home(now)]
    counted = at_home or counted
    locked = [each for each in counted if each.is_locked(now)]
    if not locked:
        return Verdict([each.failed(now) for each in counted])
    longest = max(each.locked_until or now for each in locked)
    return Verdict([each.turned_away() for each in locked], longest - now)


@dataclass(frozen=True, slots=True)
class Try:
    """One try to sign in, by the keys that it is counted under."""

    user_id: UUID | None
    address: str
    keys: Mapping[Scope, bytes]
    login_mark: str
    """Tells one login from another in the audit log, and not what it is."""
    counted: Sequence[Scope] = ()
    bursts: Sequence[Tally] = field(default=())


class Tries(Protocol):
    """Where tries are counted: in one transaction, in every replica's sight."""

    async def count(self, attempt: Try, now: datetime) -> Verdict:
        """What `judge` says of it, done."""

    async def give_back(self, attempt: Try) -> None: ...

    async def welcome(self, attempt: Try, now: datetime) -> None:
        """The account is at home at the address."""

    async def failed(self, attempt: Try, entries: Sequence[Entry]) -> None:
        """Write the entries down, and tell of the bursts."""


class Throttle:
    def __init__(self, tries: Tries, clock: Clock, key: bytes) -> None:
        self._tries = tries
        self._clock = clock
        self._key = hashlib.blake2b(key, person=b"sign-in tries").digest()

    async def admit(self, login: str, user_id: UUID | None, address: str) -> Try:
        """A try that may be looked at. Raises TriedTooOften, whoever it is."""
        account, site = login.casefold(), site_of(address)
        keys = {
            Scope.ACCOUNT_AT_ADDRESS: self._digest("both", account, site),
            Scope.ACCOUNT: self._digest("account", account),
            Scope.ADDRESS: self._digest("address", site),
        }
        mark = keys[Scope.ACCOUNT].hex()[:8]
        attempt = Try(user_id, address, keys, mark)
        verdict = await self._tries.count(attempt, self._clock.now())
        if verdict.retry_after:
            raise TriedTooOften(verdict.retry_after)
        counted = [each.scope for each in verdict.tallies]
        return replace(attempt, counted=counted, bursts=verdict.bursts)

    async def failed(self, attempt: Try, why: str) -> None:
        """The try was looked at, and is no good."""
        by = Actor.unknown(attempt.address)
        await self._failed(attempt, Action.SESSION_REFUSED, by, {"why": why})

    async def failed_own(self, attempt: Try, action: Action, by: Actor) -> None:
        """As `failed`, by one who is signed in."""
        await self._failed(attempt, action, by, {})

    async def _failed(
        self, attempt: Try, action: Action, by: Actor, why: Values
    ) -> None:
        now, mark = self._clock.now(), {"login": attempt.login_mark}
        about = f"user:{attempt.user_id}" if attempt.user_id else "user:unknown"
        entries = [Entry(action, now, by, about, after={**why, **mark})]
        for burst in attempt.bursts:
            told = {"scope": burst.scope, **mark}
            entries.append(Entry(Action.SIGN_IN_THROTTLED, now, by, about, after=told))
        await self._tries.failed(attempt, entries)

    async def give_back(self, attempt: Try) -> None:
        """It was not looked at, or was right and is of no use."""
        await self._tries.give_back(attempt)

    async def welcome(self, attempt: Try) -> None:
        await self._tries.welcome(attempt, self._clock.now())

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode(), "sha256")


def site_of(address: str) -> str:
    """Whom an address belongs to: of IPv6 a site has 64 bits, and any number of
    addresses in it."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _SITE_BITS):x}/64"
