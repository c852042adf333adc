"""Where a call comes from: what the gateway says under its seal, or else the peer.

Whoever reaches a service can write any metadata. An address counts only with a seal
made of what the gateway alone shares with the service: `expiry.signature`, good for
that address and for two minutes.
"""

import base64
import hashlib
import hmac
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

from cachebox import LRUCache
from grpc import aio

from kit.clock import Clock

ADDRESS_KEY = "x-client-address"
SEAL_KEY = "x-client-seal"

_GOOD_FOR_S = 120
_RENEWED_S = 60
_REMEMBERED = 10_000
_LONGEST = 64


class AddressSeal:
    """Without a token there is no seal: none is made, and none is good."""

    def __init__(self, token: str, clock: Clock) -> None:
        self._key = (
            hashlib.blake2b(token.encode(), person=b"address").digest()
            if token
            else b""
        )
        self._clock = clock
        self._made: LRUCache[str, tuple[int, str]] = LRUCache(_REMEMBERED)
        self._good: LRUCache[tuple[str, str], int] = LRUCache(_REMEMBERED)

    def seal(self, address: str) -> str:
        """The seal to send with the address; empty when there is none."""
        if not self._key:
            return ""
        now = int(self._clock.now().timestamp())
        until, seal = self._made.get(address, (0, ""))
        if until - now < _GOOD_FOR_S - _RENEWED_S:
            until = now + _GOOD_FOR_S
            seal = f"{until}.{self._mac(address, until)}"
            self._made[address] = (until, seal)
        return seal

    def address_of(self, context: aio.ServicerContext[Any, Any]) -> str:
        """The caller's address: sealed, or the peer's own."""
        told = dict(context.invocation_metadata() or ())
        address = str(told.get(ADDRESS_KEY, ""))
        if address and self._is_good(address, str(told.get(SEAL_KEY, ""))):
            return address
        return peer_address(context.peer())

    def _is_good(self, address: str, seal: str) -> bool:
        now = self._clock.now().timestamp()
        if (address, seal) in self._good:
            return self._good[address, seal] > now
        text, _, mac = seal.partition(".")
        if not (self._key and text.isdecimal() and len(text) <= 12 and mac.isascii()):  # noqa: PLR2004 - seconds, for long
            return False
        until = int(text)
        if not hmac.compare_digest(mac, self._mac(address, until)):
            return False
        self._good[address, seal] = until
        return until > now

    def _mac(self, address: str, until: int) -> str:
        mac = hmac.digest(self._key, f"{until} {address}".encode(), "sha256")
        return base64.urlsafe_b64encode(mac).decode()


def peer_address(peer: str) -> str:
    """`ipv4:10.0.0.7:4711` → `10.0.0.7`; `ipv6:%5B::1%5D:4711` → `::1`."""
    kind, _, rest = unquote(peer).partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return kind[:_LONGEST]
    return rest.rpartition(":")[0].strip("[]")[:_LONGEST]


_current: ContextVar[str] = ContextVar("address", default="")


def bind(address: str) -> None:
    """Name the address of this call. Done by the server's interceptor alone."""
    _current.set(address)


def current() -> str:
    """Where the call that is being answered comes from. Empty where nobody looks."""
    return _current.get()
