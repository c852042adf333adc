"""Who is asking: a token becomes a caller, once, and is remembered for a moment.

Only auth knows tokens and signs callers. Its answer is kept for 30 seconds at most, is
dropped as soon as auth tells that it is no longer true, and a caller that is kept is
always good for the call that it is used in.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cachebox import LRUCache
from google.protobuf.struct_pb2 import Struct

from gateway.calls import Call, Metadata
from gateway.problems import Problem, unauthenticated
from kit.caller import KEY_SESSION
from medianest.api.v1 import events_pb2
from medianest.auth.v1 import sessions_pb2

COOKIE = b"medianest_session"
EXCHANGE = sessions_pb2.DESCRIPTOR.services_by_name["SessionsService"].methods_by_name[
    "ExchangeToken"
]

_KEPT_S = 30.0
_REFUSED_S = 3.0
# A caller's assertion must outlive the longest call that it is sent with.
_MARGIN = timedelta(seconds=15)
_TOKENS_KEPT = 20_000
_LONGEST_TOKEN = 512
_EXCHANGE_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Caller:
    assertion: str
    """Opaque: what services verify."""
    user_id: str
    session_id: str
    permissions: int
    until_s: float
    """Monotonic: when to ask auth again."""


@dataclass(frozen=True, slots=True)
class Credentials:
    token: str
    is_cookie: bool


def credentials_of(headers: Mapping[bytes, bytes]) -> Credentials | None:
    """What the request shows: `Authorization: Bearer`, `X-Api-Key`, or the cookie.
    Raises Problem for an Authorization of another kind."""
    if shown := headers.get(b"authorization"):
        kind, _, token = shown.partition(b" ")
        if kind.lower() != b"bearer":
            raise unauthenticated("unauthenticated", "Authorization must be Bearer.")
        return Credentials(_text(token.strip()), is_cookie=False)
    if shown := headers.get(b"x-api-key"):
        return Credentials(_text(shown), is_cookie=False)
    if cookies := headers.get(b"cookie"):
        for cookie in cookies.split(b";"):
            name, _, value = cookie.partition(b"=")
            if name.strip() == COOKIE and value:
                return Credentials(_text(value.strip()), is_cookie=True)
    return None


def _text(token: bytes) -> str:
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        raise session_unknown()
    return token.decode()


def session_unknown() -> Problem:
    return unauthenticated(
        "session_unknown", "This session or key is not known, or has ended."
    )


class Identity:
    def __init__(
        self, exchange: Call, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._exchange = exchange
        self._now_s = now_s
        self._callers: LRUCache[str, Caller] = LRUCache(_TOKENS_KEPT)
        self._refused: LRUCache[str, float] = LRUCache(_TOKENS_KEPT)
        self._flights: dict[str, asyncio.Task[Caller]] = {}
        self._age = 0

    def remembered(self, token: str) -> Caller | None:
        """The caller, without asking. Raises Problem for a token that auth refused a
        moment ago."""
        caller = self._callers.get(token, None)
        if caller is not None and caller.until_s > self._now_s():
            return caller
        if self._refused.get(token, 0.0) > self._now_s():
            raise session_unknown()
        return None

    async def resolve(self, token: str, metadata: Metadata) -> Caller:
        """The caller; of many who ask at once, one asks auth. Raises Problem: 401, or
        503 when auth is not there."""
        if caller := self.remembered(token):
            return caller
        flight = self._flights.get(token)
        if flight is None:
            flight = asyncio.create_task(self._ask(token, metadata), name="exchange")
            self._flights[token] = flight
            flight.add_done_callback(lambda done: self._landed(token, done))
        return await asyncio.shield(flight)

    def forget_everybody(self) -> None:
        self._age += 1
        self._callers.clear()
        self._refused.clear()
        self._flights.clear()

    def forget(self, who: Callable[[Caller], bool]) -> None:
        # What is being asked now may have been answered before it happened.
        self._age += 1
        self._flights.clear()
        for token, caller in list(self._callers.items()):
            if who(caller):
                self._callers.pop(token, None)

    def _landed(self, token: str, flight: "asyncio.Task[Caller]") -> None:
        if self._flights.get(token) is flight:
            del self._flights[token]
        if not flight.cancelled():
            # Read, so that a flight that everybody left does not complain.
            flight.exception()

    async def _ask(self, token: str, metadata: Metadata) -> Caller:
        age = self._age
        asked = sessions_pb2.ExchangeTokenRequest(token=token).SerializeToString()
        try:
            raw = await self._exchange.ask(asked, _EXCHANGE_WITHIN_S, metadata)
        except Problem as problem:
            if problem.status in {400, 401, 403, 404}:
                self._refused[token] = self._now_s() + _REFUSED_S
                raise session_unknown() from problem
            raise
        answer = sessions_pb2.ExchangeTokenResponse.FromString(raw)
        left = answer.expires_at.ToDatetime(UTC) - datetime.now(UTC) - _MARGIN
        kept_s = min(_KEPT_S, left.total_seconds())
        caller = Caller(
            answer.caller,
            answer.user_id,
            answer.session_id,
            answer.permissions,
            self._now_s() + kept_s,
        )
        if kept_s > 0 and self._age == age:
            self._callers[token] = caller
        return caller


_OF_A_USER = {
    "user.changed",
    "user.removed",
    "second_factor.enabled",
    "second_factor.disabled",
}
_OF_EVERYBODY = {"role.changed", "role.removed", "second_factor.required"}


@dataclass(frozen=True, slots=True)
class Change:
    """What an event of auth says about callers."""

    who: Callable[[Caller], bool]
    is_over: bool
    """They are callers no more; else they may be allowed other things."""


def change_of(event: events_pb2.Event) -> Change | None:
    if event.type == "session.ended":
        session_id = _named(event.data, "sessionId")
    elif event.type == "key.removed":
        session_id = f"{KEY_SESSION}{_named(event.data, 'keyId')}"
    elif event.type in _OF_A_USER:
        user_id = _named(event.data, "userId")
        return Change(
            lambda caller: caller.user_id == user_id, event.type == "user.removed"
        )
    elif event.type in _OF_EVERYBODY:
        # Rare, and whom it is about only auth knows: some may do less, and some more.
        return Change(lambda _: True, is_over=False)
    else:
        return None
    return Change(lambda caller: caller.session_id == session_id, True)


def _named(data: Struct, name: str) -> str:
    return str(data[name]) if name in data else ""
