"""WebSocket frames, written once for all who are sent them (RFC 6455, RFC 7692).

Each message is deflated by itself, so that one frame is good for every client and no
connection keeps a window: what a client is sent never refers to what it was sent
before.
"""

import zlib
from typing import Protocol

WINDOW_BITS = 12
_MEMORY_LEVEL = 5
_FINAL_TEXT, _DEFLATED = 0x81, 0x40
_SHORT, _LONG = 126, 1 << 16
# What ends each flush, and is left out.
_FLUSHED = 4
# What is shorter leaves in one packet as it is, and deflates to hardly less.
_SMALLEST_DEFLATED_BYTES = 128


class Wire(Protocol):
    """A WebSocket that is open, for frames that are written already."""

    @property
    def is_deflating(self) -> bool: ...

    def write(self, frame: bytes) -> bool:
        """Send it now; False when what was sent before is still under way."""

    async def send(self, frame: bytes) -> None:
        """Send it once what was sent before is. Cut short when the client is gone."""


def plain(text: bytes) -> bytes:
    return _framed(_FINAL_TEXT, text)


def deflated(text: bytes) -> bytes:
    """For those with whom permessage-deflate was agreed."""
    if len(text) < _SMALLEST_DEFLATED_BYTES:
        return plain(text)
    squeeze = zlib.compressobj(wbits=-WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    body = squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    return _framed(_FINAL_TEXT | _DEFLATED, body[:-_FLUSHED])


def _framed(head: int, body: bytes) -> bytes:
    size = len(body)
    if size < _SHORT:
        return bytes((head, size)) + body
    if size < _LONG:
        return bytes((head, _SHORT)) + size.to_bytes(2, "big") + body
    return bytes((head, _SHORT + 1)) + size.to_bytes(8, "big") + body
