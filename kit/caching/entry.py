"""What a cache keeps of one key."""

import struct
from dataclasses import dataclass

from kit.errors import Missing

_FORMAT = 1
_HEAD = struct.Struct(">BddBH")
TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, or the fact that there is none: then `missing` is the reason and
    `value` the sentence."""

    value: bytes
    missing: str
    fresh_until: float
    stale_until: float

    def open(self) -> bytes:
        """The value. Raises Missing, with the reason that the loader gave."""
        if self.missing:
            failure = Missing(self.value.decode())
            failure.reason = self.missing
            raise failure
        return self.value

    def encode(self, tokens: list[bytes]) -> bytes:
        """The entry as it lies in Redis, good for as long as its tags have these
        tokens."""
        reason = self.missing.encode()
        head = _HEAD.pack(
            _FORMAT, self.fresh_until, self.stale_until, len(tokens), len(reason)
        )
        return b"".join((head, *tokens, reason, self.value))


def decode(raw: bytes, tokens: list[bytes]) -> Entry | None:
    """The entry; None for one of other tokens or another format."""
    try:
        form, fresh_until, stale_until, count, reason_bytes = _HEAD.unpack_from(raw)
    except struct.error:
        return None
    reason_at = _HEAD.size + count * TOKEN_BYTES
    value_at = reason_at + reason_bytes
    good = form == _FORMAT and raw[_HEAD.size : reason_at] == b"".join(tokens)
    if not good or len(raw) < value_at:
        return None
    reason = raw[reason_at:value_at].decode(errors="replace")
    return Entry(raw[value_at:], reason, fresh_until, stale_until)
