"""Who is calling: an assertion signed by auth, verified by every service.

    v1 . key id . payload . signature        each part URL-safe base64, or plain

The payload is a JSON list: user, name, role, permissions, session, expiry and, for
those of whom there are any, facts. The signature is HMAC-SHA256 over all that stands
before it. Keys have ids, so that they can be changed while both the old and the new
are in use.
"""

import base64
import hmac
import re
from contextvars import ContextVar
from datetime import UTC, datetime

import grpc.aio
import orjson
from cachebox import LRUCache

from kit.caller import Caller
from kit.clock import Clock
from kit.errors import Unauthenticated

METADATA_KEY = "medianest-caller"
_SHORTEST_KEY_BYTES = 32
_WORD = re.compile(r"[A-Za-z0-9_-]+")


class CallerUnknown(Unauthenticated):
    reason = "caller_unknown"


class CallerKeys:
    """The shared keys: the first signs, every one verifies."""

    def __init__(self, text: str) -> None:
        """Keys as `id:hex,id:hex`. Raises ValueError for a key that is too short
        or not hexadecimal, and for an id that is not a word or comes twice."""
        pairs = [part.strip().partition(":") for part in text.split(",")]
        self._keys = {key_id: bytes.fromhex(value) for key_id, _, value in pairs}
        if len(self._keys) < len(pairs) or not all(map(_WORD.fullmatch, self._keys)):
            raise ValueError("a caller key has an id of its own, of letters and digits")
        if any(len(key) < _SHORTEST_KEY_BYTES for key in self._keys.values()):
            raise ValueError(f"a caller key has {_SHORTEST_KEY_BYTES} bytes or more")
        self._signing_id = pairs[0][0]
        self._verified: LRUCache[str, Caller] = LRUCache(4096)

    @property
    def signing_key(self) -> bytes:
        return self._keys[self._signing_id]

    def sign(self, caller: Caller) -> str:
        said = [
            caller.user_id,
            caller.name,
            caller.role,
            caller.permissions,
            caller.session_id,
            caller.expires_at.timestamp(),
        ]
        # Services of before know of no facts, and read those who have none.
        payload = orjson.dumps([*said, caller.facts] if caller.facts else said)
        head = f"v1.{self._signing_id}.{_encode(payload)}"
        return f"{head}.{_encode(self._mac(self._signing_id, head))}"

    def verify(self, assertion: str, now: datetime) -> Caller:
        """The caller. Raises CallerUnknown for what is not signed by one of these
        keys, or is past its time."""
        try:
            caller = self._verified[assertion]
        except KeyError:
            caller = self._read(assertion)
            self._verified[assertion] = caller
        if now >= caller.expires_at:
            raise CallerUnknown("The caller assertion has expired. Get a new one.")
        return caller

    def _read(self, assertion: str) -> Caller:
        try:
            head, _, signature = assertion.rpartition(".")
            version, key_id, payload = head.split(".")
            good = version == "v1" and hmac.compare_digest(
                _decode(signature), self._mac(key_id, head)
            )
            if not good:
                raise CallerUnknown("The caller assertion is not signed by this house.")
            user_id, name, role, permissions, session_id, expires, *more = orjson.loads(
                _decode(payload)
            )
        except (ValueError, KeyError) as exc:
            raise CallerUnknown("The caller assertion cannot be read.") from exc
        expires_at = datetime.fromtimestamp(expires, UTC)
        facts = more[0] if more else {}
        return Caller(user_id, name, role, permissions, session_id, expires_at, facts)

    def _mac(self, key_id: str, head: str) -> bytes:
        return hmac.digest(self._keys[key_id], head.encode(), "sha256")


class Doorkeeper:
    """Reads and remembers the caller of the call that is being answered."""

    def __init__(self, keys: CallerKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def admit(
        self, context: "grpc.aio.ServicerContext[object, object]"
    ) -> Caller | None:
        """The caller, or None when nobody is named. Raises CallerUnknown."""
        for key, value in context.invocation_metadata() or ():
            if key == METADATA_KEY:
                return self._keys.verify(str(value), self._clock.now())
        return None


_current: ContextVar[Caller | None] = ContextVar("caller", default=None)


def bind(caller: Caller | None) -> None:
    """Name the caller of this call. Done by the server's interceptor alone."""
    _current.set(caller)


def of(context: "grpc.aio.ServicerContext[object, object]") -> Caller:  # noqa: ARG001
    """Who is calling. Raises CallerUnknown for a call without a caller."""
    caller = _current.get()
    if caller is None:
        raise CallerUnknown("Sign in first.")
    return caller


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
