"""The passwords that are tried first, out of a file beside this one.

Of each, the file has the first six bytes of its SHA-256, in order and without anything
between: 5,000 in 30 KB, and nothing that one would not like to read. Whence it comes
stands in breached.md.
"""

import hashlib
from functools import cached_property
from importlib import resources

BYTES = 6


class BreachedPasswords:
    """Read when first asked. One in ten billion other passwords is taken for one of
    these."""

    def __contains__(self, password: object) -> bool:
        return isinstance(password, str) and digest(password) in self._digests

    @cached_property
    def _digests(self) -> frozenset[bytes]:
        told = resources.files(__package__).joinpath("breached.bin").read_bytes()
        return frozenset(told[at : at + BYTES] for at in range(0, len(told), BYTES))


def digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()[:BYTES]
