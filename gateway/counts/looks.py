"""What is counted of looks into a memory."""

from dataclasses import dataclass
from typing import NamedTuple

from gateway.http.answers import Representation


@dataclass(slots=True)
class Looks:
    """Of one namespace. A miss says why, since only that tells what would help."""

    max_age_s: int | None = None
    hits: int = 0
    absent: int = 0
    expired: int = 0
    dropped: int = 0
    """What was there was no longer true."""
    doubted: int = 0
    """Nothing is believed: changes are not told."""
    stale: int = 0
    """Of the misses, those that were answered with what had become old."""
    loads: int = 0
    kept: int = 0
    """New entries, but for those that were taken out: what is not there any more has
    made room."""

    @property
    def misses(self) -> int:
        return self.absent + self.expired + self.dropped + self.doubted


class Entry(NamedTuple):
    name: str
    """Of its namespace."""
    size_bytes: int
    answer: Representation
