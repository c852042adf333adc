"""A source that is being read, by one reader at a time."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

# Longer than anything that a reader does between two writes, each of which renews it.
LEASE = timedelta(seconds=90)


class Held(Protocol):
    """The right to read a source, for as long as it is renewed by writing."""

    @property
    def source_id(self) -> UUID: ...

    @property
    def scan_id(self) -> UUID: ...


class ScanLost(Exception):
    """The source is gone, or somebody else reads it: nothing may be written."""
