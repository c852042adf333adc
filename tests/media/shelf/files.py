"""Small real media files, and broken ones."""

import os
import struct
import time
import wave
from pathlib import Path

LONG_AGO_S = 3600


def _element(element_id: str, content: bytes) -> bytes:
    """An EBML element: id, length, content."""
    length = struct.pack(">Q", len(content) | 1 << 56)
    return bytes.fromhex(element_id) + length + content


def _number(element_id: str, value: int) -> bytes:
    return _element(element_id, value.to_bytes(4, "big"))


def a_matroska(width: int = 320, height: int = 180, seconds: int = 3) -> bytes:
    """The smallest file that has a picture track: header, length and one track."""
    head = _element("1a45dfa3", _element("4282", b"matroska") + _number("4287", 4))
    duration = _element("4489", struct.pack(">d", seconds * 1000.0))
    info = _element("1549a966", _number("2ad7b1", 1_000_000) + duration)
    video = _element("e0", _number("b0", width) + _number("ba", height))
    track = _element(
        "ae",
        _number("d7", 1)
        + _number("73c5", 1)
        + _number("83", 1)
        + _element("86", b"V_VP8")
        + video,
    )
    return head + _element("18538067", info + _element("1654ae6b", track))


def put(path: Path, content: bytes | None = None, *, age_s: float = LONG_AGO_S) -> Path:
    """A file that nobody has written to for a while; a film if nothing is said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(a_matroska() if content is None else content)
    at = time.time() - age_s
    os.utime(path, (at, at))
    return path


def put_song(path: Path, seconds: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as song:
        song.setnchannels(1)
        song.setsampwidth(2)
        song.setframerate(8000)
        song.writeframes(b"\0\0" * 8000 * seconds)
    at = time.time() - LONG_AGO_S
    os.utime(path, (at, at))
    return path
