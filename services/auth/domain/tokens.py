"""Secrets that are given out once and stored as their SHA-256."""

import hashlib
import secrets

SESSION = "mns_"
KEY = "mn_"
RESET = "mnr_"
VERIFIER = "mnv_"
LONGEST = 256
_BYTES = 32


def make(prefix: str) -> str:
    """A new secret: 256 bits of chance behind a prefix to recognize it by."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(token: str) -> bytes:
    """What is stored of it. A fast hash is enough: nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).digest()
