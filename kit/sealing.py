"""Secrets of others that must be kept: encrypted where they are stored.

    version (1 byte) . length of the key's id (1 byte) . key id . nonce (12 bytes) .
    AES-256-GCM ciphertext with its tag

Keys have ids, so that they can be changed while what the old one sealed is still read.
"""

import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_KEY_BYTES = 32
_NONCE_BYTES = 12
_WORD = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SealBroken(Exception):
    """A stored secret that cannot be read any more. It must be asked for anew."""


class Seal:
    """The first key seals, every one opens."""

    def __init__(self, text: str) -> None:
        """Keys as `id:hex,id:hex`. Raises ValueError for a key that is not 32 bytes in
        hexadecimal, and for an id that is not a word or comes twice."""
        pairs = [part.strip().partition(":") for part in text.split(",")]
        keys = {key_id: bytes.fromhex(value) for key_id, _, value in pairs}
        if len(keys) < len(pairs) or not all(map(_WORD.fullmatch, keys)):
            raise ValueError(
                "a sealing key has an id of its own, of letters and digits"
            )
        if any(len(key) != _KEY_BYTES for key in keys.values()):
            raise ValueError(f"a sealing key has {_KEY_BYTES} bytes")
        self._keys = {key_id.encode(): AESGCM(key) for key_id, key in keys.items()}
        self._current = pairs[0][0].encode()

    def seal(self, secret: bytes, place: str) -> bytes:
        """The secret, readable only with a key and only at its place: a name for what
        it is and whose, so that a sealed value copied to another row stays shut."""
        nonce = os.urandom(_NONCE_BYTES)
        shut = self._keys[self._current].encrypt(nonce, secret, place.encode())
        return _head(self._current) + nonce + shut

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises SealBroken for what none of these keys sealed for this place."""
        key_id = sealed[2 : 2 + sealed[1]] if len(sealed) > 1 else b""
        head = _head(key_id)
        key = self._keys.get(key_id)
        if key is None or not sealed.startswith(head):
            raise SealBroken("A stored secret was sealed with a key that is not here.")
        nonce, shut = (
            sealed[len(head) :][:_NONCE_BYTES],
            sealed[len(head) + _NONCE_BYTES :],
        )
        try:
            return key.decrypt(nonce, shut, place.encode())
        except (InvalidTag, ValueError) as exc:
            raise SealBroken("A stored secret was changed, or moved.") from exc

    @property
    def key_id(self) -> str:
        """Of the key that seals now."""
        return self._current.decode()

    @property
    def head(self) -> bytes:
        """What everything that the present key seals begins with."""
        return _head(self._current)

    def is_current(self, sealed: bytes) -> bool:
        """Whether the key that seals now sealed it; else it is time to seal it anew."""
        return sealed.startswith(self.head)


def _head(key_id: bytes) -> bytes:
    return bytes((_VERSION, len(key_id))) + key_id
