"""Signs in at plex.tv, to find the servers that an account owns."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from kit.clock import Clock
from kit.errors import Invalid, Missing, Unavailable
from kit.ids import uuid7

log = structlog.get_logger()

_CHOSEN_WITHIN = timedelta(minutes=10)
_FORGETS_EVERY_S = 60.0


class PlexSignInMissing(Missing):
    reason = "plex_sign_in_missing"


class PinExpired(Missing):
    reason = "plex_sign_in_missing"


@dataclass(frozen=True, slots=True)
class Pin:
    id: str
    code: str
    url: str
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class OwnedServer:
    machine_id: str
    name: str
    version: str
    addresses: tuple[str, ...]
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlexSignIn:
    id: UUID
    user_id: str
    pin: Pin
    expires_at: datetime
    token: str = field(default="", repr=False)
    """The account's. Empty until it is approved."""


@dataclass(frozen=True, slots=True)
class PlexChoice:
    """One of the servers of an account that has signed in."""

    sign_in_id: UUID
    machine_id: str
    user_id: str


class PlexAccounts(Protocol):
    """plex.tv. Each call raises Unavailable when it does not answer."""

    async def open_pin(self) -> Pin: ...

    async def token(self, pin_id: str) -> str:
        """Empty until it is approved. Raises PinExpired."""

    async def owned_servers(self, token: str) -> Sequence[OwnedServer]:
        """Raises PinExpired for a token that is good no more."""


class SignIns(Protocol):
    """What is stored of sign-ins, their tokens sealed."""

    async def begin(self, sign_in: PlexSignIn) -> None:
        """In place of what the same person has begun before."""

    async def find(self, sign_in_id: UUID, user_id: str, now: datetime) -> PlexSignIn:
        """Raises PlexSignInMissing, also for somebody else's and for what is over."""

    async def approve(self, approved: PlexSignIn) -> None:
        """Keep its token, until it expires."""

    async def forget_old(self, now: datetime) -> None: ...


class PlexSignIns:
    def __init__(self, stored: SignIns, plex: PlexAccounts, clock: Clock) -> None:
        self._stored = stored
        self._plex = plex
        self._clock = clock

    async def start(self, user_id: str) -> PlexSignIn:
        pin = await self._plex.open_pin()
        now = self._clock.now()
        begun = PlexSignIn(uuid7(now), user_id, pin, now + pin.lasts)
        await self._stored.begin(begun)
        return begun

    async def check(
        self, sign_in_id: UUID, user_id: str
    ) -> tuple[PlexSignIn, Sequence[OwnedServer]]:
        """It, and the servers once it is approved. Raises PlexSignInMissing."""
        sign_in = await self._as_it_is(sign_in_id, user_id)
        if not sign_in.token:
            return sign_in, ()
        return sign_in, await self._plex.owned_servers(sign_in.token)

    async def account_token(self, sign_in_id: UUID, user_id: str) -> str:
        """Empty until it is approved. Raises PlexSignInMissing."""
        return (await self._as_it_is(sign_in_id, user_id)).token

    async def token_of(self, choice: PlexChoice) -> str:
        """What lets us in at the server. Raises PlexSignInMissing, and Invalid for a
        server that the account does not own."""
        sign_in, servers = await self.check(choice.sign_in_id, choice.user_id)
        if not sign_in.token:
            raise Invalid("The sign-in is not approved at plex.tv yet.", field="plex")
        tokens = {each.machine_id: each.token for each in servers}
        if choice.machine_id not in tokens:
            raise Invalid("The account owns no such server.", field="plex")
        return tokens[choice.machine_id]

    async def _as_it_is(self, sign_in_id: UUID, user_id: str) -> PlexSignIn:
        now = self._clock.now()
        sign_in = await self._stored.find(sign_in_id, user_id, now)
        if sign_in.token:
            return sign_in
        token = await self._plex.token(sign_in.pin.id)
        if token:
            sign_in = replace(sign_in, token=token, expires_at=now + _CHOSEN_WITHIN)
            await self._stored.approve(sign_in)
        return sign_in

    async def run(self) -> None:
        """Forget what is over until cancelled."""
        while True:
            try:
                await self._stored.forget_old(self._clock.now())
            except Unavailable as exc:
                log.info("forgetting_put_off", error=exc.reason)
            await asyncio.sleep(_FORGETS_EVERY_S)
